#include "core/sql/sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

#include "core/sql/postgres/postgres.h"
#include "core/sql/sql_internal.h"
#include "core/sql/sqlite/sqlite.h"

namespace tideway::sql {
namespace {

// 24 days: what PostgreSQL's milliseconds of 32 bits hold.
constexpr double kMaxTimeout_s = 2147483;

// One line for each member.
struct Member {
  std::string_view scheme;
  Result<DatabasePtr> (*open)(std::string_view uri, const OpenOptions& options,
                              const CancelToken& cancel);
};
constexpr std::array kMembers = {
    Member{"postgresql", postgres::Open},
    Member{"postgres", postgres::Open},
    Member{"sqlite", sqlite::Open},
};

}  // namespace

std::string_view SchemeOf(std::string_view uri) {
  const size_t colon = uri.find(':');
  return colon == uri.npos ? "" : uri.substr(0, std::min(colon, uri.find('+')));
}

Status UnknownScheme(std::string_view uri, std::string_view scheme) {
  // A URI with an unknown scheme may still hold a password, so at most the scheme is shown.
  const std::string what = scheme.empty() ? "(none)" : std::string(scheme);
  return Error(ErrorKind::kUsage, fmt::format("sql: unknown URI scheme: {}{}", what,
                                              DidYouMean(scheme, {"postgresql", "sqlite"})))
      .Hint(uri.empty() ? "the URI is empty; write postgresql://user@host/database or "
                          "sqlite:path/to/file.db"
                        : "write postgresql://user@host/database (postgres:// is the same) or "
                          "sqlite:path/to/file.db");
}

Status OpenOptions::Validate() const {
  if (pool_size < 2) {
    return Error(ErrorKind::kUsage, fmt::format("sql: pool_size must be at least 2: {}", pool_size))
        .Hint("one connection holds the snapshot, the others read");
  }
  if (!(connect_timeout_s > 0 && connect_timeout_s <= kMaxTimeout_s)) {
    return Error(ErrorKind::kUsage,
                 fmt::format("sql: connect_timeout_s must be above 0 and at most {}: {}",
                             kMaxTimeout_s, connect_timeout_s));
  }
  if (!(statement_timeout_s >= 0 && statement_timeout_s <= kMaxTimeout_s)) {
    return Error(ErrorKind::kUsage,
                 fmt::format("sql: statement_timeout_s must be from 0 (none) to {}: {}",
                             kMaxTimeout_s, statement_timeout_s));
  }
  return WithContext("sql", retry.Validate());
}

Result<DatabasePtr> Open(std::string_view uri, const OpenOptions& options,
                         const CancelToken& cancel) {
  RETURN_NOT_OK(options.Validate());
  const std::string_view scheme = SchemeOf(uri);
  for (const Member& member : kMembers) {
    if (member.scheme == scheme) return member.open(uri, options, cancel);
  }
  return UnknownScheme(uri, scheme);
}

Result<DatabasePtr> Create(std::string_view uri, const OpenOptions& options,
                           const CancelToken& cancel) {
  RETURN_NOT_OK(options.Validate());
  const std::string_view scheme = SchemeOf(uri);
  if (scheme == "sqlite") return sqlite::Create(uri, options, cancel);
  return Error(ErrorKind::kUsage, fmt::format("sql: cannot create a database: {}", scheme))
      .Hint("only SQLite files are made here: sqlite:path/to/file.db");
}

}  // namespace tideway::sql
