#include "core/sql/postgres/numeric.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include "core/sql/postgres/wire.h"

namespace tideway::sql::postgres {
namespace {

constexpr uint16_t kNegative = 0x4000;
constexpr uint16_t kNan = 0xC000;
constexpr uint16_t kPlusInfinity = 0xD000;
constexpr uint16_t kMinusInfinity = 0xF000;
constexpr int kDigitsPerGroup = 4;
constexpr int kMaxExponent = 16383;   // as many decimal places as the server takes
constexpr int kMaxWhole = 131072;     // digits before the point, likewise
constexpr int kInfinityScale = 0x20;  // what the server sends with infinities

Status DoesNotFit(const Numeric& value, int precision, int scale) {
  return Error(ErrorKind::kData, fmt::format("holds a number that decimal128({}, {}) cannot: {}",
                                             precision, scale, value.ToString()));
}

// Digits as they were written, and where their point stands.
struct Digits {
  std::string text;
  int64_t point = 0;  // how many of them are before it
  int scale = 0;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t CountDigits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  return count;
}

// "e-7" to -7; nothing for what is no exponent.
std::optional<int> ParseExponent(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
  text.remove_prefix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole && std::abs(exponent) <= kMaxExponent ? std::optional<int>(exponent) : std::nullopt;
}

std::optional<Digits> ParseDigits(std::string_view text) {
  const size_t whole = CountDigits(text);
  Digits digits{.text = std::string(text.substr(0, whole))};
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    const size_t places = CountDigits(text.substr(1));
    digits.text += text.substr(1, places);
    text.remove_prefix(1 + places);
  }
  const auto exponent = ParseExponent(text);
  if (!exponent || digits.text.empty()) return std::nullopt;
  const auto places = static_cast<int64_t>(digits.text.size() - whole);
  digits.point = static_cast<int64_t>(whole) + *exponent;
  digits.scale = static_cast<int>(std::max<int64_t>(0, places - *exponent));
  return digits;
}

// The groups of four digits that `digits` makes, counted from its point, zeros at both ends gone.
void Group(const Digits& digits, Numeric* value) {
  const auto digit = [&](int64_t place) {  // 0 is the first after the point
    const int64_t at = digits.point + place;
    const bool inside = at >= 0 && at < static_cast<int64_t>(digits.text.size());
    return inside ? digits.text[static_cast<size_t>(at)] - '0' : 0;
  };
  const auto last = static_cast<int64_t>(digits.text.size()) - digits.point;
  int64_t group = -((digits.point + kDigitsPerGroup - 1) / kDigitsPerGroup);
  if (digits.point < 0) group = -digits.point / kDigitsPerGroup;
  for (; group * kDigitsPerGroup < last; ++group) {
    int sum = 0;
    for (int i = 0; i < kDigitsPerGroup; ++i) sum = sum * 10 + digit(group * kDigitsPerGroup + i);
    if (value->digits.empty() && sum == 0) continue;
    if (value->digits.empty()) value->weight = static_cast<int>(-group - 1);
    value->digits.push_back(static_cast<int16_t>(sum));
  }
  while (!value->digits.empty() && value->digits.back() == 0) value->digits.pop_back();
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

Result<Numeric> Numeric::Parse(std::string_view bytes) {
  WireReader reader(bytes);
  int16_t count = 0;
  int16_t weight = 0;
  uint16_t sign = 0;
  int16_t scale = 0;
  if (!reader.Take(&count) || !reader.Take(&weight) || !reader.Take(&sign) ||
      !reader.Take(&scale)) {
    return Malformed();
  }
  Numeric value{.negative = sign == kNegative || sign == kMinusInfinity,
                .weight = weight,
                .scale = scale,
                .digits = {}};
  if (sign == kNan) value.kind = Kind::kNan;
  if (sign == kPlusInfinity || sign == kMinusInfinity) value.kind = Kind::kInfinity;
  for (int16_t digit = 0; count > 0; --count) {
    if (!reader.Take(&digit) || digit < 0 || digit > 9999) return Malformed();
    value.digits.push_back(digit);
  }
  if (!reader.empty()) return Malformed();
  return value;
}

std::optional<Numeric> Numeric::FromText(std::string_view text) {
  Numeric value;
  if (EqualsIgnoringCase(text, "nan")) {
    value.kind = Kind::kNan;
    return value;
  }
  value.negative = text.starts_with('-');
  if (value.negative || text.starts_with('+')) text.remove_prefix(1);
  if (EqualsIgnoringCase(text, "infinity") || EqualsIgnoringCase(text, "inf")) {
    value.kind = Kind::kInfinity;
    return value;
  }
  const auto digits = ParseDigits(text);
  if (!digits || digits->scale > kMaxExponent || digits->point > kMaxWhole) return std::nullopt;
  value.scale = digits->scale;
  Group(*digits, &value);
  value.negative = value.negative && !value.digits.empty();
  return value;
}

void Numeric::AppendTo(std::string& out) const {
  uint16_t sign = negative ? kNegative : 0;
  if (kind == Kind::kNan) sign = kNan;
  if (kind == Kind::kInfinity) sign = negative ? kMinusInfinity : kPlusInfinity;
  AppendBigEndian(static_cast<int16_t>(digits.size()), out);
  AppendBigEndian(static_cast<int16_t>(weight), out);
  AppendBigEndian(sign, out);
  AppendBigEndian(static_cast<int16_t>(kind == Kind::kInfinity ? kInfinityScale : scale), out);
  for (const int16_t digit : digits) AppendBigEndian(digit, out);
}

bool Numeric::FitsScale(int places) const {
  if (kind != Kind::kFinite || digits.empty()) return true;
  // The last group's lowest digit that is not zero.
  int last = kDigitsPerGroup * (static_cast<int>(digits.size()) - weight - 1);
  for (int rest = digits.back(); rest % 10 == 0; rest /= 10) --last;
  return last <= places;
}

std::string Numeric::ToString() const {
  if (kind == Kind::kNan) return "NaN";
  std::string text = negative ? "-" : "";
  if (kind == Kind::kInfinity) return text + "Infinity";
  auto group = [&](int power) {
    const int i = weight - power;
    return i >= 0 && i < static_cast<int>(digits.size()) ? digits[i] : int16_t{0};
  };
  text += weight < 0 ? "0" : fmt::format("{}", group(weight));
  for (int power = weight - 1; power >= 0; --power) text += fmt::format("{:04}", group(power));
  if (scale <= 0) return text;
  std::string fraction;
  for (int power = -1; static_cast<int>(fraction.size()) < scale; --power) {
    fraction += fmt::format("{:04}", group(power));
  }
  return text + "." + fraction.substr(0, static_cast<size_t>(scale));
}

double Numeric::ToDouble() const {
  const std::string text = ToString();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    const bool huge = weight > 0;
    value = huge ? std::numeric_limits<double>::infinity() : 0;
    return negative ? -value : value;
  }
  return value;
}

Result<arrow::Decimal128> Numeric::ToDecimal(int precision, int decimal_scale) const {
  if (kind != Kind::kFinite) return DoesNotFit(*this, precision, decimal_scale);
  arrow::Decimal256 sum(0);  // holds the digits of one group too many
  // What the digit just added counts, as a power of ten of the unscaled value.
  int exponent = decimal_scale;
  for (size_t i = 0; i < digits.size(); ++i) {
    exponent = kDigitsPerGroup * (weight - static_cast<int>(i)) + decimal_scale;
    // The last group may reach beyond the scale, with zeros only.
    const int beyond = std::clamp(-exponent, 0, kDigitsPerGroup);
    int power = 1;
    for (int k = 0; k < beyond; ++k) power *= 10;
    if (digits[i] % power != 0 || !sum.FitsInPrecision(precision)) {
      return DoesNotFit(*this, precision, decimal_scale);
    }
    sum = sum * arrow::Decimal256(10000 / power) + arrow::Decimal256(digits[i] / power);
  }
  if (!sum.FitsInPrecision(precision)) return DoesNotFit(*this, precision, decimal_scale);
  if (!digits.empty() && exponent > 0) {
    if (exponent >= precision) return DoesNotFit(*this, precision, decimal_scale);
    sum = sum.IncreaseScaleBy(exponent);
    if (!sum.FitsInPrecision(precision)) return DoesNotFit(*this, precision, decimal_scale);
  }
  const auto& words = sum.little_endian_array();
  const arrow::Decimal128 value(static_cast<int64_t>(words[1]), words[0]);
  return negative ? arrow::Decimal128(-value) : value;
}

}  // namespace tideway::sql::postgres
