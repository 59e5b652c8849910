// What a Store holds, for the files that its methods are in.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/queue/queue.h"
#include "core/queue/statements_internal.h"

namespace tideway::queue {

struct Store::State {
  State(std::unique_ptr<sql::Ledger> opened, const Clock& counted_from)
      : ledger(std::move(opened)), clock(counted_from), texts(StatementsFor(ledger->shared())) {}

  // `$1` of statements with a time.
  sql::Param Now() const { return int64_t{clock.Now().count()}; }
  Status Transact(sql::Sync sync, const std::function<Result<bool>()>& work) {
    std::lock_guard lock(mutex);
    return ledger->Transact(sync, work);
  }
  // The rows of one statement, as a transaction of its own.
  Result<sql::LedgerRows> Run(sql::Sync sync, const std::string& sql,
                              const std::vector<sql::Param>& params) {
    sql::LedgerRows rows;
    RETURN_NOT_OK(Transact(sync, [&]() -> Result<bool> {
      ARROW_ASSIGN_OR_RAISE(rows, ledger->Run(sql, params));
      return true;
    }));
    return rows;
  }
  Status Create();
  Status CheckVersion();

  std::mutex mutex;
  const std::unique_ptr<sql::Ledger> ledger;
  const Clock& clock;
  const Statements& texts;
};

}  // namespace tideway::queue
