#include <arrow/util/formatting.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/sql/sqlite/table_writer.h"
#include "core/sql/sqlite/types.h"

namespace tideway::sql::sqlite {
namespace {

using arrow::TimeUnit;
using arrow::Type;

constexpr int64_t kNanosPerMicro = 1000;
constexpr int64_t kMillisPerDay = 86400000;
constexpr size_t kDateBytes = 10;  // 2024-01-31: a year that a query can read back

template <typename Array, typename Write>
BinderPtr Make(Write write) {
  return MakeWriter<Slot, Array>(std::move(write));
}

Status Bound(int code) {
  return code == SQLITE_OK ? Status::OK() : Holds("more bytes than SQLite takes");
}

Status BindInteger(int64_t value, Slot& slot) {
  return Bound(sqlite3_bind_int64(slot.statement, slot.number, value));
}

// The bytes must stay until the statement has run. Those of an empty text may be nowhere.
Status BindText(std::string_view text, Slot& slot) {
  const char* data = text.empty() ? "" : text.data();
  return Bound(sqlite3_bind_text64(slot.statement, slot.number, data, text.size(), SQLITE_STATIC,
                                   SQLITE_UTF8));
}

Status BindCopy(std::string_view text, Slot& slot) {
  return Bound(sqlite3_bind_text64(slot.statement, slot.number, text.data(), text.size(),
                                   SQLITE_TRANSIENT, SQLITE_UTF8));
}

Status BindBytes(std::string_view bytes, Slot& slot) {
  const char* data = bytes.empty() ? "" : bytes.data();
  return Bound(sqlite3_bind_blob64(slot.statement, slot.number, data, bytes.size(), SQLITE_STATIC));
}

Status BindReal(double value, Slot& slot) {
  if (std::isnan(value)) return Holds("NaN, which SQLite would make NULL");
  return Bound(sqlite3_bind_double(slot.statement, slot.number, value));
}

BinderPtr Integers(Type::type id) {
  if (id == Type::BOOL) {
    return Make<arrow::BooleanArray>(
        [](bool value, Slot& slot) { return BindInteger(value, slot); });
  }
  return WriteIntegers<Slot>(id, [](auto value, Slot& slot) {
    return std::in_range<int64_t>(value) ? BindInteger(static_cast<int64_t>(value), slot)
                                         : HoldsNumber(value);
  });
}

BinderPtr Reals(Type::type id) {
  auto floats = WriteFloats<Slot>(id, [](auto value, Slot& slot) { return BindReal(value, slot); });
  if (floats) return floats;
  return WriteIntegers<Slot>(id, [](auto value, Slot& slot) {
    constexpr int64_t kExact = int64_t{1} << std::numeric_limits<double>::digits;
    const bool exact = !std::cmp_greater(value, kExact) && !std::cmp_less(value, -kExact);
    return exact ? BindReal(static_cast<double>(value), slot) : HoldsNumber(value);
  });
}

// What Arrow's formatter makes of a value of `type`, an ArrowType; `mark` comes after it.
template <typename ArrowType>
Status BindFormatted(const arrow::DataType& type, typename ArrowType::c_type value,
                     const char* mark, Slot& slot) {
  arrow::internal::StringFormatter<ArrowType> format(&type);
  return format(value, [&](std::string_view text) -> Status {
    const bool moment = !arrow::is_time(type.id());
    if (moment && (text.size() < kDateBytes || text[4] != '-' || text.starts_with('<'))) {
      return Holds("a year that is not from 0 to 9999");
    }
    return BindCopy(std::string(text) + mark, slot);
  });
}

BinderPtr Dates(Type::type id) {
  auto bind = [](int32_t days, Slot& slot) {
    return BindFormatted<arrow::Date32Type>(*arrow::date32(), days, "", slot);
  };
  if (id == Type::DATE32) return Make<arrow::Date32Array>(bind);
  if (id != Type::DATE64) return nullptr;
  return Make<arrow::Date64Array>([bind](int64_t millis, Slot& slot) {
    const int64_t days = millis / kMillisPerDay;
    if (millis % kMillisPerDay != 0) return Holds("a time of day");
    return std::in_range<int32_t>(days) ? bind(static_cast<int32_t>(days), slot)
                                        : Holds("a date out of range");
  });
}

BinderPtr Timestamps(const arrow::DataType& type) {
  if (type.id() != Type::TIMESTAMP) return nullptr;
  const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
  const bool nanos = timestamp.unit() == TimeUnit::NANO;
  const auto written = arrow::timestamp(nanos ? TimeUnit::MICRO : timestamp.unit());
  const char* mark = timestamp.timezone().empty() ? "" : "Z";
  return Make<arrow::TimestampArray>([=](int64_t value, Slot& slot) {
    if (nanos && value % kNanosPerMicro != 0) {
      return Holds("nanoseconds that are no whole microsecond");
    }
    return BindFormatted<arrow::TimestampType>(*written, nanos ? value / kNanosPerMicro : value,
                                               mark, slot);
  });
}

BinderPtr Decimals(const arrow::DataType& type) {
  if (type.id() != Type::DECIMAL128 && type.id() != Type::DECIMAL256) return nullptr;
  const int places = static_cast<const arrow::DecimalType&>(type).scale();
  if (type.id() == Type::DECIMAL128) {
    return Make<arrow::Decimal128Array>([places](std::string_view bytes, Slot& slot) {
      const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
      return BindCopy(arrow::Decimal128(data).ToString(places), slot);
    });
  }
  return Make<arrow::Decimal256Array>([places](std::string_view bytes, Slot& slot) {
    const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    return BindCopy(arrow::Decimal256(data).ToString(places), slot);
  });
}

BinderPtr Times(const std::shared_ptr<arrow::DataType>& type) {
  if (type->id() == Type::TIME32) {
    return Make<arrow::Time32Array>([type](int32_t value, Slot& slot) {
      return BindFormatted<arrow::Time32Type>(*type, value, "", slot);
    });
  }
  if (type->id() != Type::TIME64) return nullptr;
  return Make<arrow::Time64Array>([type](int64_t value, Slot& slot) {
    return BindFormatted<arrow::Time64Type>(*type, value, "", slot);
  });
}

BinderPtr Texts(const arrow::Field& field) {
  const auto& type = *field.type();
  if (auto binder = WriteText<Slot>(type.id(), BindText)) return binder;
  if (auto binder = WriteLabels<Slot>(field, BindText)) return binder;
  if (auto binder = WriteJson<Slot>(field, BindCopy)) return binder;
  return arrow::is_decimal(type.id()) ? Decimals(type) : Times(field.type());
}

BinderPtr Binaries(Type::type id) { return WriteBinary<Slot>(id, BindBytes); }

// The type a value is brought to by a column that says nothing else of it.
// Source: SQLite's documentation, "Datatypes In SQLite", 3.1.
enum class Affinity { kNone, kText, kInteger, kReal, kNumeric };
Affinity AffinityOf(std::string_view declaration) {
  std::string upper(declaration);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto says = [&](const char* word) { return upper.find(word) != upper.npos; };
  if (says("INT")) return Affinity::kInteger;
  if (says("CHAR") || says("CLOB") || says("TEXT")) return Affinity::kText;
  if (says("BLOB") || upper.empty()) return Affinity::kNone;
  if (says("REAL") || says("FLOA") || says("DOUB")) return Affinity::kReal;
  return Affinity::kNumeric;
}

BinderPtr Natural(const arrow::Field& field) {
  const std::string declaration = DeclarationFor(*field.type());
  return declaration.empty() ? nullptr : MakeBinder(field, declaration);
}

BinderPtr MakeByAffinity(const arrow::Field& field, Affinity affinity) {
  switch (affinity) {
    case Affinity::kNone:
      return Natural(field);
    case Affinity::kText:
      return Texts(field);
    case Affinity::kReal:
      return Reals(field.type()->id());
    default:
      return Integers(field.type()->id());
  }
}

BinderPtr MakeSingle(const arrow::Field& field, std::string_view declaration) {
  const auto target = TypeOfDeclaration(declaration);
  if (!target) return MakeByAffinity(field, AffinityOf(declaration));
  switch (target->id()) {
    case Type::INT64:
      return Integers(field.type()->id());
    case Type::DOUBLE:
      return Reals(field.type()->id());
    case Type::STRING:
      return Texts(field);
    case Type::BINARY:
      return Binaries(field.type()->id());
    case Type::BOOL:
      return field.type()->id() == Type::BOOL ? Integers(Type::BOOL) : nullptr;
    case Type::DATE32:
      return Dates(field.type()->id());
    default:
      return Timestamps(*field.type());
  }
}

}  // namespace

BinderPtr MakeBinder(const arrow::Field& field, std::string_view declaration) {
  return Unwrapped<Slot>(field,
                         [&](const arrow::Field& inner) { return MakeSingle(inner, declaration); });
}

std::string DeclarationFor(const arrow::DataType& type) {
  if (arrow::is_integer(type.id())) return "INTEGER";
  if (arrow::is_floating(type.id())) return "REAL";
  if (arrow::is_decimal(type.id()) || arrow::is_time(type.id())) return "TEXT";
  switch (type.id()) {
    case Type::BOOL:
      return "BOOLEAN";
    case Type::DATE32:
    case Type::DATE64:
      return "DATE";
    case Type::TIMESTAMP:
      return "TIMESTAMP";
    case Type::NA:
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
      return "TEXT";
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return "BLOB";
    case Type::DICTIONARY:
      return DeclarationFor(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case Type::EXTENSION:
      return DeclarationFor(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    default:
      return arrow::is_nested(type.id()) && HasJsonForm(type) ? "JSON" : "";
  }
}

}  // namespace tideway::sql::sqlite
