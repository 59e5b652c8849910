#include "core/hub/local/visible_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/hub/local/links.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;

std::string FolderOf(const std::string& path) { return fs::path(path).parent_path().string(); }

}  // namespace

Result<bool> VisibleFiles::IsOurs(const std::string& path) const {
  ARROW_ASSIGN_OR_RAISE(const auto target, ReadLink(layout_.Visible(path)));
  return target == Layout::VisibleTarget(path);
}

Result<VisibleFiles::State> VisibleFiles::Look(const std::string& path,
                                               const StoredFile* in_head) const {
  const std::string visible = layout_.Visible(path);
  if (!FileExists(visible)) return State::kAbsent;
  ARROW_ASSIGN_OR_RAISE(const bool ours, IsOurs(path));
  if (!ours) return State::kForeign;
  // Large files are hard links to read-only objects: nobody edits them in place by accident.
  if (in_head == nullptr || in_head->size > History::kCopyBytes) return State::kPublished;
  ARROW_ASSIGN_OR_RAISE(const std::string sha256, Sha256File(visible));
  return sha256 == in_head->sha256 ? State::kPublished : State::kEdited;
}

Result<std::vector<FileInfo>> VisibleFiles::List(const Manifest& head) const {
  std::vector<FileInfo> files;
  std::error_code error;
  fs::recursive_directory_iterator entries(layout_.root, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  for (const fs::recursive_directory_iterator end; !error && entries != end;
       entries.increment(error)) {
    if (entries->path().filename().string().starts_with('.')) {
      entries.disable_recursion_pending();
      continue;
    }
    std::error_code dangling;
    if (!entries->is_regular_file(dangling)) continue;
    FileInfo file{.path = fs::path(entries->path()).lexically_relative(layout_.root).string()};
    file.size = static_cast<int64_t>(entries->file_size(dangling));
    const auto known = head.files.find(file.path);
    if (known != head.files.end()) {
      ARROW_ASSIGN_OR_RAISE(const State state, Look(file.path, &known->second));
      if (state == State::kPublished) file.sha256 = known->second.sha256;
    }
    files.push_back(std::move(file));
  }
  if (error) return ErrnoError(error.value(), "hub: cannot list", layout_.root);
  std::sort(files.begin(), files.end(),
            [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
  return files;
}

Status VisibleFiles::MakeParents(const std::string& path) {
  for (size_t end = path.find('/'); end != path.npos; end = path.find('/', end + 1)) {
    const std::string folder = layout_.Visible(path.substr(0, end));
    if (fs::is_symlink(fs::symlink_status(folder))) {
      return Error(ErrorKind::kData,
                   fmt::format("hub: a folder of the repository is a link: {}", folder))
          .Hint("replace it by a real folder");
    }
  }
  const std::string folder = FolderOf(layout_.Visible(path));
  return fs::is_directory(folder) ? Status::OK() : MakeFolders(folder);
}

Status VisibleFiles::Place(const std::string& path) {
  if (at_step_) RETURN_NOT_OK(at_step_("place a link"));
  RETURN_NOT_OK(MakeParents(path));
  return SwapLink(Layout::VisibleTarget(path), layout_.Visible(path), layout_.NewLink());
}

Status VisibleFiles::RemoveDangling(const std::string& path) {
  if (FileExists(layout_.Visible(path))) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const bool ours, IsOurs(path));
  if (!ours) return Status::OK();
  if (at_step_) RETURN_NOT_OK(at_step_("remove a link"));
  RETURN_NOT_OK(Unlink(layout_.Visible(path)));
  for (std::string folder = FolderOf(path); !folder.empty(); folder = FolderOf(folder)) {
    if (::rmdir(layout_.Visible(folder).c_str()) != 0) break;
  }
  return Status::OK();
}

Status VisibleFiles::Sync(const std::vector<std::string>& paths) {
  std::set<std::string> folders = {layout_.root};
  for (const std::string& path : paths) folders.insert(FolderOf(layout_.Visible(path)));
  for (const std::string& folder : folders) {
    if (fs::is_directory(folder)) RETURN_NOT_OK(SyncFolder(folder));
  }
  return Status::OK();
}

}  // namespace tideway::hub
