#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>

#include "core/base/file.h"
#include "core/base/leftovers.h"
#include "core/base/owner.h"

namespace tideway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "scratch-";

std::atomic<int64_t> next_folder{0};
std::atomic<int64_t> next_file{0};

std::string NewFolder(const std::string& parent) {
  return fmt::format("{}/{}{}.{}", parent, kPrefix, OwnerMark(), next_folder++);
}

int64_t BytesIn(const fs::path& folder) {
  int64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entries(folder, error), end; !error && entries != end;
       entries.increment(error)) {
    std::error_code unknown;
    const auto size = entries->file_size(unknown);
    if (!unknown) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

}  // namespace

std::vector<std::string> ScratchLeftovers(const std::string& parent) {
  std::vector<std::string> folders;
  std::error_code error;
  for (fs::directory_iterator entries(parent, error), end; !error && entries != end;
       entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const std::string mark = name.substr(kPrefix.size(), name.rfind('.') - kPrefix.size());
    if (OwnerIsGone(mark)) folders.push_back(entries->path().string());
  }
  return folders;
}

Removed RemoveScratchLeftovers(const std::string& parent) {
  Removed removed;
  for (const std::string& folder : ScratchLeftovers(parent)) {
    const int64_t bytes = BytesIn(folder);
    std::error_code failed;
    fs::remove_all(folder, failed);
    if (failed) continue;
    ++removed.count;
    removed.bytes += bytes;
  }
  return removed;
}

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::Create(const std::string& parent) {
  RETURN_NOT_OK(MakeFolders(parent));
  RemoveScratchLeftovers(parent);
  const std::string path = NewFolder(parent);
  std::error_code error;
  if (!fs::create_directory(path, error)) {
    return ErrnoError(error ? error.value() : EEXIST, "file: cannot make scratch folder", path);
  }
  return std::unique_ptr<ScratchFolder>(new ScratchFolder(path));
}

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::Adopt(const std::string& leftover) {
  const std::string path = NewFolder(fs::path(leftover).parent_path().string());
  std::error_code error;
  fs::rename(leftover, path, error);
  if (!error) return std::unique_ptr<ScratchFolder>(new ScratchFolder(path));
  return Error(ErrorKind::kConflict, "file: cannot take over scratch folder: " + leftover);
}

ScratchFolder::~ScratchFolder() {
  if (leave_) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string ScratchFolder::NewFile(std::string_view stem) {
  return fmt::format("{}/{}-{}", path_, stem, next_file++);
}

}  // namespace tideway
