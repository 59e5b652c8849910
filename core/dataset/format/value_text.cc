#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>

#include "core/dataset/format/value_text_internal.h"

namespace tideway::dataset {
namespace {

using arrow::Type;

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kPerSecond[] = {1, 1'000, 1'000'000, 1'000'000'000};  // by arrow::TimeUnit
constexpr int kDigits[] = {0, 3, 6, 9};

// The quotient rounded down.
int64_t FloorDiv(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

template <typename Float>
void AppendFloat(Float value, std::string& out) {
  if (std::isnan(value)) value = std::numeric_limits<Float>::quiet_NaN();  // of either sign
  char text[64];
  const char* end = std::to_chars(std::begin(text), std::end(text), value).ptr;
  const std::string_view digits(text, static_cast<size_t>(end - text));
  out += digits;
  if (digits.find_first_not_of("-0123456789") == digits.npos) out += ".0";
}

// By the proleptic Gregorian calendar; "days from civil" of Howard Hinnant, backwards.
void AppendDate(int64_t days, std::string& out) {
  const int64_t shifted = days + 719'468;  // since 0000-03-01
  const int64_t era = FloorDiv(shifted, 146'097);
  const int64_t day_of_era = shifted - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const char* const form = year >= 0 && year <= 9999 ? "{:04}-{:02}-{:02}" : "{:+05}-{:02}-{:02}";
  fmt::format_to(std::back_inserter(out), fmt::runtime(form), year, month, day);
}

void AppendFraction(int64_t fraction, arrow::TimeUnit::type unit, std::string& out) {
  if (kDigits[unit] > 0) {
    fmt::format_to(std::back_inserter(out), ".{:0{}}", fraction, kDigits[unit]);
  }
}

// `value` counts from midnight.
void AppendTimeOfDay(int64_t value, arrow::TimeUnit::type unit, std::string& out) {
  const int64_t seconds = value / kPerSecond[unit];
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
  AppendFraction(value % kPerSecond[unit], unit, out);
}

void AppendTimestamp(int64_t value, arrow::TimeUnit::type unit, bool zoned, std::string& out) {
  const int64_t day = FloorDiv(FloorDiv(value, kPerSecond[unit]), kSecondsPerDay);
  int64_t rest = value % (kSecondsPerDay * kPerSecond[unit]);
  if (rest < 0) rest += kSecondsPerDay * kPerSecond[unit];
  AppendDate(day, out);
  out += 'T';
  AppendTimeOfDay(rest, unit, out);
  if (zoned) out += 'Z';
}

void AppendDuration(int64_t value, arrow::TimeUnit::type unit, std::string& out) {
  const auto magnitude = value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  const auto scale = static_cast<uint64_t>(kPerSecond[unit]);
  if (value < 0) out += '-';
  fmt::format_to(std::back_inserter(out), "PT{}", magnitude / scale);
  AppendFraction(static_cast<int64_t>(magnitude % scale), unit, out);
  out += 'S';
}

template <typename ArrayType, typename Append>
AppendValue Each(const arrow::Array& array, Append append) {
  return [&typed = static_cast<const ArrayType&>(array), append](int64_t row, std::string& out) {
    append(typed.Value(row), out);
  };
}

template <typename ArrayType>
AppendValue Integers(const arrow::Array& array) {
  return Each<ArrayType>(array, [](auto value, std::string& out) {
    char text[32];
    out.append(text, std::to_chars(std::begin(text), std::end(text), value).ptr);
  });
}

template <typename ArrayType>
AppendValue Floats(const arrow::Array& array) {
  return Each<ArrayType>(array, [](auto value, std::string& out) { AppendFloat(value, out); });
}

template <typename ArrayType>
AppendValue Decimals(const arrow::Array& array) {
  return [&typed = static_cast<const ArrayType&>(array)](int64_t row, std::string& out) {
    out += typed.FormatValue(row);
  };
}

template <typename TypeClass>
arrow::TimeUnit::type UnitOf(const arrow::Array& array) {
  return static_cast<const TypeClass&>(*array.type()).unit();
}

template <typename ArrayType, typename TypeClass>
AppendValue Times(const arrow::Array& array) {
  return Each<ArrayType>(array, [unit = UnitOf<TypeClass>(array)](int64_t value, std::string& out) {
    AppendTimeOfDay(value, unit, out);
  });
}

AppendValue Timestamps(const arrow::Array& array) {
  const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
  const bool zoned = !type.timezone().empty();
  return Each<arrow::TimestampArray>(array,
                                     [unit = type.unit(), zoned](int64_t value, std::string& out) {
                                       AppendTimestamp(value, unit, zoned, out);
                                     });
}

AppendValue Moments(const arrow::Array& array) {
  switch (array.type_id()) {
    case Type::DECIMAL32:
      return Decimals<arrow::Decimal32Array>(array);
    case Type::DECIMAL64:
      return Decimals<arrow::Decimal64Array>(array);
    case Type::DECIMAL128:
      return Decimals<arrow::Decimal128Array>(array);
    case Type::DECIMAL256:
      return Decimals<arrow::Decimal256Array>(array);
    case Type::DATE32:
      return Each<arrow::Date32Array>(array, AppendDate);
    case Type::DATE64:
      return Each<arrow::Date64Array>(array, [](int64_t value, std::string& out) {
        AppendDate(FloorDiv(value, 1000 * kSecondsPerDay), out);
      });
    case Type::TIME32:
      return Times<arrow::Time32Array, arrow::Time32Type>(array);
    case Type::TIME64:
      return Times<arrow::Time64Array, arrow::Time64Type>(array);
    case Type::DURATION:
      return Each<arrow::DurationArray>(
          array, [unit = UnitOf<arrow::DurationType>(array)](int64_t value, std::string& out) {
            AppendDuration(value, unit, out);
          });
    default:
      return Timestamps(array);
  }
}

AppendValue Integral(const arrow::Array& array) {
  switch (array.type_id()) {
    case Type::INT8:
      return Integers<arrow::Int8Array>(array);
    case Type::INT16:
      return Integers<arrow::Int16Array>(array);
    case Type::INT32:
      return Integers<arrow::Int32Array>(array);
    case Type::INT64:
      return Integers<arrow::Int64Array>(array);
    case Type::UINT8:
      return Integers<arrow::UInt8Array>(array);
    case Type::UINT16:
      return Integers<arrow::UInt16Array>(array);
    case Type::UINT32:
      return Integers<arrow::UInt32Array>(array);
    default:
      return Integers<arrow::UInt64Array>(array);
  }
}

float FromHalf(uint16_t bits) { return arrow::util::Float16::FromBits(bits).ToFloat(); }

}  // namespace

ValueKind KindOfValue(const arrow::DataType& type) {
  if (type.id() == Type::EXTENSION) {
    return KindOfValue(*static_cast<const arrow::ExtensionType&>(type).storage_type());
  }
  if (type.id() == Type::NA) return ValueKind::kNull;
  if (type.id() == Type::BOOL) return ValueKind::kBool;
  if (arrow::is_integer(type.id())) return ValueKind::kInteger;
  if (arrow::is_floating(type.id())) return ValueKind::kFloat;
  if (arrow::is_string(type.id()) || type.id() == Type::STRING_VIEW) return ValueKind::kText;
  const bool moment = arrow::is_decimal(type.id()) || arrow::is_date(type.id()) ||
                      arrow::is_time(type.id()) || type.id() == Type::TIMESTAMP ||
                      type.id() == Type::DURATION;
  return moment ? ValueKind::kMoment : ValueKind::kOther;
}

AppendValue ValueText(const arrow::Array& array) {
  switch (array.type_id()) {
    case Type::BOOL:
      return Each<arrow::BooleanArray>(
          array, [](bool value, std::string& out) { out += value ? "true" : "false"; });
    case Type::HALF_FLOAT:
      return Each<arrow::HalfFloatArray>(
          array, [](uint16_t bits, std::string& out) { AppendFloat(FromHalf(bits), out); });
    case Type::FLOAT:
      return Floats<arrow::FloatArray>(array);
    case Type::DOUBLE:
      return Floats<arrow::DoubleArray>(array);
    default:
      break;
  }
  const ValueKind kind = KindOfValue(*array.type());
  if (kind == ValueKind::kInteger) return Integral(array);
  if (kind == ValueKind::kMoment) return Moments(array);
  return [texts = TextsOf(array)](int64_t row, std::string& out) { out += texts(row); };
}

std::shared_ptr<arrow::Array> StorageOf(std::shared_ptr<arrow::Array> array) {
  while (array->type_id() == Type::EXTENSION) {
    array = static_cast<const arrow::ExtensionArray&>(*array).storage();
  }
  return array;
}

std::function<std::string_view(int64_t)> TextsOf(const arrow::Array& array) {
  const auto views = [](const auto& typed) {
    return [&typed](int64_t row) { return std::string_view(typed.GetView(row)); };
  };
  switch (array.type_id()) {
    case Type::LARGE_STRING:
      return views(static_cast<const arrow::LargeStringArray&>(array));
    case Type::STRING_VIEW:
      return views(static_cast<const arrow::StringViewArray&>(array));
    default:
      return views(static_cast<const arrow::StringArray&>(array));
  }
}

std::function<bool(int64_t)> FiniteIn(const arrow::Array& array) {
  switch (array.type_id()) {
    case Type::HALF_FLOAT:
      return [&typed = static_cast<const arrow::HalfFloatArray&>(array)](int64_t row) {
        return std::isfinite(FromHalf(typed.Value(row)));
      };
    case Type::FLOAT:
      return [&typed = static_cast<const arrow::FloatArray&>(array)](int64_t row) {
        return std::isfinite(typed.Value(row));
      };
    default:
      return [&typed = static_cast<const arrow::DoubleArray&>(array)](int64_t row) {
        return std::isfinite(typed.Value(row));
      };
  }
}

}  // namespace tideway::dataset
