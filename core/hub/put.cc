#include "core/hub/put.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "core/base/hash.h"
#include "core/hub/moving_head.h"
#include "core/hub/remote/content_hash.h"
#include "core/hub/remote/path_patterns.h"
#include "core/hub/remote/remote_path.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;

Error CannotRead(const std::string& source, const std::error_code& problem) {
  return ErrnoError(problem.value(), "hub: cannot read", source);
}

bool IsOwn(const fs::path& path) {
  return path.filename() == ".git" ||
         (path.filename() == "huggingface" && path.parent_path().filename() == ".cache");
}

std::string Below(const std::string& folder, const std::string& name) {
  if (folder.empty()) return name;
  return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

Status AddFile(const std::string& source, const std::string& path, std::vector<PutFile>* files) {
  RETURN_NOT_OK(CheckUploadPath(path));
  std::error_code problem;
  const auto size = fs::file_size(source, problem);
  if (problem) return CannotRead(source, problem);
  files->push_back({source, path, static_cast<int64_t>(size)});
  return Status::OK();
}

Status AddFolder(const std::string& source, const std::string& to, std::vector<PutFile>* files) {
  std::error_code problem;
  fs::recursive_directory_iterator entry(source, problem);
  for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    if (IsOwn(entry->path())) {
      entry.disable_recursion_pending();
      continue;
    }
    std::error_code unknown;  // as of a link to itself
    if (fs::is_directory(entry->path(), unknown)) continue;
    const std::string name = entry->path().lexically_relative(source).string();
    if (!fs::is_regular_file(entry->path(), unknown)) {
      return Error(ErrorKind::kUsage,
                   fmt::format("hub: not a file, or a link to nothing: {}", entry->path().string()))
          .Hint("move it out of the folder");
    }
    RETURN_NOT_OK(AddFile(entry->path().string(), Below(to, name), files));
  }
  return problem ? Status(CannotRead(source, problem)) : Status::OK();
}

Status CheckPaths(const std::vector<PutFile>& files) {
  const auto refuse = [](const PutFile& a, const PutFile& b, const char* what) {
    return Error(ErrorKind::kUsage,
                 fmt::format("hub: {}: {}: {} and {}", what, a.path, a.source, b.source))
        .Hint("put them in two steps, with --to");
  };
  std::map<std::string, const PutFile*> by_path;
  for (const PutFile& file : files) {
    const auto [other, is_new] = by_path.emplace(file.path, &file);
    if (!is_new) return refuse(file, *other->second, "two files with one name");
  }
  for (const PutFile& file : files) {
    for (size_t at = file.path.find('/'); at != file.path.npos; at = file.path.find('/', at + 1)) {
      const auto other = by_path.find(file.path.substr(0, at));
      if (other == by_path.end()) continue;
      return refuse(*other->second, file, "a file and a folder with one name");
    }
  }
  return Status::OK();
}

class Plan {
 public:
  Plan(Repository& repository, const PutRequest& request, const CancelToken& cancel,
       Transfer& transfer)
      : repository_(repository),
        request_(request),
        removed_(request.remove),
        cancel_(cancel),
        transfer_(transfer) {}

  // What is to change in `head`.
  Result<CommitRequest> Compute(const std::string& head, PutResult* result) {
    *result = {.commit = head};
    CommitRequest commit{.parent = head, .message = Message()};
    std::map<std::string, FileInfo> there;
    if (!head.empty()) {
      ARROW_ASSIGN_OR_RAISE(auto files, repository_.ListFiles(head));
      for (FileInfo& file : files) there[file.path] = std::move(file);
    }
    BeginHashing();
    for (const PutFile& file : request_.files) {
      const auto known = there.find(file.path);
      ARROW_ASSIGN_OR_RAISE(const bool same,
                            known == there.end() ? false : IsSame(file, known->second));
      transfer_.AddFile();
      if (same) {
        ++result->unchanged;
        continue;
      }
      result->sent.push_back(file);
      ARROW_ASSIGN_OR_RAISE(const std::string sha256, HashOfSource(file));
      commit.operations.push_back(CommitOperation::AddFile(file.path, file.source, sha256));
    }
    for (const auto& [path, info] : there) {
      if (!IsRemoved(path)) continue;
      result->removed.push_back(path);
      commit.operations.push_back(CommitOperation::Remove(path));
    }
    result->changed = !commit.operations.empty();
    return commit;
  }

