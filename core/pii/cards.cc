// Payment cards and social security numbers.
#include <algorithm>
#include <array>

#include "core/pii/context_internal.h"
#include "core/pii/numbers_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr auto kCardWords = std::to_array<std::string_view>(
    {"card",      "cards",  "creditcard*",  "cardnumber*", "cardno", "ccnum*",
     "cc",        "ccn",    "visa",         "mastercard",  "amex",   "=american",
     "=discover", "diners", "jcb",          "maestro",     "=pan",   "credit",
     "debit",     "karte*", "kreditkarte*", "tarjeta*",    "=carte"});
constexpr auto kSsnWords = std::to_array<std::string_view>(
    {"ssn*", "socialsecurity*", "security", "insurance", "taxpayer"});

// ISO/IEC 7812 numbers of the networks: leading digits, up to which, and how long.
struct Issuer {
  int from, to;  // of the first four digits
  size_t least, most;
};
constexpr auto kIssuers = std::to_array<Issuer>({
    {4000, 4999, 16, 16},  // Visa
    {2221, 2720, 16, 16},
    {5100, 5599, 16, 16},  // Mastercard
    {3400, 3499, 15, 15},
    {3700, 3799, 15, 15},  // American Express
    {6011, 6011, 16, 19},
    {6440, 6599, 16, 19},  // Discover
    {3000, 3059, 14, 19},
    {3600, 3699, 14, 19},
    {3800, 3999, 16, 19},  // Diners Club
    {3528, 3589, 16, 19},  // JCB
    {6200, 6299, 16, 19},  // UnionPay
    {5018, 5018, 13, 19},
    {5020, 5020, 13, 19},
    {5038, 5038, 13, 19},
    {6304, 6304, 13, 19},  // Maestro
});

bool HasIssuer(std::string_view digits) {
  const int first = std::stoi(std::string(digits.substr(0, 4)));
  return std::ranges::any_of(kIssuers, [&](const Issuer& issuer) {
    return first >= issuer.from && first <= issuer.to && digits.size() >= issuer.least &&
           digits.size() <= issuer.most;
  });
}

// Annex B of ISO/IEC 7812-1.
bool HasLuhnDigit(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int value = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) value = value > 4 ? 2 * value - 9 : 2 * value;
    sum += value;
  }
  return sum % 10 == 0;
}

bool IsSame(std::string_view digits) { return digits.find_first_not_of(digits[0]) == digits.npos; }

// How many groups from `first` on are those of a card: 4-4-4-4, 4-6-5 or 4-6-4, all parted by
// dashes or all by blanks, and no further group of four beside them.
size_t CardGroups(const Scan& scan, const NumberRow& row, size_t first) {
  const size_t left = row.count - first;
  const auto size = [&](size_t i) { return row[first + i].size(); };
  size_t count = 0;
  if (left >= 4 && size(0) == 4 && size(1) == 4 && size(2) == 4 && size(3) == 4) count = 4;
  if (count == 0 && left >= 3 && size(0) == 4 && size(1) == 6 && (size(2) == 5 || size(2) == 4))
    count = 3;
  if (count == 0) return 0;
  const char separator = row[first + 1].before;
  if (separator != ' ' && separator != '-') return 0;
  for (size_t i = 2; i < count; ++i) {
    if (row[first + i].before != separator) return 0;
  }
  if (!scan.settings.Checks(Check::kWholeNumber)) return count;
  const size_t next = first + count;
  const bool more = next < row.count && (row[next].size() == 4 || row[next].before != ' ');
  const bool earlier = first > 0 && (row[first - 1].size() == 4 || (first == 1 && row.joined_left));
  return more || earlier || !row.EndsWith(next - 1) ? 0 : count;
}

bool IsCalledCard(Scan& scan, size_t begin, size_t end) {
  if (!scan.settings.Checks(Check::kNumberContext)) return true;
  return IsCalled(scan, begin, kCardWords, kCounterWords) ||
         (LastWord(LeftContext(scan, begin), kCounterWords) == 0 &&
          LastWord(RightContext(scan, end), kCardWords) > 0);
}

// SSA's rule for numbers before 2011, and what it says is never given since.
bool IsIssued(std::string_view digits) {
  const std::string_view area = digits.substr(0, 3);
  return area != "000" && area != "666" && area[0] != '9' && digits.substr(3, 2) != "00" &&
         digits.substr(5) != "0000" && digits != "123456789" && digits != "078051120" &&
         digits != "219099999";
}

}  // namespace

size_t FindCard(Scan& scan, const NumberRow& row, size_t first) {
  if (!scan.settings.Has(Kind::kCreditCard)) return 0;
  size_t groups = CardGroups(scan, row, first);
  if (groups == 0) {
    if (row[first].size() < 13 || row[first].size() > 19 || (first == 0 && row.plus)) return 0;
    if (scan.Fails(Check::kWholeNumber, row.EndsWith(first))) return 0;
    groups = 1;
  }
  const size_t last = first + groups - 1;
  const std::string digits = Digits(scan, row, first, last);
  if (scan.Fails(Check::kIssuer, HasIssuer(digits)) ||
      scan.Fails(Check::kLuhn, HasLuhnDigit(digits)))
    return 0;
  if (IsSame(digits) || (groups == 1 && !IsCalledCard(scan, row[first].begin, row[first].end)))
    return 0;
  scan.Add(Kind::kCreditCard, row[first].begin, row[last].end);
  return groups;
}

size_t FindSsn(Scan& scan, const NumberRow& row, size_t first) {
  if (!scan.settings.Has(Kind::kSsn) || (first == 0 && row.plus)) return 0;
  const bool grouped = row.count - first >= 3 && row[first].size() == 3 &&
                       row[first + 1].size() == 2 && row[first + 2].size() == 4 &&
                       row[first + 1].before == row[first + 2].before &&
                       IsOneOf(row[first + 1].before, " -");
  if (!grouped && row[first].size() != 9) return 0;
  const size_t last = grouped ? first + 2 : first;
  if (scan.Fails(Check::kWholeNumber, row.EndsWith(last))) return 0;
  if (scan.Fails(Check::kSsnArea, IsIssued(Digits(scan, row, first, last)))) return 0;
  const size_t begin = row[first].begin;
  if (grouped && row[first + 1].before == '-') {
    const std::string_view left = LeftContext(scan, begin);
    const bool counter = LastWord(left, kCounterWords) > LastWord(left, kSsnWords);
    if (scan.Fails(Check::kNumberCounter, !counter)) return 0;
  } else if (scan.Fails(Check::kNumberContext, IsCalled(scan, begin, kSsnWords, kCounterWords))) {
    return 0;
  }
  scan.Add(Kind::kSsn, begin, row[last].end);
  return last - first + 1;
}

}  // namespace tideway::pii::internal
