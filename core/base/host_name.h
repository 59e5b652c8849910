// The name of this machine.
#pragma once

#include <string>

namespace tideway {

// As its kernel has it, cut to 255 bytes.
std::string HostName();

}  // namespace tideway
