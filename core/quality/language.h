// The language of a text, told by CLD2 (https://github.com/CLD2Owners/cld2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tideway::quality {

// The code of the language that most of it is in: "en", "pt", "zh-Hant". Nothing where that is less
// than `min_share` of its bytes (0 to 1), where CLD2 does not rely on it, and for what is no UTF-8.
// Needs less than 2 GiB.
std::optional<std::string> LanguageOf(std::string_view text, double min_share);

}  // namespace tideway::quality
