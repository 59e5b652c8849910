#include "core/hub/remote/lfs_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/base/log.h"
#include "core/base/work_all.h"
#include "core/hub/remote/send_all.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kObjectsPerCall = 256;
constexpr size_t kFilesAtOnce = 5;
constexpr size_t kPartsAtOnce = 5;
constexpr double kLongestTries_s = 6 * 3600;  // of one file, or one part
constexpr double kJoinedAnswer_s = 300;       // of a storage that joins many parts

const char kLfsType[] = "application/vnd.git-lfs+json";

void MakeLfs(net::Request& request, const Json& body) {
  request.headers.Set("Accept", kLfsType);
  request.headers.Set("Content-Type", kLfsType);
  request.body = net::Body::Of(body.dump());
  request.idempotent = true;
}

// What a storage answers to an address whose time is over, or to parts of an earlier call, as such;
// any other answer is an error.
Result<std::optional<Status>> RefusalBy(const net::Request& request,
                                        const net::Response& response) {
  const Status failure = ErrorOf(request, response);
  const int status = response.status;
  if (status == 400 || status == 403 || status == 404) return std::optional(failure);
  return failure;
}

// `body`, each byte of which is told to `transfer` when it is read first.
net::Body Counted(net::Body body, Transfer& transfer) {
  const auto told = std::make_shared<int64_t>(0);
  return {.size = body.size,
          .read = [read = body.read, told, &transfer](int64_t offset, char* buffer,
                                                      size_t count) -> Result<size_t> {
            ARROW_ASSIGN_OR_RAISE(const size_t got, read(offset, buffer, count));
            const int64_t end = offset + static_cast<int64_t>(got);
            if (end > *told) transfer.AddBytes(end - std::exchange(*told, end));
            return got;
          }};
}

std::vector<UploadFile> WithoutDoubles(const std::vector<UploadFile>& files) {
  std::set<std::string> seen;
  std::vector<UploadFile> single;
  for (const UploadFile& file : files) {
    if (seen.insert(file.sha256).second) single.push_back(file);
  }
  return single;
}

}  // namespace

LfsUpload::LfsUpload(Api& api, RepoId repo, std::string branch, const CancelToken& cancel)
    : api_(api), repo_(std::move(repo)), branch_(std::move(branch)), stop_(&cancel) {}

Status LfsUpload::Send(const std::vector<UploadFile>& files) {
  const std::vector<UploadFile> single = WithoutDoubles(files);
  for (size_t at = 0; at < single.size(); at += kObjectsPerCall) {
    const auto from = single.begin() + static_cast<std::ptrdiff_t>(at);
    const size_t count = std::min(kObjectsPerCall, single.size() - at);
    const std::vector<UploadFile> some(from, from + static_cast<std::ptrdiff_t>(count));
    ARROW_ASSIGN_OR_RAISE(const LfsAddresses addresses, Ask(some));
    std::vector<UploadFile> missing;
    std::ranges::copy_if(some, std::back_inserter(missing), [&](const UploadFile& file) {
      return addresses.at(file.sha256).has_value();
    });
    LogDebug("hub: {}: sends {} of {} files", repo_.id, missing.size(), some.size());
    int64_t bytes = 0;
    for (const UploadFile& file : missing) bytes += file.size;
    api_.transfer().Begin("send", static_cast<int64_t>(missing.size()), bytes);
    RETURN_NOT_OK(WorkAll(missing.size(), kFilesAtOnce, stop_, [&](size_t index) {
      return SendFile(missing[index], *addresses.at(missing[index].sha256));
    }));
  }
  return Status::OK();
}

Result<LfsAddresses> LfsUpload::Ask(const std::vector<UploadFile>& files) const {
  Json objects = Json::array();
  for (const UploadFile& file : files) {
    objects.push_back({{"oid", file.sha256}, {"size", file.size}});
  }
  Json body{{"operation", "upload"},
            {"transfers", {"basic", "multipart"}},
            {"objects", std::move(objects)},
            {"hash_algo", "sha256"}};
  if (!branch_.empty()) body["ref"] = {{"name", branch_}};
  net::Request request =
      api_.RequestFor("POST", fmt::format("/{}.git/info/lfs/objects/batch", repo_.web_path()));
  MakeLfs(request, body);
  ARROW_ASSIGN_OR_RAISE(const net::Response response, api_.Send(request, {repo_}, stop_));
  return ReadLfsAnswer(response.body, files);
}

Status LfsUpload::SendFile(const UploadFile& file, LfsUploadAddress address) {
  constexpr int kAddresses = 2;
  for (int attempt = 1;; ++attempt) {
    const auto refusal = SendOnce(file, address);
    if (!refusal.ok()) return WithContext(fmt::format("hub: {}", file.path), refusal.status());
    if (!*refusal) break;
    if (attempt == kAddresses) {
      return Error(ErrorKind::kNetwork,
                   fmt::format("hub: {}: the storage refuses the address that the Hub gave, twice",
                               file.path))
          .Hint("try again; -vv shows what is sent")
          .Cause(**refusal);
    }
    LogInfo("hub: {}: the address for it is refused, asking for another", file.path);
    ARROW_ASSIGN_OR_RAISE(const LfsAddresses again, Ask({file}));
    if (!again.at(file.sha256)) return Status::OK();
    address = *again.at(file.sha256);
  }
  if (!address.verify.empty()) RETURN_NOT_OK(Verify(file, address));
  api_.transfer().AddFile();
  return Status::OK();
}

