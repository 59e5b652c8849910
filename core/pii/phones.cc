// Phone numbers: + and a country code; the form of North America; any other beside a word that says
// so.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/pii/context_internal.h"
#include "core/pii/numbers_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr auto kPhoneWords = std::to_array<std::string_view>(
    {"phone*", "tel",   "tele*", "tlf",    "mobile*",  "mobil", "mob",     "=cell",   "cellphone*",
     "fax*",   "=call", "=ring", "=dial",  "whatsapp", "sms",   "hotline", "=handy",  "contact*",
     "=reach", "=fon",  "फोन",   "मोबाइल", "电话",     "手机",  "電話",    "телефон", "тел"});

// ITU-T E.164 country codes with the lengths of their national numbers; where none is given, 7
// to 12.
struct Plan {
  int code;
  size_t least, most;
};
constexpr auto kPlans = std::to_array<Plan>(
    {{1, 10, 10},  {7, 10, 10}, {20, 8, 10},  {27, 9, 9},   {30, 10, 10}, {31, 9, 9},
     {32, 8, 9},   {33, 9, 9},  {34, 9, 9},   {36, 8, 9},   {39, 6, 11},  {40, 9, 9},
     {41, 9, 9},   {43, 7, 12}, {44, 9, 10},  {45, 8, 8},   {46, 7, 10},  {47, 8, 8},
     {48, 9, 9},   {49, 7, 11}, {51, 8, 9},   {52, 10, 10}, {53, 8, 8},   {54, 10, 11},
     {55, 10, 11}, {56, 9, 9},  {57, 8, 10},  {58, 10, 10}, {60, 8, 10},  {61, 9, 9},
     {62, 8, 12},  {63, 8, 10}, {64, 8, 10},  {65, 8, 8},   {66, 8, 9},   {81, 9, 10},
     {82, 8, 11},  {84, 9, 10}, {86, 10, 11}, {90, 10, 10}, {91, 10, 10}, {92, 9, 10},
     {93, 9, 9},   {94, 9, 9},  {95, 7, 10},  {98, 10, 10}, {212, 9, 9},  {213, 8, 9},
     {216, 8, 8},  {218, 8, 9}, {220, 7, 7},  {221, 9, 9},  {233, 9, 9},  {234, 8, 10},
     {237, 8, 9},  {249, 9, 9}, {251, 9, 9},  {254, 9, 10}, {255, 9, 9},  {256, 9, 9},
     {260, 9, 9},  {263, 8, 9}, {351, 9, 9},  {352, 5, 9},  {353, 7, 9},  {354, 7, 7},
     {355, 8, 9},  {356, 8, 8}, {357, 8, 8},  {358, 6, 11}, {359, 8, 9},  {370, 8, 8},
     {371, 8, 8},  {372, 7, 8}, {373, 8, 8},  {374, 8, 8},  {375, 9, 9},  {376, 6, 6},
     {380, 9, 9},  {381, 8, 9}, {382, 8, 8},  {385, 8, 9},  {386, 8, 8},  {387, 8, 8},
     {389, 8, 8},  {420, 9, 9}, {421, 9, 9},  {502, 8, 8},  {503, 8, 8},  {504, 8, 8},
     {505, 8, 8},  {506, 8, 8}, {507, 7, 8},  {591, 8, 8},  {593, 8, 9},  {595, 9, 9},
     {598, 8, 8},  {673, 7, 7}, {852, 8, 8},  {853, 8, 8},  {855, 8, 9},  {856, 8, 10},
     {880, 8, 10}, {886, 8, 9}, {960, 7, 7},  {961, 7, 8},  {962, 8, 9},  {963, 8, 9},
     {964, 8, 10}, {965, 8, 8}, {966, 8, 9},  {967, 7, 9},  {968, 8, 8},  {970, 8, 9},
     {971, 8, 9},  {972, 8, 9}, {973, 8, 8},  {974, 8, 8},  {975, 7, 8},  {976, 8, 8},
     {977, 8, 10}, {992, 9, 9}, {993, 8, 8},  {994, 9, 9},  {995, 9, 9},  {996, 9, 9},
     {998, 9, 9}});

