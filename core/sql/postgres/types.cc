#include "core/sql/postgres/types.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include <limits>
#include <optional>

#include "core/sql/postgres/numeric.h"
#include "core/sql/postgres/text_forms.h"
#include "core/sql/postgres/wire.h"

namespace tideway::sql::postgres {
namespace {

constexpr int32_t kDaysToEpoch = 10957;              // 1970-01-01 to 2000-01-01
constexpr int64_t kMicrosToEpoch = 946684800000000;  // the same in microseconds
constexpr int64_t kNanosPerMicro = 1000;
constexpr int kModifierOffset = 4;
constexpr Oid kNumericOid = 1700;
constexpr Oid kUuidOid = 2950;

template <typename T>
Result<T> ReadNumber(std::string_view bytes) {
  if (bytes.size() != sizeof(T)) return Malformed();
  return LoadBigEndian<T>(bytes.data());
}

Result<bool> ReadBool(std::string_view bytes) {
  if (bytes.size() != 1) return Malformed();
  return bytes[0] != 0;
}

Result<std::string_view> ReadBytes(std::string_view bytes) { return bytes; }

Result<std::string_view> ReadJsonb(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != 1) return Malformed();
  return bytes.substr(1);
}

Result<std::string_view> ReadUuidBytes(std::string_view bytes) {
  if (bytes.size() != 16) return Malformed();
  return bytes;
}

// The type "char": one byte, zero for an empty text.
Result<std::string_view> ReadChar(std::string_view bytes) {
  if (!bytes.empty() && (bytes[0] & 0x80) != 0) {
    return Error(ErrorKind::kData, "holds a byte that is no character of its own");
  }
  return bytes == std::string_view("\0", 1) ? bytes.substr(1) : bytes;
}

// `value`, counted from 2000, counted from 1970.
template <typename T>
Result<std::optional<T>> FromEpoch(T value, T offset) {
  if (!__builtin_add_overflow(value, offset, &value)) return value;
  return Error(ErrorKind::kData, "holds a time after the year 294246");
}

Result<std::optional<int32_t>> ReadDate(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const int32_t days, ReadNumber<int32_t>(bytes));
  using Limits = std::numeric_limits<int32_t>;
  if (days == Limits::max() || days == Limits::min()) return std::nullopt;
  return FromEpoch(days, kDaysToEpoch);
}

Result<std::optional<int64_t>> ReadTimestamp(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const int64_t micros, ReadNumber<int64_t>(bytes));
  using Limits = std::numeric_limits<int64_t>;
  if (micros == Limits::max() || micros == Limits::min()) return std::nullopt;
  return FromEpoch(micros, kMicrosToEpoch);
}

Result<arrow::MonthDayNanoIntervalType::MonthDayNanos> ReadInterval(std::string_view bytes) {
  WireReader reader(bytes);
  int64_t micros = 0;
  arrow::MonthDayNanoIntervalType::MonthDayNanos value{};
  if (!reader.Take(&micros) || !reader.Take(&value.days) || !reader.Take(&value.months)) {
    return Malformed();
  }
  if (__builtin_mul_overflow(micros, kNanosPerMicro, &value.nanoseconds)) {
    return Error(ErrorKind::kData, "holds an interval of more than 292 years of hours");
  }
  return value;
}

Result<std::string> NumericText(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const Numeric value, Numeric::Parse(bytes));
  return value.ToString();
}

Result<double> NumericDouble(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const Numeric value, Numeric::Parse(bytes));
  if (value.kind == Numeric::Kind::kNan) return std::numeric_limits<double>::quiet_NaN();
  return value.ToDouble();
}

template <typename Builder, auto Read>
class TypedDecoder : public Decoder {
 public:
  explicit TypedDecoder(const std::shared_ptr<arrow::DataType>& type)
      : typed_(std::make_shared<Builder>(type, arrow::default_memory_pool())), builder_(typed_) {}

  Status Append(std::string_view bytes) override {
    auto value = Read(bytes);
    if (!value.ok()) return value.status();
    return AppendValue(*value);
  }
  const std::shared_ptr<arrow::ArrayBuilder>& builder() const override { return builder_; }
  int64_t made_null() const override { return made_null_; }

 private:
  template <typename T>
  Status AppendValue(const std::optional<T>& value) {
    if (value) return typed_->Append(*value);
    ++made_null_;
    return typed_->AppendNull();
  }
  template <typename T>
  Status AppendValue(const T& value) {
    return typed_->Append(value);
  }

