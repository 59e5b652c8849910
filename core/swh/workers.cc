#include "core/swh/workers.h"

#include <algorithm>
#include <utility>

#include "core/base/guard.h"

namespace tideway::swh {
namespace {

constexpr int64_t kSmallBytes = 1 << 20;
constexpr int kRounds = 4;  // each is several tries of the client's own
constexpr auto kRoundWait = std::chrono::seconds(5);
constexpr auto kLook = std::chrono::milliseconds(50);

}  // namespace

Workers::Workers(const FetchRequest& request, const Keeper& keeper, Manifest& manifest,
                 const CancelToken& cancel)
    : request_(request),
      keeper_(keeper),
      manifest_(manifest),
      stop_(&cancel),
      limit_(request.at_once) {
  const int64_t small = std::min(kSmallBytes, request.most_bytes);
  for (size_t i = 0; i < request.at_once; ++i) {
    threads_.emplace_back([this, small] { Work(small_, small); });
  }
  large_thread_ = std::thread([this] { Work(large_, request_.most_bytes); });
}

Workers::~Workers() {
  stop_.Cancel();
  Join();
}

Status Workers::Push(Job job) {
  std::unique_lock lock(mutex_);
  while (small_.waiting.size() >= request_.at_once && error_.ok()) {
    RETURN_NOT_OK(stop_.Check());
    changed_.wait_for(lock, kLook);
  }
  RETURN_NOT_OK(error_);
  small_.waiting.push_back(std::move(job));
  changed_.notify_all();
  return Status::OK();
}

Status Workers::Finish(FetchReport* report) {
  Join();
  RETURN_NOT_OK(error_);
  report->states = report_.states;
  report->bytes = report_.bytes;
  report->replaced = report_.replaced;
  return Status::OK();
}

void Workers::Close(Jobs& jobs) {
  std::lock_guard lock(mutex_);
  jobs.closed = true;
  changed_.notify_all();
}

void Workers::Join() {
  Close(small_);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  Close(large_);
  if (large_thread_.joinable()) large_thread_.join();
}

std::optional<Job> Workers::Pop(Jobs& jobs) {
  std::unique_lock lock(mutex_);
  while (jobs.waiting.empty() && !jobs.closed && !stop_.cancelled()) {
    changed_.wait_for(lock, kLook);
  }
  if (jobs.waiting.empty() || stop_.cancelled()) return std::nullopt;
  Job job = std::move(jobs.waiting.front());
  jobs.waiting.pop_front();
  changed_.notify_all();
  return job;
}

void Workers::Work(Jobs& jobs, int64_t most_bytes) {
  while (std::optional<Job> job = Pop(jobs)) {
    const Status done = Guarded("swh", "keeping a content failed",
                                [&]() -> Status { return Do(*std::move(job), most_bytes); });
    if (done.ok()) continue;
    std::lock_guard lock(mutex_);
    if (error_.ok()) error_ = done;
    stop_.Cancel();
    changed_.notify_all();
  }
  std::lock_guard lock(mutex_);
  if (error_.ok()) error_ = stop_.Check();
}

Status Workers::Do(Job job, int64_t most_bytes) {
  ARROW_ASSIGN_OR_RAISE(Kept kept, KeepPatiently(job.row, most_bytes));
  {
    std::lock_guard lock(mutex_);
    if (kept.state == "too_large" && most_bytes < request_.most_bytes) {
      large_.waiting.push_back(std::move(job));
      return Status::OK();
    }
    ++report_.states[kept.state];
    report_.bytes += kept.bytes;
    report_.replaced += kept.replaced > 0 ? 1 : 0;
  }
  return manifest_.Add(job.number, std::move(kept.line));
}

Result<Kept> Workers::KeepPatiently(const Row& row, int64_t most_bytes) {
  for (int round = 1;; ++round) {
    ARROW_ASSIGN_OR_RAISE(const int64_t turn, limit_.Enter(stop_));
    Result<Kept> kept = keeper_.Keep(row, most_bytes, stop_);
    const bool passing = !kept.ok() && IsRetryable(kept.status());
    limit_.Leave(turn, passing || (kept.ok() && kept->slowed));
    if (!passing || round == kRounds) return kept;
    RETURN_NOT_OK(SleepCancellable(kRoundWait * round, stop_));
  }
}

}  // namespace tideway::swh
