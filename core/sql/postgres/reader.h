// One query over one session: described, sent, and decoded row by row as it arrives.
#pragma once

#include <memory>
#include <string>

#include "core/sql/postgres/pool.h"

namespace tideway::sql::postgres {

// The columns of `query`, which is planned and not run. `lease` is in a transaction.
Result<dataset::SchemaPtr> DescribeQuery(Lease lease, const QuerySpec& query,
                                         dataset::RunContext& run);

// Starts `query` on `lease`, which is in a transaction.
Result<std::unique_ptr<BatchReader>> ReadQuery(Lease lease, const QuerySpec& query,
                                               dataset::RunContext& run);

}  // namespace tideway::sql::postgres
