#include "core/hub/hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/hub/local/local.h"
#include "core/hub/remote/remote_repository.h"

namespace tideway::hub {
namespace {

constexpr size_t kMaxTagLength = 100;

bool IsTagCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '+' ||
         c == '-';
}

bool IsCleanSegment(std::string_view segment) {
  const bool control = std::any_of(segment.begin(), segment.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\';
  });
  return !segment.empty() && segment.front() != '.' && !control;
}

constexpr std::string_view kFile = "file:";
constexpr const char* kHowToName =
    "write namespace/name for a dataset on the Hub, file:out/name for a folder";

Result<RepoId> DatasetOf(const std::string& uri) {
  if (!uri.starts_with("hf://")) {
    if (uri.find('/') == uri.npos || uri.find(':') != uri.npos) {
      return Error(ErrorKind::kUsage, fmt::format("hub: not a dataset: {}", uri)).Hint(kHowToName);
    }
    auto repo = RepoId::Make(RepoType::kDataset, uri);
    if (repo.ok()) return repo;
    return Error(ErrorKind::kUsage, repo.status().message()).Hint(kHowToName);
  }
  ARROW_ASSIGN_OR_RAISE(HubPath path, HubPath::Parse(uri));
  if (path.repo.type == RepoType::kDataset && path.revision.empty() && path.path.empty()) {
    return std::move(path.repo);
  }
  return Error(ErrorKind::kUsage, fmt::format("hub: not a whole dataset: {}", uri))
      .Hint("write hf://datasets/namespace/name, without a revision and a path");
}

Result<std::unique_ptr<Repository>> OpenOnTheHub(const std::string& uri,
                                                 const OpenOptions& options) {
  ARROW_ASSIGN_OR_RAISE(RepoId repo, DatasetOf(uri));
  const Lookup environment = options.environment ? options.environment : Lookup(ProcessVariable);
  ARROW_ASSIGN_OR_RAISE(Settings settings,
                        Settings::Read(options.anonymous ? Anonymous(environment) : environment));
  LogHub(settings);
  RemoteOptions remote{.uri = uri, .repo = std::move(repo), .settings = std::move(settings)};
  if (options.cancel != nullptr) remote.cancel = options.cancel;
  remote.scratch = options.scratch;
  remote.transfer = options.transfer;
  return std::make_unique<RemoteRepository>(std::move(remote));
}

}  // namespace

Result<bool> Staging::Take(const std::string& /*source*/, const FileInfo& /*file*/) {
  return false;
}

Status CheckPath(const std::string& path) {
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (!IsCleanSegment(std::string_view(path).substr(begin, end - begin))) {
      return Error(ErrorKind::kUsage, fmt::format("hub: not a path in a repository: {}", path));
    }
    begin = end + 1;
  }
  return Status::OK();
}

Status CheckTag(const std::string& tag) {
  const bool good = !tag.empty() && tag.size() <= kMaxTagLength &&
                    std::isalnum(static_cast<unsigned char>(tag[0])) &&
                    std::all_of(tag.begin(), tag.end(), IsTagCharacter) &&
                    tag.find("..") == tag.npos && !tag.ends_with(".lock") && !tag.ends_with('.');
  if (good) return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("hub: not a tag: {}", tag))
      .Hint("use letters, digits, `.`, `_`, `+` and `-`, beginning with a letter or a digit");
}

Result<std::unique_ptr<Repository>> OpenRepository(const std::string& uri,
                                                   const OpenOptions& options) {
  if (!uri.starts_with(kFile)) return OpenOnTheHub(uri, options);
  std::string path = uri.substr(kFile.size());
  if (path.starts_with("//")) {
    const size_t host_end = path.find('/', 2);
    const std::string host = path.substr(2, host_end == path.npos ? host_end : host_end - 2);
    if (!(host.empty() || host == "localhost") || host_end == path.npos) {
      return Error(ErrorKind::kUsage, fmt::format("hub: not a local folder: {}", uri))
          .Hint("write file:relative/path or file:///absolute/path");
    }
    path.erase(0, host_end);
  }
  if (path.find_first_not_of('/') == path.npos || path.find('\0') != path.npos) {
    return Error(ErrorKind::kUsage, fmt::format("hub: the folder is missing: {}", uri))
        .Hint("write file:out/name");
  }
  return std::make_unique<LocalRepository>(LocalOptions{.uri = uri, .folder = std::move(path)});
}

}  // namespace tideway::hub
