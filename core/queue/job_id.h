// Names of jobs: unique over all machines, and in the order in which one process made them.
#pragma once

#include <string>

#include "core/base/clock.h"

namespace tideway::queue {

// 32 hexadecimal digits: milliseconds since 1970 (12), a count within them (4), random ones (16).
// Thread-safe.
std::string NewJobId(const Clock& clock = SystemClock());
bool IsJobId(const std::string& text);

}  // namespace tideway::queue
