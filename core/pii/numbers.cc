#include <algorithm>

#include "core/pii/context_internal.h"
#include "core/pii/numbers_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr size_t kMostLeftBytes = 32;
constexpr size_t kFewestDigits = 9;
constexpr size_t kMostDigits = 24;

bool IsSeparator(char c) { return IsOneOf(c, " -.()/"); }

// The begin of the separator at `i`: one byte, or a blank or dash beside a bracket. `i` when there
// is none that parts two groups.
size_t SeparatorEnd(std::string_view text, size_t i) {
  size_t end = i;
  while (end < text.size() && end - i < 3 && IsSeparator(text[end])) ++end;
  const std::string_view separator = text.substr(i, end - i);
  const bool known = separator.size() == 1
                         ? separator != "/" || i > 0
                         : separator == ") " || separator == " (" || separator == ")-" ||
                               separator == "-(" || separator == ") (";
  return known && end < text.size() && IsDigit(text[end]) ? end : i;
}

// Where the groups begin that lead up to `at`.
size_t RowBegin(const Scan& scan, size_t at) {
  const size_t least = std::max(scan.numbers_end, at > kMostLeftBytes ? at - kMostLeftBytes : 0);
  size_t begin = at;
  for (size_t i = at; i > least;) {
    if (IsDigit(scan.text[i - 1])) {
      begin = --i;
      continue;
    }
    size_t separator = i;
    while (separator > least && i - separator < 3 && IsSeparator(scan.text[separator - 1]))
      --separator;
    if (separator == i || separator == 0 || !IsDigit(scan.text[separator - 1])) break;
    if (SeparatorEnd(scan.text, separator) != i) break;
    i = separator;
  }
  return begin;
}

// Whether the byte before a number makes it a part of something else.
bool JoinsLeft(const Scan& scan, size_t begin) {
  const char before = scan.Before(begin);
  if (before == '\0') return false;
  return IsWord(before) || IsOneOf(before, ".-/#$%@\\&");
}

bool JoinsRight(const Scan& scan, size_t end) {
  const char behind = scan.At(end), next = scan.At(end + 1);
  if ((behind == 'x' || behind == 'X') && IsDigit(next)) return false;  // an extension
  if (behind == '-' || behind == '.' || behind == '/') return IsWord(next);
  return IsWord(behind) || behind == '@' || behind == '%';
}

// Telegram: the number of a bot, a colon, and a key that begins with AA.
bool FindBotToken(Scan& scan, size_t begin) {
  size_t end = begin;
  while (end < scan.text.size() && end - begin < 12 && IsDigit(scan.text[end])) ++end;
  if (end - begin < 8 || end - begin > 10 || !scan.text.substr(end).starts_with(":AA"))
    return false;
  const size_t key = end + 1;
  end = key;
  while (end < scan.text.size() && end - key < 64 && IsBase64Url(scan.text[end])) ++end;
  if (end - key != 35 || IsWord(scan.Before(begin))) return false;
  scan.Add(Kind::kApiKey, begin, end);
  scan.numbers_end = end;
  return true;
}

}  // namespace

bool NumberRow::BeginsAt(size_t i) const {
  if (i == 0) return !joined_left;
  return groups[i].before == ' ' || groups[i].before == '(';
}

bool NumberRow::EndsWith(size_t i) const {
  if (i + 1 == count) return !joined_right;
  return groups[i + 1].before == ' ' || groups[i + 1].before == '(';
}

NumberRow ReadNumbers(const Scan& scan, size_t at) {
  const std::string_view text = scan.text;
  NumberRow row;
  const bool plus = text[at] == '+';
  size_t i = plus ? at + 1 : RowBegin(scan, at);
  const size_t begin = i;
  row.plus = i > 0 && text[i - 1] == '+';
  row.bracket = i > 0 && text[i - 1] == '(';
  const size_t first = row.plus || row.bracket ? begin - 1 : begin;
  row.joined_left = JoinsLeft(scan, first) || (row.plus && IsOneOf(scan.Before(first), ")]+"));
  char before = '\0';
  for (;;) {
    size_t end = i;
    while (end < text.size() && end - i <= kMostDigits && IsDigit(text[end])) ++end;
    if (row.count == NumberRow::kMostGroups || end - i > kMostDigits) {
      row.too_long = true;
      row.end = end;
      while (row.end < text.size() && (IsDigit(text[row.end]) || text[row.end] == ' ')) ++row.end;
      return row;
    }
    row.groups[row.count++] = {.begin = i, .end = end, .before = before};
    row.end = end;
    i = SeparatorEnd(text, end);
    if (i == end) break;
    const std::string_view separator = text.substr(end, i - end);
    before = separator.size() > 1 && separator.find('(') != separator.npos ? '(' : separator[0];
  }
  row.joined_right = JoinsRight(scan, row.end);
  return row;
}

std::string Digits(const Scan& scan, const NumberRow& row, size_t first, size_t last) {
  std::string digits;
  for (size_t i = first; i <= last; ++i) {
    digits += scan.text.substr(row[i].begin, row[i].size());
  }
  return digits;
}

void FindNumber(Scan& scan, size_t digit) {
  if (digit < scan.numbers_end) return;
  if (scan.text[digit] != '+' && FindBotToken(scan, digit)) return;
  const NumberRow row = ReadNumbers(scan, digit);
  scan.numbers_end = row.end;
  size_t digits = 0;
  for (size_t i = 0; i < row.count; ++i) digits += row[i].size();
  if (row.too_long || digits < kFewestDigits) return;
  for (size_t i = 0; i < row.count;) {
    size_t used = 0;
    if (row.BeginsAt(i) || !scan.settings.Checks(Check::kWholeNumber)) {
      used = FindCard(scan, row, i);
      if (used == 0) used = FindSsn(scan, row, i);
      if (used == 0) used = FindPhone(scan, row, i);
    }
    i += std::max<size_t>(used, 1);
  }
}

}  // namespace tideway::pii::internal
