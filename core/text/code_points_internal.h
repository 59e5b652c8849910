// Between UTF-8 and code points. Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tideway::text::internal {

// Of text that is valid UTF-8.
std::u32string CodePoints(std::string_view text);
void AppendUtf8(char32_t c, std::string* text);
std::string Utf8(std::u32string_view characters);

// How many bytes of a UTF-8 character begin `bytes`; 0 where none does: what is cut off, overlong,
// a surrogate or beyond U+10FFFF is none. REQUIRES: `bytes` is not empty.
size_t CharacterLength(std::string_view bytes);

// The first `limit` bytes, or some more, of the lines that hold anything beyond ASCII, each with
// its end: enough to tell an encoding by. A line that is longer than that is cut.
std::string SampleLines(std::string_view bytes, size_t limit);

// Where the first byte beyond ASCII stands; the size of `bytes` where none does.
size_t FirstBeyondAscii(std::string_view bytes);

}  // namespace tideway::text::internal
