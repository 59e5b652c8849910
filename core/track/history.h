// The runs that a project remembers: what their folders hold.
//
// Thread safety: pure functions of the file system.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace tideway::track {

struct PastRun {
  std::string id;
  std::string path;                // its folder
  std::string status;              // the receipt's; else "running", or "killed" where none is left
  nlohmann::ordered_json receipt;  // null where there is none
};

// The newest first. A folder that is not there holds none. An error of kind data names a receipt
// that cannot be read.
Result<std::vector<PastRun>> ListRuns(const std::string& state_folder);

// The run with that id or with the only id that begins so; "last" is the newest. Error: not_found.
Result<PastRun> FindRun(const std::string& state_folder, const std::string& id);

}  // namespace tideway::track
