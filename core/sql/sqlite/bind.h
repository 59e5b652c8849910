// Parameters of a SQLite statement: `$1`, `?1` and plain `?`.
#pragma once

#include <sqlite3.h>

#include <vector>

#include "core/sql/sql.h"

namespace tideway::sql::sqlite {

// Binds every parameter of `statement`. Errors of kind usage: a parameter without a value, a value
// that no parameter uses, a named parameter.
Status BindParams(sqlite3_stmt* statement, const std::vector<Param>& params);

}  // namespace tideway::sql::sqlite