std::optional<Plan> PlanOf(std::string_view digits) {
  if (digits.starts_with('0')) return std::nullopt;
  for (size_t size = 1; size <= 3 && size <= digits.size(); ++size) {
    int code = 0;
    std::from_chars(digits.data(), digits.data() + size, code);
    const auto found = std::ranges::find(kPlans, code, &Plan::code);
    if (found != kPlans.end()) return *found;
  }
  return std::nullopt;
}

size_t CodeSize(int code) { return code < 10 ? 1 : code < 100 ? 2 : 3; }

// The plan of the +1 countries: neither area nor exchange begins with 0 or 1 or ends in 11;
// 555-01xx is kept for fiction.
bool IsNorthAmerican(std::string_view area, std::string_view exchange, std::string_view line) {
  const auto code = [](std::string_view digits) {
    return digits[0] > '1' && digits.substr(1) != "11";
  };
  return code(area) && area[1] != '9' && code(exchange) &&
         !(exchange == "555" && line.starts_with("01"));
}

bool IsPowerOfTwo(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value >= 64 && (value & (value - 1)) == 0;
}

bool IsCalledPhone(Scan& scan, size_t begin) {
  return IsCalled(scan, begin, kPhoneWords, kCounterWords);
}

bool HasCounterWord(const Scan& scan, size_t begin) {
  const std::string_view left = LeftContext(scan, begin);
  return LastWord(left, kCounterWords) > LastWord(left, kPhoneWords);
}

size_t Added(Scan& scan, const NumberRow& row, size_t first, size_t last) {
  size_t begin = row[first].begin;
  const bool opened = first == 0 ? row.bracket : row[first].before == '(';
  const size_t closed = scan.text.substr(begin, row[last].end - begin).find(')');
  if ((first == 0 && row.plus) || (opened && closed != std::string_view::npos)) --begin;
  scan.Add(Kind::kPhone, begin, row[last].end);
  return last - first + 1;
}

// ddd ddd dddd with a 1 before it or not.
size_t FindNorthAmerican(Scan& scan, const NumberRow& row, size_t first) {
  const size_t one = row[first].size() == 1 && scan.text[row[first].begin] == '1' ? 1 : 0;
  const size_t a = first + one;
  if (a + 2 >= row.count || row[a].size() != 3 || row[a + 1].size() != 3 || row[a + 2].size() != 4)
    return 0;
  const auto digits = [&](size_t i) { return scan.text.substr(row[i].begin, row[i].size()); };
  if (scan.Fails(Check::kWholeNumber, row.EndsWith(a + 2))) return 0;
  if (scan.Fails(Check::kPhonePlan, IsNorthAmerican(digits(a), digits(a + 1), digits(a + 2))))
    return 0;
  if (IsPowerOfTwo(digits(a + 1)) && IsPowerOfTwo(digits(a + 2))) return 0;  // the shape of a layer
  const bool bracketed = row[a + 1].before == ')';
  const bool dashed = row[a + 1].before == '-' && row[a + 2].before == '-';
  const bool plain = bracketed || dashed;
  const size_t begin = row[first].begin;
  if (plain && scan.Fails(Check::kNumberCounter, !HasCounterWord(scan, begin))) return 0;
  if (!plain && scan.Fails(Check::kNumberContext, IsCalledPhone(scan, begin))) return 0;
  return Added(scan, row, first, a + 2);
}

// The number of groups from `first` on that make up a number with a country code in front, after
// `prefix` digits that are none of it; the most that there can be.
size_t CountInternational(const Scan& scan, const NumberRow& row, size_t first, size_t prefix) {
  const std::string digits = Digits(scan, row, first, row.count - 1).substr(prefix);
  const auto plan = PlanOf(digits);
  if (!plan) return scan.settings.Checks(Check::kPhonePlan) ? 0 : row.count - first;
  size_t size = 0, count = 0;
  for (size_t i = first; i < row.count; ++i) {
    // The 0 in +44 (0)20 is not dialled.
    const bool skipped = row[i].before == '(' && row[i].size() == 1 && i > first;
    if (i > first && (row[i].before == '.') != (row[first + 1].before == '.')) break;
    if (!skipped) size += row[i].size();
    if (size <= prefix + CodeSize(plan->code)) continue;
    const size_t national = size - prefix - CodeSize(plan->code);
    if (national > plan->most) break;
    if (national >= plan->least && row.EndsWith(i)) count = i - first + 1;
  }
  return count;
}

