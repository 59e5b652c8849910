#include <arrow/api.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/sql/postgres/encoders.h"

namespace tideway::sql::postgres {

using arrow::Type;

std::string TypeFor(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::NA:
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
      return "text";
    case Type::BOOL:
      return "boolean";
    case Type::INT8:
    case Type::INT16:
    case Type::UINT8:
      return "smallint";
    case Type::INT32:
    case Type::UINT16:
      return "integer";
    case Type::INT64:
    case Type::UINT32:
      return "bigint";
    case Type::UINT64:
      return "numeric(20,0)";
    case Type::HALF_FLOAT:
    case Type::FLOAT:
      return "real";
    case Type::DOUBLE:
      return "double precision";
    case Type::DECIMAL128:
    case Type::DECIMAL256: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      const int grown = std::max(0, -decimal.scale());  // 1e3 has a scale of -3
      return fmt::format("numeric({},{})", decimal.precision() + grown,
                         std::max(0, decimal.scale()));
    }
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return "bytea";
    case Type::DATE32:
    case Type::DATE64:
      return "date";
    case Type::TIME32:
    case Type::TIME64:
      return "time";
    case Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(type).timezone().empty() ? "timestamp"
                                                                               : "timestamptz";
    case Type::DURATION:
    case Type::INTERVAL_MONTH_DAY_NANO:
      return "interval";
    case Type::STRUCT:
      return HasJsonForm(type) ? "jsonb" : "";
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST: {
      const auto& item = *type.field(0)->type();
      const bool single = !arrow::is_nested(item.id());
      const std::string element = single ? TypeFor(item) : "";
      if (!element.empty()) return element + "[]";
      return HasJsonForm(type) ? "jsonb" : "";
    }
    case Type::DICTIONARY:
      return TypeFor(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case Type::EXTENSION:
      return TypeFor(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    default:
      return "";
  }
}

}  // namespace tideway::sql::postgres
