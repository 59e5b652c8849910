#include "core/sql/sqlite/types.h"

#include <arrow/api.h>
#include <arrow/util/value_parsing.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "core/base/utf8.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql::sqlite {
namespace {

using arrow::TimeUnit;

constexpr int64_t kSecondsPerDay = 86400;
constexpr int64_t kMicrosPerSecond = 1000000;

struct Declaration {
  std::string_view name;
  arrow::Type::type type;
};
constexpr auto kDeclarations = std::to_array<Declaration>({
    {"INTEGER", arrow::Type::INT64},       {"INT", arrow::Type::INT64},
    {"TINYINT", arrow::Type::INT64},       {"SMALLINT", arrow::Type::INT64},
    {"MEDIUMINT", arrow::Type::INT64},     {"BIGINT", arrow::Type::INT64},
    {"INT2", arrow::Type::INT64},          {"INT4", arrow::Type::INT64},
    {"INT8", arrow::Type::INT64},          {"REAL", arrow::Type::DOUBLE},
    {"DOUBLE", arrow::Type::DOUBLE},       {"DOUBLE PRECISION", arrow::Type::DOUBLE},
    {"FLOAT", arrow::Type::DOUBLE},        {"NUMERIC", arrow::Type::DOUBLE},
    {"DECIMAL", arrow::Type::DOUBLE},      {"TEXT", arrow::Type::STRING},
    {"CHAR", arrow::Type::STRING},         {"CHARACTER", arrow::Type::STRING},
    {"VARCHAR", arrow::Type::STRING},      {"CHARACTER VARYING", arrow::Type::STRING},
    {"NCHAR", arrow::Type::STRING},        {"NVARCHAR", arrow::Type::STRING},
    {"CLOB", arrow::Type::STRING},         {"STRING", arrow::Type::STRING},
    {"JSON", arrow::Type::STRING},         {"UUID", arrow::Type::STRING},
    {"BLOB", arrow::Type::BINARY},         {"BINARY", arrow::Type::BINARY},
    {"VARBINARY", arrow::Type::BINARY},    {"BOOLEAN", arrow::Type::BOOL},
    {"BOOL", arrow::Type::BOOL},           {"DATE", arrow::Type::DATE32},
    {"TIMESTAMP", arrow::Type::TIMESTAMP}, {"DATETIME", arrow::Type::TIMESTAMP},
});

std::shared_ptr<arrow::DataType> MakeType(arrow::Type::type id) {
  switch (id) {
    case arrow::Type::INT64:
      return arrow::int64();
    case arrow::Type::DOUBLE:
      return arrow::float64();
    case arrow::Type::STRING:
      return arrow::utf8();
    case arrow::Type::BINARY:
      return arrow::binary();
    case arrow::Type::BOOL:
      return arrow::boolean();
    case arrow::Type::DATE32:
      return arrow::date32();
    default:
      return arrow::timestamp(TimeUnit::MICRO);
  }
}

const char* KindName(int kind) {
  constexpr std::array kNames = {"an integer", "a real", "text", "a blob", "null"};
  return kNames[static_cast<size_t>(kind - 1)];
}

std::string_view TextOf(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement, column))};
}

// A value that its column's type cannot hold; `Read` functions return it, and the builder adds
// where it was found.
Status Unfit(std::string what) { return Error(ErrorKind::kData, std::move(what)); }

Status WrongKind(int kind) { return Unfit(fmt::format("holds {}", KindName(kind))); }

Result<int64_t> ReadInt(sqlite3_stmt* statement, int column, bool) {
  const int kind = sqlite3_column_type(statement, column);
  if (kind != SQLITE_INTEGER) return WrongKind(kind);
  return sqlite3_column_int64(statement, column);
}

Result<double> ReadDouble(sqlite3_stmt* statement, int column, bool inferred) {
  const int kind = sqlite3_column_type(statement, column);
  if (kind == SQLITE_FLOAT) return sqlite3_column_double(statement, column);
  if (kind != SQLITE_INTEGER || inferred) return WrongKind(kind);
  constexpr int64_t kExact = int64_t{1} << 53;
  const int64_t value = sqlite3_column_int64(statement, column);
  if (value > kExact || value < -kExact) {
    return Unfit(fmt::format("holds an integer that float64 cannot: {}", value));
  }
  return static_cast<double>(value);
}

Result<bool> ReadBool(sqlite3_stmt* statement, int column, bool) {
  ARROW_ASSIGN_OR_RAISE(const int64_t value, ReadInt(statement, column, false));
  if (value != 0 && value != 1) return Unfit(fmt::format("holds neither 0 nor 1: {}", value));
  return value == 1;
}

Result<int64_t> ParseTime(std::string_view text, TimeUnit::type unit) {
  int64_t value = 0;
  bool zone = false;
  if (!arrow::internal::ParseTimestampISO8601(text.data(), text.size(), unit, &value, &zone)) {
    return Unfit(fmt::format("holds no ISO date or time: {}", text.substr(0, 40)));
  }
  return value;
}

Result<int32_t> ReadDate(sqlite3_stmt* statement, int column, bool) {
  const int kind = sqlite3_column_type(statement, column);
  int64_t seconds = 0;
  if (kind == SQLITE_INTEGER) {
    seconds = sqlite3_column_int64(statement, column);
  } else if (kind == SQLITE_TEXT) {
    ARROW_ASSIGN_OR_RAISE(seconds, ParseTime(TextOf(statement, column), TimeUnit::SECOND));
  } else {
    return WrongKind(kind);
  }
  const int64_t days = seconds / kSecondsPerDay;
  if (seconds % kSecondsPerDay != 0 || days != static_cast<int32_t>(days)) {
    return Unfit(fmt::format("holds no whole day: {}", TextOf(statement, column).substr(0, 40)));
  }
  return static_cast<int32_t>(days);
}

