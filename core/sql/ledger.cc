#include "core/sql/ledger.h"

#include "core/sql/postgres/ledger.h"
#include "core/sql/sql_internal.h"
#include "core/sql/sqlite/ledger.h"

namespace tideway::sql {
namespace {

const RetryPolicy& Waits() {
  static const RetryPolicy policy{.tries = 1, .waits_s = {0.05, 0.2, 1}};
  return policy;
}

}  // namespace

Status Ledger::RunAll(const std::vector<std::string>& statements) {
  for (const std::string& sql : statements) RETURN_NOT_OK(Run(sql, {}).status());
  return Status::OK();
}

Status Ledger::Transact(Sync sync, const std::function<Result<bool>()>& work) {
  RetryPolicy policy = Waits();
  policy.tries = options_.tries;
  for (int attempt = 1;; ++attempt) {
    const Status status = TryTransact(sync, work);
    const auto wait = policy.WaitAfter(attempt, status);
    if (status.ok() || !wait) return status;
    RETURN_NOT_OK(SleepCancellable(*wait, cancel_));
  }
}

Status Ledger::TryTransact(Sync sync, const std::function<Result<bool>()>& work) {
  RETURN_NOT_OK(cancel_.Check());
  const Status begun = Begin(sync);
  const Result<bool> keep = begun.ok() ? work() : begun;
  if (keep.ok() && *keep) {
    const Status committed = Commit();
    if (!committed.ok()) Rollback();
    return committed;
  }
  Rollback();
  return keep.status();
}

Result<std::unique_ptr<Ledger>> OpenLedger(std::string_view uri, const LedgerOptions& options,
                                           const CancelToken& cancel) {
  const std::string_view scheme = SchemeOf(uri);
  if (scheme == "sqlite") return sqlite::OpenLedger(uri, options, cancel);
  if (scheme == "postgresql" || scheme == "postgres") {
    return postgres::OpenLedger(uri, options, cancel);
  }
  return UnknownScheme(uri, scheme);
}

}  // namespace tideway::sql
