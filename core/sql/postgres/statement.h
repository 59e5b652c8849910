// One query on a leased session: planned, run, its rows as bytes as they arrive.
//
//   Statement statement(std::move(lease), query, run);
//   ARROW_ASSIGN_OR_RAISE(auto description, statement.Describe());
//   RETURN_NOT_OK(statement.Start(PQnfields(description.get())));
//   while (true) {
//     ARROW_ASSIGN_OR_RAISE(const bool more, statement.Next());
//     if (!more) break;
//     ... statement.fields() ...
//   }
//
// Every wait ends soon with kind interrupted when the run is cancelled or Interrupt() is called.
// Threads: one at a time; Interrupt() from any other. Ownership: the session goes back to its pool
// after the last row. A statement that is destroyed before asks the server to cancel the query,
// which waits for a connection of its own without a time-out (PQcancel), and closes the session.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "core/sql/postgres/copy_rows.h"
#include "core/sql/postgres/handles.h"
#include "core/sql/postgres/pool.h"

namespace tideway::sql::postgres {

class Statement {
 public:
  // `lease` is in a transaction.
  Statement(Lease lease, const QuerySpec& query, dataset::RunContext& run);
  ~Statement();
  Statement(const Statement&) = delete;

  const QuerySpec& query() const { return query_; }
  // The session, until the last row was read.
  Lease& lease() { return lease_; }

  // Plans the query and runs nothing: names and types of its columns and parameters.
  Result<ResultPtr> Describe();
  // Runs it: as COPY, whose rows cost us half of what single results do, where it can be one.
  Status Start(size_t columns);
  // Reads the next row; false after the last.
  Result<bool> Next();
  // That row's values in PostgreSQL's binary form. They stay until the next call.
  const std::vector<Field>& fields() const { return fields_; }
  // Seen by a wait for the server within 50 ms, which then ends.
  void Interrupt();

 private:
  Result<bool> NextSingle();
  Result<bool> NextCopied();
  Result<bool> CheckCopy();
  Status Send(int sent);
  Status AwaitInput();
  Result<ResultPtr> Await();
  Result<ResultPtr> AwaitOnly(ExecStatusType status);
  Status CheckStop() const;
  void CancelQuery();
  void Release();

  Lease lease_;  // empty once all is read
  PGconn* const connection_;
  const CancelPtr cancel_;
  const QuerySpec query_;
  dataset::RunContext& run_;
  std::optional<CopyRows> copied_;  // when the query runs as COPY
  bool copying_ = false;            // its rows are coming
  MemoryPtr message_;               // what `fields_` points into, one or the other
  ResultPtr row_;
  std::vector<Field> fields_;
  bool busy_ = false;  // results are still to come
  std::atomic<bool> interrupted_{false};
};

}  // namespace tideway::sql::postgres
