#include "core/sql/sqlite/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/base/secret.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql::sqlite {
namespace {

// "line 2, column 8" of a byte offset.
std::string Position(std::string_view sql, int offset) {
  const std::string_view before = sql.substr(0, static_cast<size_t>(offset));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t start = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  return fmt::format("line {}, column {}", line, before.size() - start + 1);
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// SQLITE_ERROR covers what is wrong with the SQL; only its text tells what.
Status SqlError(std::string_view message, const std::string& sql, int offset) {
  std::string text = fmt::format("sql: {}", message);
  if (offset >= 0) text += ": " + Position(sql, offset);
  text = Redact(text);
  if (StartsWith(message, "no such table")) {
    return Error(ErrorKind::kNotFound, text).Hint("is this the right database file?");
  }
  if (StartsWith(message, "no such column")) {
    return Error(ErrorKind::kNotFound, text).Hint("names are checked against the tables in FROM");
  }
  if (StartsWith(message, "no such function")) return Error(ErrorKind::kNotFound, text);
  return Error(ErrorKind::kUsage, text).Hint(Redact("in: " + ShortenSql(sql)));
}

}  // namespace

Status MissingFile(const std::string& path) {
  return Error(ErrorKind::kNotFound, fmt::format("sql: no such database file: {}", path))
      .Hint("the path is relative to the current folder; tw.sql.create makes a new file");
}

Status MakeError(sqlite3* handle, int code, const std::string& path, const std::string& sql) {
  const std::string message = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
  const std::string text = Redact(fmt::format("sql: {}: {}", message, path));
  switch (code & 0xff) {
    case SQLITE_ERROR:
      return SqlError(message, sql, sqlite3_error_offset(handle));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(ErrorKind::kConflict, text)
          .Hint("another connection holds a lock: finish reading or writing there first")
          .Retryable();
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return Error(ErrorKind::kData, text).Hint("is it a SQLite file, and whole?");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Error(ErrorKind::kAuth, text).Hint("may the file and its folder be written?");
    case SQLITE_FULL:
      return Error(ErrorKind::kDiskFull, text);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return Error(ErrorKind::kIo, text).Hint("may the file and its folder be read?");
    case SQLITE_NOMEM:
      return Error(ErrorKind::kMemory, text);
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
      return Error(ErrorKind::kData, text);
    default:
      return Error(ErrorKind::kDatabase, text);
  }
}

}  // namespace tideway::sql::sqlite