  const std::shared_ptr<Builder> typed_;
  const std::shared_ptr<arrow::ArrayBuilder> builder_;
  int64_t made_null_ = 0;
};

class DecimalDecoder : public Decoder {
 public:
  explicit DecimalDecoder(std::shared_ptr<arrow::Decimal128Type> type)
      : type_(std::move(type)),
        typed_(std::make_shared<arrow::Decimal128Builder>(type_)),
        builder_(typed_) {}

  Status Append(std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(const Numeric value, Numeric::Parse(bytes));
    ARROW_ASSIGN_OR_RAISE(auto decimal, value.ToDecimal(type_->precision(), type_->scale()));
    return typed_->Append(decimal);
  }
  const std::shared_ptr<arrow::ArrayBuilder>& builder() const override { return builder_; }

 private:
  const std::shared_ptr<arrow::Decimal128Type> type_;
  const std::shared_ptr<arrow::Decimal128Builder> typed_;
  const std::shared_ptr<arrow::ArrayBuilder> builder_;
};

// ndim, has-null flag, element OID, then size and lower bound of each dimension, then the elements.
class ListDecoder : public Decoder {
 public:
  explicit ListDecoder(std::unique_ptr<Decoder> items)
      : items_(std::move(items)),
        typed_(
            std::make_shared<arrow::ListBuilder>(arrow::default_memory_pool(), items_->builder())),
        builder_(typed_) {}

  Status Append(std::string_view bytes) override {
    WireReader reader(bytes);
    int32_t dimensions = 0;
    int32_t flags = 0;
    int32_t element = 0;
    if (!reader.Take(&dimensions) || !reader.Take(&flags) || !reader.Take(&element)) {
      return Malformed();
    }
    if (dimensions > 1) {
      return Error(ErrorKind::kData, fmt::format("holds an array of {} dimensions", dimensions));
    }
    int32_t size = 0;
    int32_t lower_bound = 0;
    if (dimensions == 1 && (!reader.Take(&size) || !reader.Take(&lower_bound))) return Malformed();
    RETURN_NOT_OK(typed_->Append());
    for (; size > 0; --size) RETURN_NOT_OK(AppendItem(reader));
    return Status::OK();
  }
  const std::shared_ptr<arrow::ArrayBuilder>& builder() const override { return builder_; }
  int64_t made_null() const override { return items_->made_null(); }

 private:
  Status AppendItem(WireReader& reader) {
    int32_t length = 0;
    std::string_view item;
    if (!reader.Take(&length)) return Malformed();
    if (length < 0) return items_->builder()->AppendNull();
    if (!reader.Take(static_cast<size_t>(length), &item)) return Malformed();
    return items_->Append(item);
  }

  const std::unique_ptr<Decoder> items_;
  const std::shared_ptr<arrow::ListBuilder> typed_;
  const std::shared_ptr<arrow::ArrayBuilder> builder_;
};

using Factory = std::unique_ptr<Decoder> (*)(int modifier);

template <typename Builder, auto Read, auto MakeType>
std::unique_ptr<Decoder> Make(int) {
  return std::make_unique<TypedDecoder<Builder, Read>>(MakeType());
}
template <auto Read>
std::unique_ptr<Decoder> MakeText(int) {
  return std::make_unique<TypedDecoder<arrow::StringBuilder, Read>>(arrow::utf8());
}

std::unique_ptr<Decoder> MakeNumeric(int modifier) {
  const int packed = modifier - kModifierOffset;
  const int precision = packed >> 16;
  // An 11-bit signed number: scales below zero exist from PostgreSQL 15.
  const int scale = ((packed & 0x7FF) ^ 0x400) - 0x400;
  // Arrow and Parquet want 0 <= scale <= precision.
  const int digits = std::max(precision - std::min(scale, 0), scale);
  if (modifier < kModifierOffset || digits > arrow::Decimal128Type::kMaxPrecision) {
    return MakeText<NumericText>(modifier);
  }
  return std::make_unique<DecimalDecoder>(
      std::make_shared<arrow::Decimal128Type>(digits, std::max(scale, 0)));
}

auto MicrosType() { return arrow::timestamp(arrow::TimeUnit::MICRO); }
auto UtcMicrosType() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }
auto TimeType() { return arrow::time64(arrow::TimeUnit::MICRO); }
auto UuidType() { return arrow::fixed_size_binary(16); }

