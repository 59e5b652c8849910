// Which encoding bytes are in.
//
//   const Detection found = Detect("gr\xf6\xdfe");    // encoding "windows-1252"
//
// In this order:
//   1. a byte order mark of UTF-8, UTF-16 or UTF-32, when all the rest fits it
//   2. valid UTF-8 without a NUL is never called anything else; so is no 7-bit encoding
//      (ISO-2022-JP, UTF-7)
//   3. UTF-16 or UTF-32 without a mark, where zero bytes stand as they do in such text
//   4. statistics: of the pages in which every byte is a character, the one in whose languages the
//      characters are the most probable (language_cost_internal.h)
// Where pages differ in nothing that the text has, the one that is more usual is named: the text is
// the same. Where they differ and none is clearly more probable than the others, and where all are
// improbable, none is named.
//
// Threads: pure. The time is that of one look at all bytes, and more for the first 4 KiB of lines
// with anything beyond ASCII when there are statistics to be made.
#pragma once

#include <string_view>

namespace tideway::text {

struct Detection {
  // As Python calls it; empty when `problem` is not. shift_jis has Microsoft's extensions.
  std::string_view encoding = {};
  // "binary", "damaged utf-8", "ambiguous" or "unknown encoding".
  std::string_view problem = {};
  size_t mark = 0;  // bytes of the byte order mark
  // What makes it ambiguous: the best two.
  std::string_view best = {};
  std::string_view second = {};
};

Detection Detect(std::string_view bytes);

}  // namespace tideway::text
