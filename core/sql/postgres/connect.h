// From a URI to a connection: libpq's parameters, ours added, one try within a time limit.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/cancel.h"
#include "core/sql/postgres/handles.h"
#include "core/sql/sql.h"

namespace tideway::sql::postgres {

// libpq's keywords and values, as PQconnectdbParams takes them. Holds the password.
using ConnectInfo = std::vector<std::pair<std::string, std::string>>;

// Reads `uri`, registers its password as a secret, and adds client encoding, keep-alive and TLS
// defaults where the URI has none. Errors of kind usage show no part of the password.
Result<ConnectInfo> ParseUri(std::string_view uri);

// One try to connect, at most `timeout_s` long. Errors: auth (not retryable), not_found for the
// database, interrupted, else database (retryable).
Result<ConnectionPtr> Connect(const ConnectInfo& info, double timeout_s, const CancelToken& cancel);

// Whether the database's encoding is SQL_ASCII: its texts are any bytes, and come as they are.
bool TakesAnyBytes(PGconn* connection);

// "postgresql://user@host:port/database" of an open connection.
std::string NormalisedUri(PGconn* connection);

}  // namespace tideway::sql::postgres
