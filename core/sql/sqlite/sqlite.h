// SQLite files behind sql::Database.
//
// One read-only connection with one read transaction serves all queries, one after another or
// interleaved, so all see one snapshot in either journal mode. Execute() has a connection of its
// own and ends the snapshot first; in rollback-journal mode an open stream of this Database then
// counts as a lock held by others (kind conflict). A lock is waited for up to connect_timeout_s.
//
// Open() needs an existing file; Create() makes one. Types: see types.h, and table_writer.h for the
// way back.
#pragma once

#include "core/sql/sql.h"

namespace tideway::sql::sqlite {

// `uri` is "sqlite:path" or "sqlite:///absolute/path".
Result<DatabasePtr> Open(std::string_view uri, const OpenOptions& options,
                         const CancelToken& cancel);

Result<DatabasePtr> Create(std::string_view uri, const OpenOptions& options,
                           const CancelToken& cancel);

// The file that a URI names. Errors: usage.
Result<std::string> PathOf(std::string_view uri);

}  // namespace tideway::sql::sqlite
