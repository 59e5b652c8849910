// Owners of libpq's objects.
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace tideway::sql::postgres {

struct FreeHandle {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
  void operator()(char* memory) const { PQfreemem(memory); }
};
using ConnectionPtr = std::unique_ptr<PGconn, FreeHandle>;
using ResultPtr = std::unique_ptr<PGresult, FreeHandle>;
using CancelPtr = std::unique_ptr<PGcancel, FreeHandle>;
using MemoryPtr = std::unique_ptr<char, FreeHandle>;

}  // namespace tideway::sql::postgres
