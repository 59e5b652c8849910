// Names for files that are being written, beside those that they are to replace.
#pragma once

#include <string>
#include <string_view>

namespace tideway::hub {

inline constexpr std::string_view kUnfinished = ".tideway.incomplete";

// "<path>.<number>.<mark of this process>.tideway.incomplete", which no other writer has: the mark,
// which has no dot, tells whether who wrote it is gone (base/owner.h). Python's tools take the end
// for that of a download of their own. Threads: any.
std::string UnfinishedName(const std::string& path);

}  // namespace tideway::hub
