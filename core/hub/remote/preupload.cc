#include "core/hub/remote/preupload.h"

#include <arrow/util/base64.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/hub/remote/json_field.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kFilesPerCall = 256;
constexpr int64_t kSampleBytes = 512;

Result<Json> Description(const UploadFile& file) {
  ARROW_ASSIGN_OR_RAISE(const auto bytes, FileBytes::Open(file));
  ARROW_ASSIGN_OR_RAISE(const std::string sample,
                        bytes->Read(0, std::min(kSampleBytes, file.size)));
  return Json{
      {"path", file.path}, {"size", file.size}, {"sample", arrow::util::base64_encode(sample)}};
}

Result<bool> IsThere(const UploadFile& file, bool large, const std::string& oid) {
  if (oid.empty() || large) return oid == file.sha256;
  ARROW_ASSIGN_OR_RAISE(const std::string blob, GitBlobOf(file));
  return oid == blob;
}

Result<Advice> ReadAdvice(const nlohmann::json& said, const UploadFile& file) {
  const std::string mode = TextOf(said, "uploadMode");
  if (mode != "lfs" && mode != "regular") {
    return Error(ErrorKind::kData,
                 fmt::format("hub: the answer to the preupload call does not say how to send {}",
                             file.path))
        .Hint("is HF_ENDPOINT the address of a Hub?");
  }
  // LFS has no empty objects.
  Advice advice{.large = mode == "lfs" && file.size > 0, .ignored = IsTrue(said, "shouldIgnore")};
  const auto oid = said.find("oid");
  if (oid == said.end() || !oid->is_string()) return advice;
  ARROW_ASSIGN_OR_RAISE(advice.there, IsThere(file, advice.large, oid->get<std::string>()));
  return advice;
}

Status AskSome(Api& api, const std::string& address, const RepoId& repo, const UploadFile* from,
               size_t count, const CancelToken& cancel, std::vector<Advice>* advices) {
  Json list = Json::array();
  for (size_t i = 0; i < count; ++i) {
    ARROW_ASSIGN_OR_RAISE(Json description, Description(from[i]));
    list.push_back(std::move(description));
  }
  const net::Request request = api.JsonRequest("POST", address, {{"files", std::move(list)}});
  ARROW_ASSIGN_OR_RAISE(const net::Response response, api.Send(request, {repo}, cancel));
  const auto answer = nlohmann::json::parse(response.body, nullptr, false);
  std::map<std::string, nlohmann::json> said;
  for (const auto& one : ListOf(answer, "files")) said[TextOf(one, "path")] = one;
  for (size_t i = 0; i < count; ++i) {
    auto& one = said.try_emplace(from[i].path, nlohmann::json::object()).first->second;
    ARROW_ASSIGN_OR_RAISE(advices->emplace_back(), ReadAdvice(one, from[i]));
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<Advice>> AskAdvice(Api& api, const RepoId& repo, const std::string& revision,
                                      const std::vector<UploadFile>& files,
                                      const CancelToken& cancel) {
  const std::string address =
      fmt::format("{}/preupload/{}", repo.api_path(), net::EncodeSegment(revision));
  std::vector<Advice> advices;
  for (size_t at = 0; at < files.size(); at += kFilesPerCall) {
    const size_t count = std::min(kFilesPerCall, files.size() - at);
    RETURN_NOT_OK(AskSome(api, address, repo, files.data() + at, count, cancel, &advices));
  }
  return advices;
}

}  // namespace tideway::hub
