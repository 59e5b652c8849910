// Rows into a SQLite table, by one prepared INSERT.
//
//   integers          INTEGER columns (a bool too, as 0 or 1); REAL ones where float64 is exact
//   floats            REAL; NaN is an error, since SQLite would make it NULL
//   text, labels      TEXT; labels by their names there, as integers elsewhere
//   decimals, times   TEXT, in digits
//   structs, lists    TEXT or JSON, as JSON
//   binary            BLOB
//   bool              BOOLEAN, 0 or 1
//   date32, date64    DATE, 2024-01-31
//   timestamp         TIMESTAMP, 2024-01-31 12:00:00.5, at most microseconds; with a zone, in UTC
//                     and with a Z
//
// So a query reads the values back (types.h). A column without a type, or with one SQLite knows
// nothing of, takes what its affinity leaves as it is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/sql/sql_internal.h"
#include "core/sql/sqlite/connection.h"
#include "core/sql/value_writer.h"

namespace tideway::sql::sqlite {

// A parameter that a value is bound to.
struct Slot {
  sqlite3_stmt* statement = nullptr;
  int number = 0;
};
using Binder = ValueWriter<Slot>;
using BinderPtr = WriterPtr<Slot>;

// The binder for a column, or null where its values have no form in a column declared as
// `declaration`.
BinderPtr MakeBinder(const arrow::Field& field, std::string_view declaration);
// How a column made for `type` is declared; empty when there is no way.
std::string DeclarationFor(const arrow::DataType& type);

class Inserter {
 public:
  // `connection` is in a transaction; both must outlive it.
  Inserter(std::shared_ptr<Connection> connection, Watch& watch);
  ~Inserter();
  Inserter(const Inserter&) = delete;

  // Checks, makes or empties the table.
  Status Start(const InsertSpec& spec, const dataset::SchemaPtr& schema);
  Status Write(const arrow::RecordBatch& batch);
  // How many were inserted or updated.
  int64_t rows() const { return changed_; }

 private:
  Status WriteRow(const arrow::RecordBatch& batch, int64_t row);

  const std::shared_ptr<Connection> connection_;
  Watch& watch_;
  std::vector<TableColumn> columns_;  // one for each of the rows'
  std::vector<BinderPtr> binders_;
  Statement statement_;
  int64_t written_ = 0;
  int64_t changed_ = 0;
};

// Checks that rows of `schema` can go into the spec's table, and changes nothing. The caller has
// the connection's turn.
Status CheckTable(Connection& connection, const InsertSpec& spec, const arrow::Schema& schema);

}  // namespace tideway::sql::sqlite
