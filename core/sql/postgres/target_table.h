// A table that rows go into: what the server knows of it, or how it is made.
#pragma once

#include <string>
#include <vector>

#include "core/sql/postgres/encoders.h"
#include "core/sql/postgres/session.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql::postgres {

struct TargetColumn {
  TableColumn column;
  TargetType type;
  std::string plain_type;  // without its modifier: a cast to varchar(2) would cut
};

struct TargetTable {
  std::string name;  // quoted
  std::vector<TargetColumn> columns;
};

// Reads the columns of the spec's table, in the session's transaction. Errors: not_found.
Result<TargetTable> DescribeTable(Session& session, const InsertSpec& spec);
// The statement that makes the table, with the columns of `schema`. Errors of kind usage: a column
// whose type has no form in PostgreSQL.
Result<std::string> CreateTableSql(const InsertSpec& spec, const arrow::Schema& schema);
// An error of kind conflict when the table exists.
Status CheckAbsent(Session& session, const InsertSpec& spec);

// One column of the rows on its way into the table.
struct EncodedColumn {
  std::string name;
  std::string type;  // of the table's column
  bool not_null = false;
  std::string cast;  // to what the server casts the text that is sent; empty: it need not
  EncoderPtr encoder;
};
// How each column of `schema` goes into `table`. Errors of kind usage.
Result<std::vector<EncodedColumn>> PlanColumns(const InsertSpec& spec, const arrow::Schema& schema,
                                               const TargetTable& table);

}  // namespace tideway::sql::postgres
