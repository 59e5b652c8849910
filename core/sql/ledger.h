// One connection to a database for those who keep state in it: short transactions, rows as values.
//
//   ARROW_ASSIGN_OR_RAISE(auto ledger, sql::OpenLedger("sqlite:.tideway/state.db", {}, cancel));
//   RETURN_NOT_OK(ledger->Transact(Sync::kNow, [&]() -> Result<bool> {
//     ARROW_ASSIGN_OR_RAISE(const LedgerRows rows, ledger->Run("UPDATE ... RETURNING id", {7}));
//     return !rows.empty();                                    // false: undo
//   }));
//
// The same statements run on PostgreSQL and SQLite where their text allows; parameters are $1, $2,
// ... Each statement is prepared once. In a transaction PostgreSQL reads what is committed (READ
// COMMITTED); SQLite lets one write at a time (BEGIN IMMEDIATE), in WAL mode.
//
// Threads: one at a time. Errors: kinds as of sql.h; a lock that others hold for longer than
// timeout_s is of kind conflict, and no answer for as long of kind timeout.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/sql/sql.h"

namespace tideway::sql {

using LedgerRow = std::vector<Param>;  // integers are int64_t; what else has no kind of Param: text
using LedgerRows = std::vector<LedgerRow>;

// When a transaction must be on the disk: before it is acknowledged, or some time later. The second
// is lost with the machine's power, but not with the process; what is synced later brings it along.
// What only reads waits for no writer.
enum class Sync { kNow, kLater, kReads };

struct LedgerOptions {
  double timeout_s = 10;   // to connect, for a lock of others, for an answer
  bool read_only = false;  // a SQLite file must exist then; else it is made, with its folders
  int tries = 4;           // of a transaction, when connections break or locks are held
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  // Whether it is PostgreSQL: many machines, FOR UPDATE SKIP LOCKED, a clock of its own.
  virtual bool shared() const = 0;
  // Normalised, without the password.
  virtual const std::string& uri() const = 0;
  // Runs one statement in the open transaction; its rows.
  virtual Result<LedgerRows> Run(const std::string& sql, const std::vector<Param>& params) = 0;
  // Runs it once for each of `params`, with one wait for the server; the rows of each.
  virtual Result<std::vector<LedgerRows>> RunEach(
      const std::string& sql, const std::vector<std::vector<Param>>& params) = 0;
  // Runs statements that return nothing, in the open transaction.
  Status RunAll(const std::vector<std::string>& statements);

  // Runs `work` in a transaction, which is kept where it returns true. After an error that passes
  // (a broken connection, a deadlock) it is run again, also where the answer to the commit was
  // lost: so `work` must find what it did itself.
  Status Transact(Sync sync, const std::function<Result<bool>()>& work);

 protected:
  Ledger(const LedgerOptions& options, const CancelToken& cancel)
      : options_(options), cancel_(cancel) {}
  virtual Status Begin(Sync sync) = 0;
  virtual Status Commit() = 0;
  // Undoes what is open, and forgets a broken connection.
  virtual void Rollback() = 0;

  const LedgerOptions options_;
  const CancelToken& cancel_;

 private:
  Status TryTransact(Sync sync, const std::function<Result<bool>()>& work);
};

// `uri` as of sql::Open(); `cancel` outlives the ledger, and ends every wait of it.
Result<std::unique_ptr<Ledger>> OpenLedger(std::string_view uri, const LedgerOptions& options,
                                           const CancelToken& cancel);

}  // namespace tideway::sql
