// SHA-1 of plain bytes, by which Software Heritage names a content in its bucket. Threads: pure.
#pragma once

#include <string>
#include <string_view>

namespace tideway::swh {

// 40 hex digits.
std::string Sha1Hex(std::string_view bytes);
// Whether it is one.
bool IsSha1(std::string_view text);

}  // namespace tideway::swh
