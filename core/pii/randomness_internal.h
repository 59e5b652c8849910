// Whether a value looks as if it was made by a generator, or chosen as a password, rather than
// written as a word, a name or a stand-in. Threads: functions are pure.
#pragma once

#include <string_view>

namespace tideway::pii::internal {

// Bits per byte of the distribution of its bytes.
double EntropyBits(std::string_view value);

// Whether a program puts something else in its place: "<token>", "${TOKEN}", "{{ token }}", "%s".
bool IsTemplate(std::string_view value);
// Whether it stands for a value that is put there later, or is an example: a template, "changeme",
// "xxxxxxxx", "your-api-key". Empty text is one.
bool IsPlaceholder(std::string_view value);

// Whether a key of a program may look so: a long mix of letters and digits.
bool IsRandomToken(std::string_view value);
// Whether a password may look so: three of small letters, capitals, digits and signs; or a token.
bool IsRandomPassword(std::string_view value);

}  // namespace tideway::pii::internal