net::Request LfsUpload::ToStorage(const std::string& method, const std::string& url,
                                  const net::Headers& headers) const {
  net::Request request{.method = method, .url = api_.UrlOf(url), .credentials = headers};
  request.idempotent = true;
  request.retry.deadline_s = kLongestTries_s;
  request.time.first_byte_s = kJoinedAnswer_s;
  return request;
}

Result<LfsUpload::Refusal> LfsUpload::SendOnce(const UploadFile& file,
                                               const LfsUploadAddress& address) {
  if (address.parts.empty()) return SendWhole(file, address);
  const std::string key =
      fmt::format("{} {} {}", api_.settings().endpoint, repo_.web_path(), file.sha256);
  const std::string folder = api_.settings().state + "/uploads";
  StartedUpload started(folder, key, address);
  if (started.resumed()) {
    LogInfo("hub: {}: goes on with an upload that was begun before", file.path);
    ARROW_ASSIGN_OR_RAISE(const Refusal refusal, SendParts(file, started));
    if (!refusal) return refusal;
    LogInfo("hub: {}: the storage no longer takes that upload, sending all of it", file.path);
    started.Restart(address);
  }
  return SendParts(file, started);
}

Result<LfsUpload::Refusal> LfsUpload::SendWhole(const UploadFile& file,
                                                const LfsUploadAddress& address) {
  ARROW_ASSIGN_OR_RAISE(const auto bytes, FileBytes::Open(file));
  net::Request request = ToStorage("PUT", address.url, address.headers);
  request.body = Counted(bytes->Slice(0, file.size), api_.transfer());
  return SendBytes({request}, *bytes, {});
}

Result<LfsUpload::Refusal> LfsUpload::SendParts(const UploadFile& file, StartedUpload& started) {
  const LfsUploadAddress& address = started.address();
  ARROW_ASSIGN_OR_RAISE(const auto bytes, FileBytes::Open(file));
  std::vector<net::Request> requests;
  std::vector<size_t> missing;  // parts, in the order of their requests
  for (size_t part = 0; part < address.parts.size(); ++part) {
    const int64_t first = address.chunk_size * static_cast<int64_t>(part);
    const int64_t size = std::min(address.chunk_size, file.size - first);
    if (started.tag(part)) {
      ARROW_ASSIGN_OR_RAISE(const std::string md5,
                            bytes->Hash(Md5(), first, size, [this] { return stop_.Check(); }));
      if (*started.tag(part) == '"' + md5 + '"') {
        api_.transfer().AddBytes(size);
        continue;
      }
    }
    missing.push_back(part);
    requests.push_back(ToStorage("PUT", address.parts[part], {}));
    requests.back().body = Counted(bytes->Slice(first, size), api_.transfer());
  }
  const auto arrived = [&](size_t index, const net::Response& answer) {
    if (const auto tag = answer.headers.Find("ETag")) started.Arrived(missing[index], *tag);
  };
  ARROW_ASSIGN_OR_RAISE(Refusal refusal, SendBytes(requests, *bytes, arrived));
  if (refusal) return refusal;
  ARROW_ASSIGN_OR_RAISE(refusal, Complete(file, started));
  if (!refusal) started.Forget();
  return refusal;
}

Result<LfsUpload::Refusal> LfsUpload::SendBytes(const std::vector<net::Request>& requests,
                                                const FileBytes& bytes, const Arrived& arrived) {
  const auto check = [this] { return stop_.Check(); };
  const auto hash = [&] { return bytes.CheckHash(check); };
  ARROW_ASSIGN_OR_RAISE(const Answers answers,
                        SendAll(api_.client(), requests, kPartsAtOnce, {check, hash, arrived}));
  if (answers.refused) {
    return RefusalBy(requests[*answers.refused], answers.all[*answers.refused]);
  }
  RETURN_NOT_OK(bytes.CheckUntouched());
  return std::nullopt;
}

Result<LfsUpload::Refusal> LfsUpload::Complete(const UploadFile& file,
                                               const StartedUpload& started) const {
  const LfsUploadAddress& address = started.address();
  Json list = Json::array();
  for (size_t part = 0; part < address.parts.size(); ++part) {
    const auto tag = started.tag(part);
    if (!tag) {
      return Status(
          Error(ErrorKind::kData,
                fmt::format("the storage gives no ETag for part {} of {}", part + 1, file.path)));
    }
    list.push_back({{"partNumber", part + 1}, {"etag", *tag}});
  }
  net::Request request = ToStorage("POST", address.url, {});
  MakeLfs(request, {{"oid", file.sha256}, {"parts", std::move(list)}});
  ARROW_ASSIGN_OR_RAISE(const net::Response response, api_.client().Send(request, stop_));
  if (response.ok()) return std::nullopt;
  return RefusalBy(request, response);
}

Status LfsUpload::Verify(const UploadFile& file, const LfsUploadAddress& address) const {
  net::Request request = api_.RequestFor("POST", address.verify);
  MakeLfs(request, {{"oid", file.sha256}, {"size", file.size}});
  for (const auto& [name, value] : address.verify_headers.fields()) {
    request.credentials.Set(name, value);
  }
  const auto answer = api_.Send(request, {repo_, "", file.path}, stop_);
  return WithContext(fmt::format("hub: {} is not verified", file.path), answer.status());
}

}  // namespace tideway::hub
