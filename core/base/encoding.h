// Text in any encoding as UTF-8, by the names that Python's codecs have.
//
//   ARROW_ASSIGN_OR_RAISE(const DecodedBytes decoded, DecodeBytes(bytes, "latin-1",
//   /*replace=*/false));
//
// Letter case, `_` and spaces in a name do not matter: `UTF_8`, `latin1`, `cp1252`, `Windows-1252`;
// an empty name is UTF-8. As in Python, `utf-16` and `utf-32` go by the mark at the beginning and
// drop it, `utf-8-sig` drops one, and all others keep it. Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // in UTF-8

struct DecodedBytes {
  std::string text;      // UTF-8
  int64_t replaced = 0;  // units that were no text, each now U+FFFD
};

// Errors of kind data: an encoding that is not known; without `replace`, bytes that are no text in
// it, with the place of the first byte.
Result<DecodedBytes> DecodeBytes(std::string_view bytes, std::string_view encoding, bool replace);

// UTF-8 as bytes in another encoding. Errors of kind data: as above, and a character that the
// encoding does not have.
Result<std::string> EncodeText(std::string_view text, std::string_view encoding);

}  // namespace tideway
