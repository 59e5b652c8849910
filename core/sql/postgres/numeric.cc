#include "core/sql/postgres/numeric.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/sql/postgres/wire.h"

namespace tideway::sql::postgres {
namespace {

constexpr uint16_t kNegative = 0x4000;
constexpr uint16_t kNan = 0xC000;
constexpr uint16_t kPlusInfinity = 0xD000;
constexpr uint16_t kMinusInfinity = 0xF000;
constexpr int kDigitsPerGroup = 4;

Status DoesNotFit(const Numeric& value, int precision, int scale) {
  return Error(ErrorKind::kData, fmt::format("holds a number that decimal128({}, {}) cannot: {}",
                                             precision, scale, value.ToString()));
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
