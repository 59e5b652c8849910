// Bytes into a table: one COPY ... FROM STDIN on a session, in its open transaction.
//
//   CopyIn copy(session.raw(), cancel);
//   RETURN_NOT_OK(copy.Start("COPY t (id) FROM STDIN (FORMAT binary)"));
//   RETURN_NOT_OK(copy.Write(bytes));                      // as often as there are some
//   ARROW_ASSIGN_OR_RAISE(int64_t rows, copy.Finish());
//
// Waits end soon with kind interrupted when `cancel` is set. What the server objects to ends the
// next Write(). After an error the transaction can only be rolled back.
//
// Threads: one at a time. Call Abort() where Finish() was not reached.
#pragma once

#include <string>
#include <string_view>

#include "core/base/cancel.h"
#include "core/base/error.h"
#include "core/sql/postgres/handles.h"

namespace tideway::sql::postgres {

class CopyIn {
 public:
  // Both must outlive it.
  CopyIn(PGconn* connection, const CancelToken& cancel);
  CopyIn(const CopyIn&) = delete;

  Status Start(const std::string& sql);
  Status Write(std::string_view bytes);
  // The rows the server took.
  Result<int64_t> Finish();
  // Ends a COPY that was begun and not finished. False when the session is of no more use.
  bool Abort();

 private:
  static void OnNotice(void* self, const PGresult* result);
  Status Send(std::string_view chunk);
  Status Flush();
  Status AwaitRoom(int timeout_ms);
  Result<ResultPtr> Await();
  Result<int64_t> Drain();
  Status Failure();

  PGconn* const connection_;
  const CancelToken& cancel_;
  std::string sql_;
  bool copying_ = false;
  int notices_ = 0;
};

}  // namespace tideway::sql::postgres
