// What the folders of runs are called, and whether their runs have ended.
#pragma once

#include <string>
#include <vector>

#include "core/base/error.h"

namespace tideway::track {

// The runs below `state_folder`, the newest first.
Result<std::vector<std::string>> RunIds(const std::string& state_folder);

// Whether the run in `folder` left a receipt, or its process is gone.
bool HasEnded(const std::string& folder);

}  // namespace tideway::track
