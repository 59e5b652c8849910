// Texts without what does not make them different.
//
// Threads: functions are pure.
#pragma once

#include <string>
#include <string_view>

namespace tideway::dedup {

struct NormalOptions {
  bool whitespace = false;   // runs of ASCII white space count as one space, those at the ends not
  bool letter_case = false;  // of ASCII letters
  bool any() const { return whitespace || letter_case; }
};

// The text as it is compared; `buffer` holds it where it is another one.
std::string_view NormalText(std::string_view text, const NormalOptions& options,
                            std::string& buffer);

}  // namespace tideway::dedup