 private:
  std::string Message() const {
    if (!request_.message.empty()) return request_.message;
    const size_t count = request_.files.size();
    if (count == 0) return "Remove files";
    const std::string first = "Upload " + request_.files.front().path;
    return count == 1 ? first : fmt::format("{} and {} more", first, count - 1);
  }

  void BeginHashing() {
    int64_t bytes = 0;
    for (const PutFile& file : request_.files) bytes += file.size;
    transfer_.Begin("hash", static_cast<int64_t>(request_.files.size()), bytes);
  }

  Result<bool> IsSame(const PutFile& file, const FileInfo& info) {
    const std::string& hash = info.sha256.empty() ? info.git_blob : info.sha256;
    if (info.size != file.size || hash.empty()) return false;
    if (const auto known = hashes_.find(file.source); known != hashes_.end() && hash.size() == 64) {
      return known->second == hash;
    }
    return FileHasContent(file.source, hash, file.size, [this](int64_t bytes) {
      transfer_.AddBytes(bytes);
      return cancel_.Check();
    });
  }

  Result<std::string> HashOfSource(const PutFile& file) {
    if (const auto known = hashes_.find(file.source); known != hashes_.end()) return known->second;
    constexpr int64_t kPiece = 1 << 20;
    ARROW_ASSIGN_OR_RAISE(std::string hash, Sha256File(file.source, [this] {
                            transfer_.AddBytes(kPiece);
                            return cancel_.Check();
                          }));
    return hashes_[file.source] = std::move(hash);
  }

  bool IsRemoved(const std::string& path) const {
    if (path == ".gitattributes" || !removed_.Match(path)) return false;
    return std::ranges::find(request_.files, path, &PutFile::path) == request_.files.end();
  }

  Repository& repository_;
  const PutRequest& request_;
  const PathPatterns removed_;
  const CancelToken& cancel_;
  Transfer& transfer_;
  std::map<std::string, std::string> hashes_;  // SHA-256 by source
};

}  // namespace

Result<std::vector<PutFile>> FindPutFiles(const std::vector<std::string>& sources,
                                          const std::string& to) {
  std::vector<PutFile> files;
  for (const std::string& source : sources) {
    std::error_code problem;
    const fs::file_status status = fs::status(source, problem);
    if (!fs::exists(status)) {
      return Error(ErrorKind::kNotFound, fmt::format("hub: no file or folder: {}", source));
    }
    if (fs::is_directory(status)) {
      RETURN_NOT_OK(AddFolder(source, to, &files));
      continue;
    }
    if (!fs::is_regular_file(status)) {
      return Error(ErrorKind::kUsage, fmt::format("hub: neither a file nor a folder: {}", source));
    }
    const bool named = sources.size() == 1 && !to.empty() && !to.ends_with('/');
    const std::string name = fs::path(source).filename().string();
    RETURN_NOT_OK(AddFile(source, named ? to : Below(to, name), &files));
  }
  std::ranges::sort(files, {}, &PutFile::path);
  RETURN_NOT_OK(CheckPaths(files));
  return files;
}

Result<PutResult> Put(Repository& repository, const PutRequest& request, const CancelToken& cancel,
                      Transfer& transfer) {
  if (request.files.empty() && request.remove.empty()) {
    return Error(ErrorKind::kUsage, fmt::format("hub: no file to put into {}", repository.uri()))
        .Hint("name files, or folders that are not empty");
  }
  RETURN_NOT_OK(request.dry_run ? repository.CheckWritable() : repository.PrepareToWrite());
  Plan plan(repository, request, cancel, transfer);
  PutResult result;
  RETURN_NOT_OK(CommitOnHead(repository.uri(), cancel, [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const std::string head, repository.Head());
    ARROW_ASSIGN_OR_RAISE(const CommitRequest commit, plan.Compute(head, &result));
    if (!result.changed || request.dry_run) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(result.commit, repository.Commit(commit));
    result.changed = result.commit != head;  // what .gitignore names is left out
    return Status::OK();
  }));
  return result;
}

}  // namespace tideway::hub
