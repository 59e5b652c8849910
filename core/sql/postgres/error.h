// What PostgreSQL says, as our errors: the SQLSTATE decides the kind.
#pragma once

#include <exception>
#include <string>

#include "core/base/error.h"
#include "core/sql/postgres/handles.h"

namespace tideway::sql::postgres {

struct ServerError {
  std::string sqlstate = {};  // five characters; empty when the server said none
  std::string message = {};   // one line
  std::string detail = {};
  std::string hint = {};
  std::string place = {};  // "row 3, column `day`" of a COPY
  int position = 0;        // character in the statement, from 1; 0: unknown
};

// The error for what the server said about `sql`.
Status MakeError(const ServerError& error, const std::string& sql);
// The error of a failed result; of `connection` when `result` is null.
Status ResultError(const PGresult* result, PGconn* connection, const std::string& sql);
// The error for a connection that could not be made, or not in time. PQERRORS_VERBOSE is expected.
Status ConnectError(PGconn* connection);
Status ConnectTimeout(PGconn* connection, double timeout_s);

// "ERROR:  relation "x" does not exist\nLINE 1: ..." to "relation "x" does not exist".
std::string FirstLine(const std::string& message);

}  // namespace tideway::sql::postgres