Result<int64_t> ReadTimestamp(sqlite3_stmt* statement, int column, bool) {
  const int kind = sqlite3_column_type(statement, column);
  if (kind == SQLITE_TEXT) return ParseTime(TextOf(statement, column), TimeUnit::MICRO);
  if (kind != SQLITE_INTEGER) return WrongKind(kind);
  int64_t micros = 0;
  if (__builtin_mul_overflow(sqlite3_column_int64(statement, column), kMicrosPerSecond, &micros)) {
    return Unfit(fmt::format("holds a time out of range: {}", TextOf(statement, column)));
  }
  return micros;
}

Result<std::string_view> ReadText(sqlite3_stmt* statement, int column, bool) {
  const int kind = sqlite3_column_type(statement, column);
  if (kind != SQLITE_TEXT) return WrongKind(kind);
  const std::string_view text = TextOf(statement, column);
  if (!IsUtf8(text)) return Unfit("holds text that is not UTF-8");
  return text;
}

Result<std::string_view> ReadBlob(sqlite3_stmt* statement, int column, bool) {
  const int kind = sqlite3_column_type(statement, column);
  if (kind != SQLITE_BLOB) return WrongKind(kind);
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, column));
  return std::string_view(data, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
}

int64_t SizeOf(std::string_view value) { return static_cast<int64_t>(value.size()) + 4; }
template <typename T>
int64_t SizeOf(const T&) {
  return sizeof(T);
}

template <typename Builder, auto Read>
class TypedBuilder : public ColumnBuilder {
 public:
  TypedBuilder(const arrow::Field& field, bool inferred)
      : builder_(field.type(), arrow::default_memory_pool()),
        name_(field.name()),
        inferred_(inferred) {}

  Result<int64_t> Append(sqlite3_stmt* statement, int column, int64_t row) override {
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
      RETURN_NOT_OK(builder_.AppendNull());
      return 1;
    }
    const int kind = sqlite3_column_type(statement, column);
    if ((kind == SQLITE_TEXT || kind == SQLITE_BLOB) &&
        sqlite3_column_bytes(statement, column) > kMaxRowBytes) {
      return RowTooLong(name_, row);
    }
    auto value = Read(statement, column, inferred_);
    if (!value.ok()) return Locate(value.status(), row);
    RETURN_NOT_OK(builder_.Append(*value));
    return SizeOf(*value);
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override { return builder_.Finish(); }

 private:
  Status Locate(const Status& status, int64_t row) const {
    return Error(ErrorKind::kData,
                 fmt::format("sql: column `{}` is {}{}, but row {} {}", name_,
                             builder_.type()->ToString(), inferred_ ? " (as its first value)" : "",
                             row, status.message()))
        .Hint("CAST the column in the query, or name its type in the `types` option");
  }

  Builder builder_;
  const std::string name_;
  const bool inferred_;
};

template <typename Builder, auto Read>
std::unique_ptr<ColumnBuilder> MakeBuilder(const arrow::Field& field, bool inferred) {
  return std::make_unique<TypedBuilder<Builder, Read>>(field, inferred);
}

}  // namespace

std::shared_ptr<arrow::DataType> TypeOfDeclaration(std::string_view declaration) {
  std::string name;
  for (char c : declaration.substr(0, declaration.find('('))) {
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  while (!name.empty() && name.back() == ' ') name.pop_back();
  const auto* found = std::find_if(kDeclarations.begin(), kDeclarations.end(),
                                   [&](const Declaration& known) { return known.name == name; });
  return found == kDeclarations.end() ? nullptr : MakeType(found->type);
}

std::shared_ptr<arrow::DataType> TypeOfKind(int kind) {
  switch (kind) {
    case SQLITE_INTEGER:
      return arrow::int64();
    case SQLITE_FLOAT:
      return arrow::float64();
    case SQLITE_TEXT:
      return arrow::utf8();
    case SQLITE_BLOB:
      return arrow::binary();
    default:
      return nullptr;
  }
}

bool ColumnBuilder::CanBuild(const arrow::DataType& type) {
  const auto* end = kDeclarations.end();
  return std::find_if(kDeclarations.begin(), end, [&](const Declaration& known) {
           return MakeType(known.type)->Equals(type);
         }) != end;
}

std::unique_ptr<ColumnBuilder> ColumnBuilder::Make(const arrow::Field& field, bool inferred) {
  switch (field.type()->id()) {
    case arrow::Type::INT64:
      return MakeBuilder<arrow::Int64Builder, ReadInt>(field, inferred);
    case arrow::Type::DOUBLE:
      return MakeBuilder<arrow::DoubleBuilder, ReadDouble>(field, inferred);
    case arrow::Type::BOOL:
      return MakeBuilder<arrow::BooleanBuilder, ReadBool>(field, inferred);
    case arrow::Type::DATE32:
      return MakeBuilder<arrow::Date32Builder, ReadDate>(field, inferred);
    case arrow::Type::TIMESTAMP:
      return MakeBuilder<arrow::TimestampBuilder, ReadTimestamp>(field, inferred);
    case arrow::Type::BINARY:
      return MakeBuilder<arrow::BinaryBuilder, ReadBlob>(field, inferred);
    default:
      return MakeBuilder<arrow::StringBuilder, ReadText>(field, inferred);
  }
}

}  // namespace tideway::sql::sqlite
