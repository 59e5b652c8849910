#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <variant>

#include "core/base/utf8.h"
#include "core/queue/job_id.h"
#include "core/queue/record_internal.h"

namespace tideway::queue {
namespace {

constexpr std::array<std::string_view, 6> kStates = {"ready", "delayed", "running",
                                                     "done",  "dead",    "cancelled"};
constexpr size_t kMaxName = 200;
constexpr size_t kMaxPayload = 16 << 20;
constexpr double kMaxDelay_s = 1e9;  // thirty years

std::optional<int64_t> Time(const sql::Param& value) {
  const auto* time = std::get_if<int64_t>(&value);
  return time == nullptr ? std::nullopt : std::optional(*time);
}

Status CheckName(const char* what, const std::string& name) {
  const bool printable =
      std::ranges::none_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (!name.empty() && name.size() <= kMaxName && printable && IsUtf8(name)) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("queue: the {} must be from 1 to {} bytes of text without control "
                           "characters: {:?}",
                           what, kMaxName, name.substr(0, kMaxName)));
}

}  // namespace

std::string_view JobStateName(JobState state) { return kStates[static_cast<size_t>(state)]; }

Result<JobState> ParseJobState(const std::string& name) {
  const auto found = std::ranges::find(kStates, name);
  if (found != kStates.end()) return static_cast<JobState>(found - kStates.begin());
  return Error(ErrorKind::kUsage, fmt::format("queue: no such state: {}{}", name,
                                              DidYouMean(name, {kStates.begin(), kStates.end()})))
      .Hint("a job is ready, delayed, running, done, dead or cancelled");
}

bool IsFinished(JobState state) { return state >= JobState::kDone; }

Status CheckQueueName(const std::string& queue) { return CheckName("name of a queue", queue); }

Status NewJob::Validate() const {
  RETURN_NOT_OK(CheckName("name of a job", name));
  if (!key.empty()) RETURN_NOT_OK(CheckName("key of a job", key));
  if (!IsJobId(id)) return Error(ErrorKind::kUsage, "queue: not the id of a job: " + id);
  if (payload.size() > kMaxPayload) {
    return Error(ErrorKind::kUsage,
                 fmt::format("queue: the payload of {} has more than {} MiB: {} bytes", name,
                             kMaxPayload >> 20, payload.size()))
        .Hint("write it to a file, and push the path");
  }
  if (delay_s >= 0 && delay_s <= kMaxDelay_s) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("queue: delay_s must be from 0 to {}: {}", kMaxDelay_s, delay_s));
}

int64_t Int(const sql::Param& value) {
  const auto* number = std::get_if<int64_t>(&value);
  return number == nullptr ? 0 : *number;
}

std::string Text(const sql::Param& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? "" : *text;
}

// One of a newer program, which the version of the tables rules out, counts as dead.
JobState StateOf(const sql::Param& value) {
  return ParseJobState(Text(value)).ValueOr(JobState::kDead);
}

JobRecord RecordOf(const sql::LedgerRow& row) {
  JobRecord record;
  record.id = Text(row[0]);
  record.queue = Text(row[1]);
  record.name = Text(row[2]);
  record.payload = Text(row[3]);
  record.key = Text(row[4]);
  record.state = StateOf(row[5]);
  record.priority = Int(row[6]);
  record.attempts = Int(row[7]);
  record.fence = Int(row[8]);
  record.owner = Text(row[9]);
  record.result = Text(row[10]);
  record.error = Text(row[11]);
  record.created_at = Int(row[12]);
  record.run_at = Int(row[13]);
  record.started_at = Time(row[14]);
  record.finished_at = Time(row[15]);
  record.lease_until = Time(row[16]);
  return record;
}

std::string Where(const JobFilter& filter, const std::string& age,
                  std::vector<sql::Param>& params) {
  // Each parameter is used, as databases ask.
  std::string where =
      filter.older_s > 0 ? "true" + age : "CAST($1 AS BIGINT) + CAST($2 AS BIGINT) IS NOT NULL";
  const auto add = [&](const char* column, const std::string& value) {
    if (value.empty()) return;
    params.push_back(value);
    where += fmt::format(" AND {} = ${}", column, params.size());
  };
  add("queue", filter.queue);
  add("id", filter.id);
  std::string states;
  for (const JobState state : filter.states) {
    states += fmt::format("{}'{}'", states.empty() ? "" : ", ", JobStateName(state));
  }
  return states.empty() ? where : where + " AND state IN (" + states + ")";
}

}  // namespace tideway::queue