struct KnownType {
  Oid oid;
  Oid array_oid;
  Factory make;
};
const KnownType kTypes[] = {
    {16, 1000, Make<arrow::BooleanBuilder, ReadBool, arrow::boolean>},
    {21, 1005, Make<arrow::Int16Builder, ReadNumber<int16_t>, arrow::int16>},
    {23, 1007, Make<arrow::Int32Builder, ReadNumber<int32_t>, arrow::int32>},
    {20, 1016, Make<arrow::Int64Builder, ReadNumber<int64_t>, arrow::int64>},
    {26, 1028, Make<arrow::UInt32Builder, ReadNumber<uint32_t>, arrow::uint32>},
    {700, 1021, Make<arrow::FloatBuilder, ReadNumber<float>, arrow::float32>},
    {701, 1022, Make<arrow::DoubleBuilder, ReadNumber<double>, arrow::float64>},
    {18, 1002, MakeText<ReadChar>},     // "char"
    {19, 1003, MakeText<ReadBytes>},    // name
    {25, 1009, MakeText<ReadBytes>},    // text
    {1042, 1014, MakeText<ReadBytes>},  // char(n)
    {1043, 1015, MakeText<ReadBytes>},  // varchar
    {114, 199, MakeText<ReadBytes>},    // json
    {142, 143, MakeText<ReadBytes>},    // xml
    {3802, 3807, MakeText<ReadJsonb>},  // jsonb
    {17, 1001, Make<arrow::BinaryBuilder, ReadBytes, arrow::binary>},
    {kUuidOid, 2951, MakeText<UuidText>},
    {1082, 1182, Make<arrow::Date32Builder, ReadDate, arrow::date32>},
    {1083, 1183, Make<arrow::Time64Builder, ReadNumber<int64_t>, TimeType>},
    {1114, 1115, Make<arrow::TimestampBuilder, ReadTimestamp, MicrosType>},
    {1184, 1185, Make<arrow::TimestampBuilder, ReadTimestamp, UtcMicrosType>},
    {1186, 1187,
     Make<arrow::MonthDayNanoIntervalBuilder, ReadInterval, arrow::month_day_nano_interval>},
    {1266, 1270, MakeText<TimeTzText>},
    {kNumericOid, 1231, MakeNumeric},
    {869, 1041, MakeText<InetText>},  // inet
    {650, 651, MakeText<InetText>},   // cidr
    {829, 1040, MakeText<MacText>},   // macaddr
};

const KnownType* FindType(Oid oid) {
  for (const KnownType& type : kTypes) {
    if (type.oid == oid || type.array_oid == oid) return &type;
  }
  return nullptr;
}

// The decoder that a `types` entry asks for in place of the natural one, or null.
std::unique_ptr<Decoder> MakeWanted(Oid oid, arrow::Type::type wanted) {
  if (oid == kNumericOid && wanted == arrow::Type::DOUBLE) {
    return Make<arrow::DoubleBuilder, NumericDouble, arrow::float64>(0);
  }
  if (oid == kNumericOid && wanted == arrow::Type::STRING) return MakeText<NumericText>(0);
  if (oid == kUuidOid && wanted == arrow::Type::BINARY) {
    return Make<arrow::FixedSizeBinaryBuilder, ReadUuidBytes, UuidType>(0);
  }
  return nullptr;
}

std::unique_ptr<Decoder> MakeNatural(const ColumnType& column) {
  if (column.text_like) return MakeText<ReadBytes>(0);
  const KnownType* type = FindType(column.oid);
  if (type == nullptr) return nullptr;
  auto decoder = type->make(column.modifier);
  if (column.oid == type->oid) return decoder;
  return std::make_unique<ListDecoder>(std::move(decoder));
}

}  // namespace

bool IsKnownType(Oid oid) { return FindType(oid) != nullptr; }

Result<std::unique_ptr<Decoder>> MakeDecoder(const ColumnType& column,
                                             const arrow::DataType* wanted) {
  if (wanted != nullptr) {
    if (auto decoder = MakeWanted(column.oid, wanted->id())) return decoder;
  }
  auto decoder = MakeNatural(column);
  if (!decoder) {
    return Error(ErrorKind::kUsage,
                 fmt::format("sql: column `{}` has a type that cannot be read: {}", column.name,
                             column.type_name))
        .Hint(fmt::format("cast it in the query: {}::text AS {}", column.name, column.name));
  }
  const arrow::DataType& natural = *decoder->builder()->type();
  if (wanted == nullptr || natural.Equals(*wanted)) return decoder;
  return Error(ErrorKind::kUsage, fmt::format("sql: column `{}` is {} and cannot be read as {}",
                                              column.name, natural.ToString(), wanted->ToString()))
      .Hint("cast it in the query");
}

}  // namespace tideway::sql::postgres
