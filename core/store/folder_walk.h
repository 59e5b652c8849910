// The files below a folder in the order of keys, that is of the bytes of their paths. Threads: one
// at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace tideway::store {

struct FoundFile {
  std::string path;  // below the folder, with "/" between
  int64_t size = 0;
};

class FolderWalk {
 public:
  explicit FolderWalk(std::string folder);
  // Nothing: that was all. Links to files are files, links to folders and unfinished files are
  // passed over. Errors: not_found, io; usage, where it is no folder.
  Result<std::optional<FoundFile>> Next();

 private:
  // Names that are left in one folder, the next at the end; those of folders end with "/".
  using Names = std::vector<std::string>;
  Status Enter(const std::string& below);

  const std::string folder_;
  std::string below_;  // "" or "a/b/": the folder of names_.back()
  std::vector<Names> names_;
  bool begun_ = false;
};

}  // namespace tideway::store
