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

Removed RemoveScratchLeftovers(const std::string& parent) {
  Removed removed;
  std::error_code error;
  for (fs::directory_iterator entries(parent, error), end; !error && entries != end;
       entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const std::string mark = name.substr(kPrefix.size(), name.rfind('.') - kPrefix.size());
    if (!OwnerIsGone(mark)) continue;
    const int64_t bytes = BytesIn(entries->path());
    std::error_code failed;
    fs::remove_all(entries->path(), failed);
    if (failed) continue;
    ++removed.folders;
    removed.bytes += bytes;
  }
  return removed;
}

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::Create(const std::string& parent) {
  RETURN_NOT_OK(MakeFolders(parent));
  RemoveScratchLeftovers(parent);
  const std::string path = fmt::format("{}/{}{}.{}", parent, kPrefix, OwnerMark(), next_folder++);
  std::error_code error;
  if (!fs::create_directory(path, error)) {
    return ErrnoError(error ? error.value() : EEXIST, "file: cannot make scratch folder", path);
  }
  return std::unique_ptr<ScratchFolder>(new ScratchFolder(path));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string ScratchFolder::NewFile(std::string_view stem) {
  return fmt::format("{}/{}-{}", path_, stem, next_file++);
}

}  // namespace tideway
