// Words beside a number, an address or a token that say what it is.
//
// Words are runs of letters; a capital after a small letter begins another ("cardNumber" is "card"
// and "number"). A list holds them in lower case; one that ends in * stands for all that begin so,
// and one that begins with = must be no part of a name ("call" in "fn_call(", "cell" in
// "cellValue"). Words in the tags of redacted texts, such as <CREDIT_CARD>, do not count.
//
// Threads: functions are pure.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/pii/scan_internal.h"

namespace tideway::pii::internal {

using Words = std::span<const std::string_view>;

// One past the place of the last of `words` in `text`; 0 when there is none.
size_t LastWord(std::string_view text, Words words);

// What stands before `begin` in its line and belongs to it: up to 64 bytes, from the last `{`, `;`
// or tab on, and, where a name with = or : stands before it, from the comma before that name on.
std::string_view LeftContext(const Scan& scan, size_t begin);
// Up to 24 bytes behind `end`, in its line.
std::string_view RightContext(const Scan& scan, size_t end);

// Whether one of `words` stands in the left context or is in the column's name, and none of
// `others` stands closer.
bool IsCalled(Scan& scan, size_t begin, Words words, Words others);

// Words that say that a number is none of a person.
extern const Words kCounterWords;

}  // namespace tideway::pii::internal
