// Which boot of the machine this is: what is in memory, or not synced, lives no longer than that.
#pragma once

#include <string>

namespace tideway {

// The kernel's, a UUID; empty where it tells none.
std::string BootId();

}  // namespace tideway
