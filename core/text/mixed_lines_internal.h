// Files of UTF-8 that somebody has added lines to in another encoding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tideway::text::internal {

struct MixedText {
  std::string text = {};
  std::string_view encoding = {};  // of the lines that are no UTF-8
};

// The text, where all lines that are no UTF-8 hold nothing beyond ASCII that could be, and are
// together in one encoding (Detect). Nothing for what is cut off or damaged within a line.
std::optional<MixedText> DecodeMixedLines(std::string_view bytes);

}  // namespace tideway::text::internal
