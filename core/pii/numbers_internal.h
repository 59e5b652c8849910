// Numbers as people write them: groups of digits, each parted from the next by a blank, a dash, a
// dot or brackets.
//
// Threads: functions are pure.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "core/pii/scan_internal.h"

namespace tideway::pii::internal {

struct DigitGroup {
  size_t begin = 0;
  size_t end = 0;
  char before =
      '\0';  // what parts it from the group before: one of " -./()", or '\0' for the first
  size_t size() const { return end - begin; }
};

// The groups around one place.
struct NumberRow {
  static constexpr size_t kMostGroups = 12;
  std::array<DigitGroup, kMostGroups> groups;
  size_t count = 0;
  size_t end = 0;             // of the last group, or of what is too long to be looked at
  bool plus = false;          // a + stands before the first group
  bool bracket = false;       // a ( stands before the first group
  bool joined_left = false;   // the first group is a part of a word or of a longer number
  bool joined_right = false;  // and so the last one
  bool too_long = false;

  const DigitGroup& operator[](size_t i) const { return groups[i]; }
  // Whether a number may begin at group `i`, and end with it.
  bool BeginsAt(size_t i) const;
  bool EndsWith(size_t i) const;
};

// `at` is a digit, or a + before one.
NumberRow ReadNumbers(const Scan& scan, size_t at);

// The digits of groups [first, last].
std::string Digits(const Scan& scan, const NumberRow& row, size_t first, size_t last);

// Each looks for a number that begins with group `first`, adds it, and returns how many groups it
// has: 0 when there is none.
size_t FindCard(Scan& scan, const NumberRow& row, size_t first);
size_t FindSsn(Scan& scan, const NumberRow& row, size_t first);
size_t FindPhone(Scan& scan, const NumberRow& row, size_t first);

}  // namespace tideway::pii::internal
