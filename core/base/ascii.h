// Letters of ASCII, whatever the locale. Threads: pure.
#pragma once

#include <string>
#include <string_view>

namespace tideway {

constexpr char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// All bytes that are no such letter stay.
inline std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = LowerAscii(c);
  return lower;
}

}  // namespace tideway
