// The part of Api (api.h) that lists files.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/log.h"
#include "core/hub/remote/api.h"
#include "core/hub/remote/content_hash.h"
#include "core/hub/remote/json_field.h"

namespace tideway::hub {
namespace {

using nlohmann::json;

constexpr size_t kPathsPerCall = 500;

int64_t NumberOf(const json& value, const char* key) {
  if (!value.is_object() || !value.contains(key) || !value[key].is_number_integer()) return 0;
  const auto& number = value[key];
  const bool sane = number.is_number_unsigned() && number.get<uint64_t>() <= kMostFileBytes;
  return sane ? static_cast<int64_t>(number.get<uint64_t>()) : -1;
}

std::optional<RemoteFile> FileOf(const json& entry) {
  RemoteFile file{.path = TextOf(entry, "path"),
                  .size = NumberOf(entry, "size"),
                  .blob_id = TextOf(entry, "oid"),
                  .xet_hash = TextOf(entry, "xetHash")};
  if (file.path.empty()) {
    LogWarn("hub: an entry without a path in a listing is passed over");
    return std::nullopt;
  }
  if (TextOf(entry, "type") == "directory") return std::nullopt;
  if (entry.contains("lfs") && entry["lfs"].is_object()) {
    file.sha256 = TextOf(entry["lfs"], "oid");
    file.size = NumberOf(entry["lfs"], "size");
  }
  return file;
}

// A name of the server's becomes one of a file here: it has to be a hash.
Status CheckFile(const RemoteFile& file, const RepoId& repo) {
  if (IsContentHash(HashOf(file)) && file.size >= 0) return Status::OK();
  return Error(ErrorKind::kData,
               fmt::format("hub: the listing of {} has no hash or size for {}", repo.id, file.path))
      .Hint("is HF_ENDPOINT the address of a Hub?");
}

Status AddFiles(const json& entries, const RepoId& repo, std::vector<RemoteFile>* files) {
  for (const json& entry : entries) {
    auto file = FileOf(entry);
    if (!file) continue;
    RETURN_NOT_OK(CheckFile(*file, repo));
    files->push_back(std::move(*file));
  }
  return Status::OK();
}

// A commit has one content for a name.
Status CheckNames(const std::vector<RemoteFile>& sorted, const RepoId& repo) {
  const auto twice = std::ranges::adjacent_find(sorted, {}, &RemoteFile::path);
  if (twice == sorted.end()) return Status::OK();
  return Error(ErrorKind::kData,
               fmt::format("hub: the listing of {} has {} twice", repo.id, twice->path))
      .Hint("is HF_ENDPOINT the address of a Hub?");
}

Error NoList(const RepoId& repo) {
  return Error(ErrorKind::kData, fmt::format("hub: the listing of {} is no list", repo.id));
}

}  // namespace

Result<std::vector<RemoteFile>> Api::Tree(const RepoId& repo, const std::string& revision,
                                          const std::string& folder, const CancelToken& cancel) {
  const Subject subject{repo, revision, folder};
  std::string address = fmt::format("{}/tree/{}", repo.api_path(), net::EncodeSegment(revision));
  if (!folder.empty()) address += "/" + net::EncodePath(folder);
  address += "?recursive=true&expand=false";
  std::vector<RemoteFile> files;
  std::set<std::string> seen;
  while (!address.empty()) {
    if (!seen.insert(address).second) {
      return Error(ErrorKind::kData, fmt::format("hub: the listing of {} comes round again: {}",
                                                 repo.id, net::RedactUrl(address)));
    }
    ARROW_ASSIGN_OR_RAISE(const Page page, GetPage(address, subject, cancel));
    if (!page.body.is_array()) {
      return NoList(repo);
    }
    RETURN_NOT_OK(AddFiles(page.body, repo, &files));
    address = page.next;
  }
  std::ranges::sort(files, {}, &RemoteFile::path);
  files.erase(std::unique(files.begin(), files.end()), files.end());  // pages may overlap
  RETURN_NOT_OK(CheckNames(files, repo));
  return files;
}

Result<std::vector<RemoteFile>> Api::PathsInfo(const RepoId& repo, const std::string& revision,
                                               const std::vector<std::string>& paths,
                                               const CancelToken& cancel) {
  const std::string address =
      fmt::format("{}/paths-info/{}", repo.api_path(), net::EncodeSegment(revision));
  std::vector<RemoteFile> files;
  for (size_t at = 0; at < paths.size(); at += kPathsPerCall) {
    const auto from = paths.begin() + static_cast<std::ptrdiff_t>(at);
    const size_t count = std::min(kPathsPerCall, paths.size() - at);
    const std::vector<std::string> some(from, from + static_cast<std::ptrdiff_t>(count));
    const net::Request request = JsonRequest("POST", address, {{"paths", some}, {"expand", false}});
    ARROW_ASSIGN_OR_RAISE(const net::Response response, Ask(request, cancel));
    const bool unknown = response.status == 405 || response.status == 501 ||
                         (response.status == 404 && !response.headers.Find("X-Error-Code"));
    if (unknown) return SomeOfTree(repo, revision, paths, cancel);
    if (!response.ok()) return AnswerError({repo, revision}, settings_, request, response);
    const json body = json::parse(response.body, nullptr, false);
    if (!body.is_array()) return NoList(repo);
    RETURN_NOT_OK(AddFiles(body, repo, &files));
  }
  std::ranges::sort(files, {}, &RemoteFile::path);
  return files;
}

Result<std::vector<RemoteFile>> Api::SomeOfTree(const RepoId& repo, const std::string& revision,
                                                const std::vector<std::string>& paths,
                                                const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(auto files, Tree(repo, revision, "", cancel));
  const std::set<std::string> wanted(paths.begin(), paths.end());
  std::erase_if(files, [&](const RemoteFile& file) { return !wanted.contains(file.path); });
  return files;
}

}  // namespace tideway::hub
