#include <array>
#include <string_view>

#include "core/hub/yaml.h"

// The implicit resolvers of PyYAML's resolver.py, written out: its regular expressions backtrack.

namespace tideway::hub {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes characters off the front of a text.
struct Cursor {
  std::string_view rest;

  bool Take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  bool TakeAny(std::string_view set) {
    if (rest.empty() || set.find(rest.front()) == set.npos) return false;
    rest.remove_prefix(1);
    return true;
  }
  size_t TakeRun(std::string_view set) {
    size_t count = 0;
    while (TakeAny(set)) ++count;
    return count;
  }
  // One to `most` digits.
  bool TakeDigits(size_t least, size_t most) {
    size_t count = 0;
    while (count < most && !rest.empty() && IsDigit(rest.front())) {
      rest.remove_prefix(1);
      ++count;
    }
    return count >= least;
  }
  bool AtEnd() const { return rest.empty(); }
};

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kDigitsOrBar = "0123456789_";

// (?::[0-5]?[0-9])+
bool TakeSexagesimal(Cursor& cursor) {
  size_t groups = 0;
  while (cursor.Take(':')) {
    ++groups;
    const bool low = !cursor.rest.empty() && cursor.rest.front() <= '5';
    if (!cursor.TakeDigits(1, low ? 2 : 1)) return false;
  }
  return groups > 0;
}

bool IsInt(std::string_view text) {
  Cursor cursor{text};
  cursor.TakeAny("+-");
  if (cursor.Take('0')) {
    if (cursor.AtEnd()) return true;
    if (cursor.Take('b')) return cursor.TakeRun("01_") > 0 && cursor.AtEnd();
    if (cursor.Take('x')) return cursor.TakeRun("0123456789abcdefABCDEF_") > 0 && cursor.AtEnd();
    return cursor.TakeRun("01234567_") > 0 && cursor.AtEnd();
  }
  if (!cursor.TakeAny(kDigits)) return false;
  cursor.TakeRun(kDigitsOrBar);
  return cursor.AtEnd() || (TakeSexagesimal(cursor) && cursor.AtEnd());
}

// Nothing, or an exponent, which PyYAML wants with a sign.
bool TakeExponentAndEnd(Cursor& cursor) {
  if (cursor.AtEnd()) return true;
  return cursor.TakeAny("eE") && cursor.TakeAny("+-") && cursor.TakeRun(kDigits) > 0 &&
         cursor.AtEnd();
}

bool IsFloat(std::string_view text) {
  Cursor cursor{text};
  const bool sign = cursor.TakeAny("+-");
  if (cursor.Take('.')) {
    if (cursor.rest == "inf" || cursor.rest == "Inf" || cursor.rest == "INF") return true;
    if (sign) return false;
    if (cursor.rest == "nan" || cursor.rest == "NaN" || cursor.rest == "NAN") return true;
    if (!cursor.TakeAny(kDigits)) return false;
    cursor.TakeRun(kDigitsOrBar);
    return TakeExponentAndEnd(cursor);
  }
  if (!cursor.TakeAny(kDigits)) return false;
  cursor.TakeRun(kDigitsOrBar);
  if (!cursor.rest.empty() && cursor.rest.front() == ':') {
    if (!TakeSexagesimal(cursor) || !cursor.Take('.')) return false;
    cursor.TakeRun(kDigitsOrBar);
    return cursor.AtEnd();
  }
  if (!cursor.Take('.')) return false;
  cursor.TakeRun(kDigitsOrBar);
  return TakeExponentAndEnd(cursor);
}

// (?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9][0-9])?))?
bool TakeZoneAndEnd(Cursor& cursor) {
  if (cursor.AtEnd()) return true;
  cursor.TakeRun(" \t");
  if (cursor.Take('Z')) return cursor.AtEnd();
  if (!cursor.TakeAny("+-") || !cursor.TakeDigits(1, 2)) return false;
  if (cursor.AtEnd()) return true;
  return cursor.Take(':') && cursor.TakeDigits(2, 2) && cursor.AtEnd();
}

bool IsTimestamp(std::string_view text) {
  Cursor date{text};
  if (date.TakeDigits(4, 4) && date.Take('-') && date.TakeDigits(2, 2) && date.Take('-') &&
      date.TakeDigits(2, 2) && date.AtEnd()) {
    return true;
  }
  Cursor cursor{text};
  if (!cursor.TakeDigits(4, 4) || !cursor.Take('-') || !cursor.TakeDigits(1, 2) ||
      !cursor.Take('-') || !cursor.TakeDigits(1, 2)) {
    return false;
  }
  if (!cursor.TakeAny("Tt") && cursor.TakeRun(" \t") == 0) return false;
  if (!cursor.TakeDigits(1, 2) || !cursor.Take(':') || !cursor.TakeDigits(2, 2) ||
      !cursor.Take(':') || !cursor.TakeDigits(2, 2)) {
    return false;
  }
  if (cursor.Take('.')) cursor.TakeRun(kDigits);
  return TakeZoneAndEnd(cursor);
}

constexpr std::array<std::string_view, 24> kWords = {
    "yes", "Yes", "YES", "no",  "No",  "NO",  "true", "True", "TRUE", "false", "False", "FALSE",
    "on",  "On",  "ON",  "off", "Off", "OFF", "null", "Null", "NULL", "~",     "<<",    "="};

}  // namespace

bool ReadsAsOtherType(std::string_view text) {
  if (text.empty()) return true;
  for (std::string_view word : kWords) {
    if (text == word) return true;
  }
  return IsInt(text) || IsFloat(text) || IsTimestamp(text);
}

}  // namespace tideway::hub
