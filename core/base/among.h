// Whether a word is one of a few.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace tideway {

inline bool IsAmong(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace tideway
