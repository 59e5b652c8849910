// One query of a SQLite connection, described and read.
#pragma once

#include <memory>
#include <vector>

#include "core/sql/sqlite/connection.h"

namespace tideway::sql::sqlite {

struct QueryColumns {
  dataset::SchemaPtr schema;
  std::vector<bool> inferred;  // for each column: its type comes from its first value
};

// The columns of `query`: types from its `types`, else the declaration, else the first value that
// is not null, for which the query is run up to that value. A Turn of `connection` must be held.
Result<QueryColumns> DescribeQuery(Connection& connection, const QuerySpec& query);

// Starts `query`, whose columns DescribeQuery gave.
Result<std::unique_ptr<BatchReader>> ReadQuery(std::shared_ptr<Connection> connection,
                                               const QuerySpec& query, const QueryColumns& columns,
                                               dataset::RunContext& run, double timeout_s);

}  // namespace tideway::sql::sqlite
