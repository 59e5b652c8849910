#include <cmath>
#include <limits>
#include <optional>

#include "core/dataset/row_error.h"
#include "core/sql/postgres/numeric.h"
#include "core/sql/postgres/typed_encoder_internal.h"
#include "core/sql/postgres/wire.h"

namespace tideway::sql::postgres {
namespace {

constexpr int kModifierOffset = 4;

// Integers and whole floats that T can hold.
template <typename T>
EncoderPtr MakeInteger(const arrow::DataType& type) {
  auto from_float = [](auto value, std::string& out) -> Status {
    constexpr double kEnd = -2.0 * static_cast<double>(std::numeric_limits<T>::min() / 2);
    const auto wide = static_cast<double>(value);
    const double low = std::is_signed_v<T> ? -kEnd : 0;
    const double end = std::is_signed_v<T> ? kEnd : std::ldexp(1.0, std::numeric_limits<T>::digits);
    if (!(wide >= low && wide < end) || std::trunc(wide) != wide) return HoldsNumber(value);
    AppendBigEndian(static_cast<T>(wide), out);
    return Status::OK();
  };
  auto from_integer = [](auto value, std::string& out) -> Status {
    if (!std::in_range<T>(value)) return HoldsNumber(value);
    AppendBigEndian(static_cast<T>(value), out);
    return Status::OK();
  };
  auto encoder = FromIntegers(type.id(), from_integer);
  return encoder ? std::move(encoder) : FromFloats(type.id(), from_float);
}

// The decimal places that a numeric's `modifier` leaves it; nothing where it takes any.
std::optional<int> ScaleOf(int modifier) {
  if (modifier < kModifierOffset) return std::nullopt;
  constexpr int kBits = 0x7ff, kSign = 0x400;
  return (((modifier - kModifierOffset) & kBits) ^ kSign) - kSign;
}

}  // namespace

EncoderPtr MakeInt2(const arrow::DataType& type) { return MakeInteger<int16_t>(type); }
EncoderPtr MakeInt4(const arrow::DataType& type) { return MakeInteger<int32_t>(type); }
EncoderPtr MakeInt8(const arrow::DataType& type) { return MakeInteger<int64_t>(type); }
EncoderPtr MakeOid(const arrow::DataType& type) { return MakeInteger<uint32_t>(type); }

// Integers that a float of 53 bits holds exactly.
EncoderPtr MakeFloat8(const arrow::DataType& type) {
  auto from_float = [](auto value, std::string& out) -> Status {
    AppendBigEndian(static_cast<double>(value), out);
    return Status::OK();
  };
  auto from_integer = [](auto value, std::string& out) -> Status {
    constexpr int64_t kExact = int64_t{1} << std::numeric_limits<double>::digits;
    if (std::cmp_greater(value, kExact) || std::cmp_less(value, -kExact)) return HoldsNumber(value);
    AppendBigEndian(static_cast<double>(value), out);
    return Status::OK();
  };
  auto encoder = FromFloats(type.id(), from_float);
  return encoder ? std::move(encoder) : FromIntegers(type.id(), from_integer);
}

EncoderPtr MakeFloat4(const arrow::DataType& type) {
  if (type.id() == Type::DOUBLE) return nullptr;
  return FromFloats(type.id(), [](auto value, std::string& out) -> Status {
    AppendBigEndian(static_cast<float>(value), out);
    return Status::OK();
  });
}

EncoderPtr MakeNumeric(const arrow::DataType& type, int modifier) {
  const auto scale = ScaleOf(modifier);
  auto from_text = [scale](std::string_view text, std::string& out) -> Status {
    const auto value = Numeric::FromText(text);
    // The server would round.
    if (!value || (scale && !value->FitsScale(*scale))) {
      return Holds(fmt::format("{}", dataset::CutText(text, kShownBytes)));
    }
    value->AppendTo(out);
    return Status::OK();
  };
  auto from_number = [from_text](auto value, std::string& out) {
    return from_text(fmt::format("{}", value), out);
  };
  if (auto encoder = FromIntegers(type.id(), from_number)) return encoder;
  if (auto encoder = FromFloats(type.id(), from_number)) return encoder;
  if (auto encoder = FromText(type.id(), from_text)) return encoder;
  if (type.id() != Type::DECIMAL128 && type.id() != Type::DECIMAL256) return nullptr;
  const int places = static_cast<const arrow::DecimalType&>(type).scale();
  if (type.id() == Type::DECIMAL128) {
    return Make<arrow::Decimal128Array>([=](std::string_view bytes, std::string& out) {
      const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
      return from_text(arrow::Decimal128(data).ToString(places), out);
    });
  }
  return Make<arrow::Decimal256Array>([=](std::string_view bytes, std::string& out) {
    const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    return from_text(arrow::Decimal256(data).ToString(places), out);
  });
}

}  // namespace tideway::sql::postgres
