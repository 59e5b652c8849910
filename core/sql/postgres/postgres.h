// PostgreSQL behind sql::Database.
//
// libpqxx carries sessions: transactions, parameters, statements. Rows are read with libpq beneath
// it, in single-row mode with binary values (3.2 M rows/s where pqxx's stream gives 1.0 M),
// straight into Arrow builders. The first query opens a REPEATABLE READ, READ ONLY transaction on a
// connection of its own and exports its snapshot; each query imports it, so any number read one
// state at once.
//
// URIs are libpq's (`postgresql+driver://` has its driver taken off); PGHOST, PGPASSWORD, ~/.pgpass
// and the like count as for psql. A host that is not local gets sslmode=require unless the URI or
// PGSSLMODE says otherwise. Retried: failures to reach the server, server starting up or full.
//
// Tables are written by binary COPY (table_writer.h), on a session of their own unless a
// transaction is open. Types: types.h, and encoders.h for the way back.
#pragma once

#include "core/sql/sql.h"

namespace tideway::sql::postgres {

Result<DatabasePtr> Open(std::string_view uri, const OpenOptions& options,
                         const CancelToken& cancel);

}  // namespace tideway::sql::postgres
