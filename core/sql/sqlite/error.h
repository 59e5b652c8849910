// SQLite's result codes as our errors.
#pragma once

#include <sqlite3.h>

#include <string>

#include "core/base/error.h"

namespace tideway::sql::sqlite {

// The error for `code`, the latest on `handle`. `sql` may be empty.
Status MakeError(sqlite3* handle, int code, const std::string& path, const std::string& sql);

Status MissingFile(const std::string& path);

}  // namespace tideway::sql::sqlite
