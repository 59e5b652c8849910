// What looks at jobs and clears them up.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/queue/record_internal.h"
#include "core/queue/store_internal.h"

namespace tideway::queue {

using sql::LedgerRow;
using sql::LedgerRows;
using sql::Param;
using sql::Sync;

Result<std::optional<JobRecord>> Store::Find(const std::string& id) {
  ARROW_ASSIGN_OR_RAISE(const LedgerRows rows, state_->Run(Sync::kReads, state_->texts.find, {id}));
  if (rows.empty()) return std::nullopt;
  return RecordOf(rows[0]);
}

Result<std::optional<std::string>> Store::FindKey(const std::string& queue,
                                                  const std::string& key) {
  ARROW_ASSIGN_OR_RAISE(const LedgerRows rows,
                        state_->Run(Sync::kReads, state_->texts.find_key, {queue, key}));
  if (rows.empty()) return std::nullopt;
  return Text(rows[0][0]);
}

Result<bool> Store::IsEmpty(const std::string& queue) {
  ARROW_ASSIGN_OR_RAISE(const LedgerRows rows,
                        state_->Run(Sync::kReads, state_->texts.unfinished, {queue, int64_t{1}}));
  return Int(rows[0][0]) == 0;
}

Result<bool> Store::Cancel(const std::string& id) {
  bool cancelled = false;
  RETURN_NOT_OK(state_->Transact(Sync::kNow, [&]() -> Result<bool> {
    ARROW_ASSIGN_OR_RAISE(const LedgerRows rows,
                          state_->ledger->Run(state_->texts.cancel, {state_->Now(), id}));
    cancelled |= !rows.empty();
    return true;
  }));
  return cancelled;
}

Result<std::vector<JobRecord>> Store::List(const JobFilter& filter, int64_t limit) {
  std::vector<Param> params = {state_->Now(), Microseconds(filter.older_s), limit};
  const std::string where = Where(filter, state_->texts.age, params);
  const std::string sql =
      fmt::format("SELECT {} FROM tideway_jobs WHERE {} ORDER BY seq DESC LIMIT CAST($3 AS BIGINT)",
                  kRecordColumns, where);
  ARROW_ASSIGN_OR_RAISE(const LedgerRows rows, state_->Run(Sync::kReads, sql, params));
  std::vector<JobRecord> records;
  for (const LedgerRow& row : rows) records.push_back(RecordOf(row));
  return records;
}

Result<std::vector<QueueCount>> Store::Counts() {
  ARROW_ASSIGN_OR_RAISE(const LedgerRows rows, state_->Run(Sync::kReads, state_->texts.counts, {}));
  std::vector<QueueCount> counts;
  for (const LedgerRow& row : rows) {
    counts.push_back({Text(row[0]), StateOf(row[1]), Int(row[2])});
  }
  std::ranges::sort(counts, {},
                    [](const QueueCount& count) { return std::pair(count.queue, count.state); });
  return counts;
}

Result<std::vector<std::string>> Store::Retry(const JobFilter& filter, bool dry_run) {
  JobFilter dead = filter;
  dead.states = {JobState::kDead};
  ARROW_ASSIGN_OR_RAISE(const auto records, List(dead, INT64_MAX));
  std::vector<std::string> ids;
  if (dry_run) {
    for (const JobRecord& record : records) ids.push_back(record.id);
    return ids;
  }
  std::vector<std::vector<Param>> params;
  for (const JobRecord& record : records) params.push_back({state_->Now(), record.id});
  RETURN_NOT_OK(state_->Transact(Sync::kNow, [&]() -> Result<bool> {
    ids.clear();
    ARROW_ASSIGN_OR_RAISE(const auto all, state_->ledger->RunEach(state_->texts.rerun, params));
    for (const LedgerRows& rows : all) {
      if (!rows.empty()) ids.push_back(Text(rows[0][0]));
    }
    return true;
  }));
  return ids;
}

Result<int64_t> Store::Purge(const JobFilter& filter, bool dry_run) {
  // In parts, so that others get their turn.
  constexpr int64_t kPart = 10000;
  for (const JobState state : filter.states) {
    if (IsFinished(state)) continue;
    return Error(ErrorKind::kUsage, fmt::format("queue: only finished jobs can be deleted, not {}",
                                                JobStateName(state)))
        .Hint("cancel them first");
  }
  JobFilter finished = filter;
  if (finished.states.empty()) finished.states = {JobState::kDone, JobState::kCancelled};
  std::vector<Param> params = {state_->Now(), Microseconds(filter.older_s), kPart};
  const std::string where = Where(finished, state_->texts.age, params);
  if (dry_run) {
    ARROW_ASSIGN_OR_RAISE(const LedgerRows rows,
                          state_->Run(Sync::kReads,
                                      fmt::format("SELECT count(*) FROM tideway_jobs WHERE {} AND "
                                                  "CAST($3 AS BIGINT) > 0",
                                                  where),
                                      params));
    return Int(rows[0][0]);
  }
  const std::string sql = fmt::format(
      "DELETE FROM tideway_jobs WHERE seq IN (SELECT seq FROM tideway_jobs WHERE {} "
      "LIMIT CAST($3 AS BIGINT)) RETURNING 1",
      where);
  for (int64_t deleted = 0;;) {
    ARROW_ASSIGN_OR_RAISE(const LedgerRows rows, state_->Run(Sync::kNow, sql, params));
    deleted += static_cast<int64_t>(rows.size());
    if (std::cmp_less(rows.size(), kPart)) return deleted;
  }
}

}  // namespace tideway::queue
