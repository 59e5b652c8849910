#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>

#include "core/base/file.h"
#include "core/base/owner.h"

namespace tideway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "scratch-";

std::atomic<int64_t> next_folder{0};
std::atomic<int64_t> next_file{0};

// Removes "scratch-<mark>.<n>" folders whose process is gone. Best effort: another process may be
// doing the same.
void RemoveLeftovers(const std::string& parent) {
  std::error_code error;
  for (fs::directory_iterator entries(parent, error), end; !error && entries != end;
       entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const std::string mark = name.substr(kPrefix.size(), name.rfind('.') - kPrefix.size());
    std::error_code ignored;
    if (OwnerIsGone(mark)) fs::remove_all(entries->path(), ignored);
  }
}

}  // namespace

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::Create(const std::string& parent) {
  RETURN_NOT_OK(MakeFolders(parent));
  RemoveLeftovers(parent);
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
