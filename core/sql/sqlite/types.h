// SQLite values as Arrow columns. The declared type decides; a length in parentheses is ignored:
//
//   INTEGER, INT, BIGINT, ...      int64          integer
//   REAL, DOUBLE, NUMERIC, ...     float64        real; an integer that float64 holds exactly
//   TEXT, VARCHAR, JSON, UUID ...  string         text in valid UTF-8
//   BLOB, BINARY, VARBINARY        binary         blob
//   BOOLEAN, BOOL                  bool           integer 0 or 1
//   DATE                           date32         text 2024-01-31; Unix seconds of a midnight
//   TIMESTAMP, DATETIME            timestamp[us]  text 2024-01-31 12:00:00.5 (T, Z, +hh:mm too,
//                                                 brought to UTC); Unix seconds
//   none, or any other             the kind of the first value that is not null, else string
//
// The `types` option of a query wins over the declaration. A value of another kind is an error that
// names column, row and both kinds.
#pragma once

#include <arrow/type_fwd.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::sql::sqlite {

// The type for a declaration such as "VARCHAR(20)", or null when it says nothing.
std::shared_ptr<arrow::DataType> TypeOfDeclaration(std::string_view declaration);
// The type of a value of SQLite's kind SQLITE_INTEGER, _FLOAT, _TEXT or _BLOB; null for
// SQLITE_NULL.
std::shared_ptr<arrow::DataType> TypeOfKind(int kind);

// Collects one column of a statement.
class ColumnBuilder {
 public:
  virtual ~ColumnBuilder() = default;
  // Appends the current row's value of `statement`. Returns the bytes it takes.
  virtual Result<int64_t> Append(sqlite3_stmt* statement, int column, int64_t row) = 0;
  // The values since the last call.
  virtual Result<std::shared_ptr<arrow::Array>> Finish() = 0;

  static bool CanBuild(const arrow::DataType& type);
  // `inferred`: the type comes from the first value, so integers in a float64 column are an error.
  static std::unique_ptr<ColumnBuilder> Make(const arrow::Field& field, bool inferred);
};

}  // namespace tideway::sql::sqlite