// The groups of a number that North America keeps for fiction: 555-01xx, in any area. Redaction
// puts such in the place of others.
size_t CountFictional(const Scan& scan, const NumberRow& row, size_t first) {
  const auto ends_so = [&](size_t last) {
    const std::string digits = Digits(scan, row, first, last);
    return (digits.size() == 10 || (digits.size() == 11 && digits[0] == '1')) &&
           digits.substr(digits.size() - 7, 5) == "55501";
  };
  for (size_t last = first; last < row.count && last < first + 4; ++last) {
    if (ends_so(last)) return last - first + 1;
  }
  return 0;
}

// A number without blanks after a + may be a sum: an operand stands before it.
bool IsSum(Scan& scan, size_t plus) {
  size_t end = plus;
  while (end > 0 && scan.text[end - 1] == ' ') --end;
  size_t begin = end;
  while (begin > 0 && IsWord(scan.text[begin - 1])) --begin;
  const std::string_view operand = scan.text.substr(begin, end - begin);
  if (operand.empty()) return end > 0 && IsOneOf(scan.text[end - 1], ")]");
  if (IsCalledPhone(scan, plus)) return false;
  return operand.size() == 1 ||
         std::ranges::any_of(operand, [](char c) { return !Is(c, kLetterByte); }) ||
         LeftContext(scan, plus).find('=') != std::string_view::npos;
}

size_t FindInternational(Scan& scan, const NumberRow& row) {
  const size_t count = CountInternational(scan, row, 0, 0);
  if (count == 0) return 0;
  const size_t plus = row[0].begin - 1;
  if (count == 1 && scan.Fails(Check::kNumberContext, !IsSum(scan, plus))) return 0;
  if (scan.Fails(Check::kNumberCounter, !HasCounterWord(scan, plus))) return 0;
  const std::string digits = Digits(scan, row, 0, count - 1);
  if (digits[0] == '1' &&
      scan.Fails(Check::kPhonePlan,
                 IsNorthAmerican(digits.substr(1, 3), digits.substr(4, 3), digits.substr(7)))) {
    return 0;
  }
  return Added(scan, row, 0, count - 1);
}

// Any form, beside a word that says so: 9 to 11 digits, or 00 and a country code.
size_t FindNational(Scan& scan, const NumberRow& row, size_t first) {
  const std::string_view begin = scan.text.substr(row[first].begin, row[first].size());
  if (scan.Fails(Check::kNumberContext, IsCalledPhone(scan, row[first].begin))) return 0;
  const bool ssn = row.count - first >= 3 && row[first].size() == 3 && row[first + 1].size() == 2 &&
                   row[first + 2].size() == 4;
  if (ssn) return 0;
  size_t count = 0;
  if (begin.starts_with("00")) {
    count = CountInternational(scan, row, first, 2);
  } else {
    const size_t most = begin[0] == '0' ? 11 : 10;
    size_t size = 0;
    for (size_t i = first; i < row.count && i < first + 5; ++i) {
      size += row[i].size();
      if (size > most || (row[i].size() < 2 && i > first)) break;
      const bool decimal = i == first + 1 && row[i].before == '.';
      if (size >= 9 && row.EndsWith(i) && !decimal) count = i - first + 1;
    }
  }
  return count == 0 ? 0 : Added(scan, row, first, first + count - 1);
}

}  // namespace

size_t FindPhone(Scan& scan, const NumberRow& row, size_t first) {
  if (!scan.settings.Has(Kind::kPhone)) return 0;
  if (const size_t groups = CountFictional(scan, row, first); groups > 0) return groups;
  if (first == 0 && row.plus) return FindInternational(scan, row);
  const size_t count = FindNorthAmerican(scan, row, first);
  return count > 0 ? count : FindNational(scan, row, first);
}

}  // namespace tideway::pii::internal
