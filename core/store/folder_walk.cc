#include "core/store/folder_walk.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <utility>

namespace tideway::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnfinished = ".tideway-tmp";

}  // namespace

FolderWalk::FolderWalk(std::string folder) : folder_(std::move(folder)) {}

Status FolderWalk::Enter(const std::string& below) {
  std::error_code problem;
  const std::string path = folder_ + "/" + below;
  if (!fs::is_directory(path, problem) && (!problem || problem == std::errc::not_a_directory)) {
    return Error(ErrorKind::kUsage, "store: no folder, but something else: " + folder_);
  }
  Names names;
  for (fs::directory_iterator entry(path, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    std::error_code gone;
    std::string name = entry->path().filename().string();
    const bool folder = entry->is_directory(gone);
    if (folder && entry->is_symlink(gone)) continue;
    if (!folder && (!entry->is_regular_file(gone) || name.ends_with(kUnfinished))) continue;
    names.push_back(folder ? name + "/" : std::move(name));
  }
  if (problem) return ErrnoError(problem.value(), "store: cannot list", path);
  std::ranges::sort(names, std::greater());
  names_.push_back(std::move(names));
  below_ = below;
  return Status::OK();
}

Result<std::optional<FoundFile>> FolderWalk::Next() {
  if (!std::exchange(begun_, true)) RETURN_NOT_OK(Enter(""));
  while (!names_.empty()) {
    if (names_.back().empty()) {
      names_.pop_back();
      if (!below_.empty()) below_.erase(below_.find_last_of('/', below_.size() - 2) + 1);
      continue;
    }
    const std::string path = below_ + names_.back().back();
    names_.back().pop_back();
    if (path.ends_with('/')) {
      RETURN_NOT_OK(Enter(path));
      continue;
    }
    std::error_code gone;
    const auto size = fs::file_size(folder_ + "/" + path, gone);
    if (!gone) return FoundFile{path, static_cast<int64_t>(size)};
  }
  return std::nullopt;
}

}  // namespace tideway::store
