// A file that a command writes and people may change: its last line has the hash of the others, so
// that what a person changed is not overwritten by the next writing.
//
// Thread safety: safe for different files.
#pragma once

#include <string>

#include "core/base/error.h"

namespace tideway::app {

// `text`, whose lines may be comments with `#`, and the line that seals it.
std::string Sealed(const std::string& text);

// Writes it atomically, executable. Errors: conflict, for a file that is there and whose seal is
// missing or broken, but with `force`; io.
Status WriteSealed(const std::string& path, const std::string& sealed, bool force);

}  // namespace tideway::app
