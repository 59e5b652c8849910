#include "core/hub/remote/read_back.h"

#include <map>

namespace tideway::hub {
namespace {

std::vector<std::string> PathsOf(const CommitContent& content) {
  std::vector<std::string> paths = content.removed;
  for (const UploadFile& file : content.large) paths.push_back(file.path);
  for (const UploadFile& file : content.inlined) paths.push_back(file.path);
  return paths;
}

}  // namespace

Result<std::string> DifferenceOf(Api& api, const RepoId& repo, const std::string& commit,
                                 const CommitContent& content, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const auto files, api.PathsInfo(repo, commit, PathsOf(content), cancel));
  std::map<std::string, RemoteFile> there;
  for (const RemoteFile& file : files) there[file.path] = file;
  const auto compare = [&](const std::string& path, const std::string& hash) -> std::string {
    const auto found = there.find(path);
    if (found == there.end()) return path + " is missing";
    return HashOf(found->second) == hash ? "" : path + " has other bytes";
  };
  for (const UploadFile& file : content.large) {
    if (std::string what = compare(file.path, file.sha256); !what.empty()) return what;
  }
  for (const UploadFile& file : content.inlined) {
    ARROW_ASSIGN_OR_RAISE(const std::string hash, GitBlobOf(file));
    if (std::string what = compare(file.path, hash); !what.empty()) return what;
  }
  for (const std::string& path : content.removed) {
    if (there.contains(path)) return path + " is still there";
  }
  return "";
}

}  // namespace tideway::hub
