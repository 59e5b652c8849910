#include "core/dataset/format/replace_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include "core/base/leftovers.h"
#include "core/dataset/format/manifest.h"

namespace tideway::dataset {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStagingName = ".tideway-tmp";

Result<std::vector<std::string>> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entries(folder, error), end; !error && entries != end;
       entries.increment(error)) {
    names.push_back(entries->path().filename().string());
  }
  if (error) return ErrnoError(error.value(), "cannot list", folder);
  return names;
}

// The files that the folder's manifest names, and the manifest itself.
std::set<std::string> OwnNames(const std::string& folder) {
  std::set<std::string> names = {kManifestName, kStagingName};
  const auto text = ReadFile(folder + "/" + kManifestName);
  if (!text.ok()) return names;
  for (std::string& name : NamesInManifest(*text).value_or(std::vector<std::string>())) {
    names.insert(std::move(name));
  }
  return names;
}

Status CheckOwned(const std::string& folder) {
  if (!FileExists(folder)) return Status::OK();
  if (!fs::is_directory(folder)) return ErrnoError(ENOTDIR, "cannot write", folder);
  const std::set<std::string> own = OwnNames(folder);
  ARROW_ASSIGN_OR_RAISE(const auto names, NamesIn(folder));
  for (const std::string& name : names) {
    if (own.contains(name) || name.ends_with(".tideway-tmp")) continue;
    return Error(
               ErrorKind::kConflict,
               fmt::format("the folder holds what no earlier write put there: {}/{}", folder, name))
        .Hint("name a folder of its own for the output, or remove that file");
  }
  return Status::OK();
}

// Whether `folder` and its parent lie on one file system.
bool IsMountPoint(const std::string& folder) {
  struct stat self{};
  struct stat parent{};
  if (stat(folder.c_str(), &self) != 0) return false;
  return stat((folder + "/..").c_str(), &parent) == 0 && self.st_dev != parent.st_dev;
}

// Whether renameat2 says that this file system does not exchange folders.
bool CannotExchange(int code) {
  return code == ENOSYS || code == EINVAL || code == EXDEV || code == EBUSY || code == ENOTSUP;
}

std::string NearestFolder(const std::string& path) {
  fs::path folder = path;
  while (!folder.empty() && !fs::exists(folder) && folder != folder.parent_path()) {
    folder = folder.parent_path();
  }
  return folder.string();
}

}  // namespace

Status FolderReplacement::Check(const std::string& folder) {
  const std::string target = CanonicalPath(folder);
  RETURN_NOT_OK(CheckOwned(target));
  return CheckWritable(
      NearestFolder(IsMountPoint(target) ? target : fs::path(target).parent_path().string()));
}

// All but the scratch folder.
Result<std::unique_ptr<FolderReplacement>> FolderReplacement::Make(const std::string& folder,
                                                                   bool may_exchange) {
  std::unique_ptr<FolderReplacement> replacement(new FolderReplacement);
  const std::string target = CanonicalPath(folder);
  RETURN_NOT_OK(CheckOwned(target));
  const fs::path path = target;
  replacement->target_ = target;
  replacement->can_exchange_ = may_exchange && !IsMountPoint(target);
  replacement->staging_parent_ = replacement->can_exchange_
                                     ? fmt::format("{}/.{}{}", path.parent_path().string(),
                                                   path.filename().string(), kStagingName)
                                     : target + "/" + kStagingName;
  return replacement;
}

Result<std::unique_ptr<FolderReplacement>> FolderReplacement::Prepare(const std::string& folder,
                                                                      bool may_exchange) {
  ARROW_ASSIGN_OR_RAISE(auto replacement, Make(folder, may_exchange));
  ARROW_ASSIGN_OR_RAISE(replacement->scratch_, ScratchFolder::Create(replacement->staging_parent_));
  replacement->staging_ = StagingIn(replacement->scratch_->path());
  RETURN_NOT_OK(MakeFolders(replacement->staging_));
  return replacement;
}

std::vector<std::string> FolderReplacement::Leftovers(const std::string& folder) {
  const auto replacement = Make(folder, true);
  if (!replacement.ok()) return {};
  return ScratchLeftovers((*replacement)->staging_parent_);
}

Result<std::unique_ptr<FolderReplacement>> FolderReplacement::TakeOver(
    const std::string& folder, const std::string& leftover) {
  ARROW_ASSIGN_OR_RAISE(auto replacement, Make(folder, true));
  ARROW_ASSIGN_OR_RAISE(replacement->scratch_, ScratchFolder::Adopt(leftover));
  RemoveScratchLeftovers(replacement->staging_parent_);
  replacement->staging_ = StagingIn(replacement->scratch_->path());
  return replacement;
}

FolderReplacement::~FolderReplacement() {
  scratch_.reset();
  rmdir(staging_parent_.c_str());  // stays when another process is writing too
}

Result<bool> FolderReplacement::Exchange() {
  const char* from = staging_.c_str();
  const char* to = target_.c_str();
  const unsigned flags = FileExists(target_) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, flags) != 0) {
    if (CannotExchange(errno)) return false;
    return ErrnoError(errno, "cannot publish", target_);
  }
  // From here on the new files are the folder's; only whether they outlast a power cut is open.
  const Status synced = SyncFolder(fs::path(target_).parent_path().string());
  if (synced.ok()) return true;
  return Error(KindOf(synced),
               "published, but perhaps not for good if the power fails now: " + synced.message())
      .Hint("check the disk");
}

Status FolderReplacement::MoveFiles() {
  RETURN_NOT_OK(MakeFolders(target_));
  const std::set<std::string> old_names = OwnNames(target_);
  RETURN_NOT_OK(RemoveAll(target_ + "/" + kManifestName));
  RETURN_NOT_OK(SyncFolder(target_));
  ARROW_ASSIGN_OR_RAISE(const auto staged, NamesIn(staging_));
  for (const std::string& name : staged) {
    if (name == kManifestName) continue;
    if (rename((staging_ + "/" + name).c_str(), (target_ + "/" + name).c_str()) != 0) {
      return ErrnoError(errno, "cannot publish", target_ + "/" + name);
    }
  }
  RETURN_NOT_OK(SyncFolder(target_));
  const std::set<std::string> new_names(staged.begin(), staged.end());
  for (const std::string& name : old_names) {
    if (!new_names.contains(name) && name != kStagingName) {
      RETURN_NOT_OK(RemoveAll(target_ + "/" + name));
    }
  }
  ARROW_ASSIGN_OR_RAISE(const std::string manifest, ReadFile(staging_ + "/" + kManifestName));
  return WriteFileAtomic(target_ + "/" + kManifestName, manifest);
}

Status FolderReplacement::Commit() {
  RETURN_NOT_OK(SyncFolder(staging_));
  RETURN_NOT_OK(CheckOwned(target_));
  if (can_exchange_) {
    ARROW_ASSIGN_OR_RAISE(const bool exchanged, Exchange());
    if (exchanged) return Status::OK();
  }
  return MoveFiles();
}

}  // namespace tideway::dataset
