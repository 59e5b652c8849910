// PostgreSQL's numeric: base-10000 digits, value = sum of digit[i] * 10000^(weight - i).
#pragma once

#include <arrow/util/decimal.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway::sql::postgres {

struct Numeric {
  enum class Kind { kFinite, kNan, kInfinity };
  Kind kind = Kind::kFinite;
  bool negative = false;
  int weight = 0;  // of the first digit, in powers of 10000
  int scale = 0;   // decimal places to show
  std::vector<int16_t> digits;

  // Reads the binary form.
  static Result<Numeric> Parse(std::string_view bytes);
  // Reads "-12.50", "1e-7", "NaN", "Infinity", as the server does; nothing for other texts.
  static std::optional<Numeric> FromText(std::string_view text);
  // Appends the binary form.
  void AppendTo(std::string& out) const;
  // Whether it has no digits beyond `places` decimal places.
  bool FitsScale(int places) const;
  // As the server prints it: "12345.678900", "NaN", "-Infinity".
  std::string ToString() const;
  // The nearest double.
  double ToDouble() const;
  // The value times 10^scale. Errors of kind data: NaN, an infinity, digits beyond type or scale.
  Result<arrow::Decimal128> ToDecimal(int precision, int decimal_scale) const;
};

}  // namespace tideway::sql::postgres
