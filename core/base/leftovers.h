// What processes that were killed left in the scratch folders of their runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tideway {

// The scratch folders of dead processes under `parent`.
std::vector<std::string> ScratchLeftovers(const std::string& parent);

struct Removed {
  int count = 0;
  int64_t bytes = 0;
};
// Removes the scratch folders of dead processes under `parent`; best effort, as another process may
// be doing the same.
Removed RemoveScratchLeftovers(const std::string& parent);

}  // namespace tideway
