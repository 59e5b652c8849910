// What gzip made smaller, as it was: of one member or several, with zero bytes after them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::swh {

// Errors: data, for what is cut off, broken, or no gzip; memory, for what comes to more than `most`
// bytes, however small it is: it is not unpacked further.
Result<std::string> Gunzip(std::string_view bytes, int64_t most);

}  // namespace tideway::swh
