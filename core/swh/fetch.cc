#include "core/swh/fetch.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/guard.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/dataset/run_context.h"
#include "core/swh/manifest.h"
#include "core/swh/pace.h"
#include "core/swh/sha1.h"

namespace tideway::swh {
namespace {

using dataset::BatchPtr;
using dataset::RunContext;
using dataset::SchemaPtr;

constexpr size_t kMostAtOnce = 256;
constexpr int kRounds = 4;  // each is several tries of the client's own
constexpr double kRoundWaitS = 5;
constexpr auto kLook = std::chrono::milliseconds(50);

struct Job {
  int64_t number;
  Row row;
};

// Threads that keep contents; as many jobs wait as there are threads.
class Workers {
 public:
  Workers(const FetchRequest& request, const Keeper& keeper, Manifest& manifest,
          const CancelToken& cancel)
      : request_(request),
        keeper_(keeper),
        manifest_(manifest),
        stop_(&cancel),
        pace_(request.at_once) {
    for (size_t i = 0; i < request.at_once; ++i) threads_.emplace_back([this] { Work(); });
  }
  ~Workers() {
    stop_.Cancel();
    Join();
  }
  Workers(const Workers&) = delete;

  // Waits for room. The first error of a thread.
  Status Push(Job job) {
    std::unique_lock lock(mutex_);
    while (jobs_.size() >= request_.at_once && error_.ok()) {
      RETURN_NOT_OK(stop_.Check());
      changed_.wait_for(lock, kLook);
    }
    RETURN_NOT_OK(error_);
    jobs_.push_back(std::move(job));
    changed_.notify_all();
    return Status::OK();
  }
  // Waits until all is done.
  Status Finish(FetchReport* report) {
    Join();
    RETURN_NOT_OK(error_);
    report->states = report_.states;
    report->bytes = report_.bytes;
    report->replaced = report_.replaced;
    return Status::OK();
  }

 private:
  void Join() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::optional<Job> Pop() {
    std::unique_lock lock(mutex_);
    while (jobs_.empty() && !closed_ && !stop_.cancelled()) changed_.wait_for(lock, kLook);
    if (jobs_.empty() || stop_.cancelled()) return std::nullopt;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    changed_.notify_all();
    return job;
  }

  void Work() {
    while (std::optional<Job> job = Pop()) {
      const Status done =
          Guarded("swh", "keeping a content failed", [&]() -> Status { return Do(*job); });
      if (done.ok()) continue;
      std::lock_guard lock(mutex_);
      if (error_.ok()) error_ = done;
      stop_.Cancel();
      changed_.notify_all();
    }
    std::lock_guard lock(mutex_);
    if (error_.ok()) error_ = stop_.Check();
  }

  Status Do(const Job& job) {
    ARROW_ASSIGN_OR_RAISE(Kept kept, KeepPatiently(job.row));
    {
      std::lock_guard lock(mutex_);
      ++report_.states[kept.state];
      report_.bytes += kept.bytes;
      report_.replaced += kept.replaced > 0 ? 1 : 0;
    }
    return manifest_.Add(job.number, std::move(kept.line));
  }

  // What fails for the time is tried again, by fewer at once.
  Result<Kept> KeepPatiently(const Row& row) {
    for (int round = 1;; ++round) {
      RETURN_NOT_OK(pace_.Enter(stop_));
      Result<Kept> kept = keeper_.Keep(row, stop_);
      const bool passing = !kept.ok() && IsRetryable(kept.status());
      pace_.Leave(passing || (kept.ok() && kept->slowed));
      if (!passing || round == kRounds) return kept;
      RETURN_NOT_OK(Sleep(kRoundWaitS * round));
    }
  }
  Status Sleep(double seconds) {
    if (request_.sleep) return request_.sleep(seconds);
    return SleepCancellable(std::chrono::nanoseconds(static_cast<int64_t>(seconds * 1e9)), stop_);
  }

  const FetchRequest& request_;
  const Keeper& keeper_;
  Manifest& manifest_;
  CancelToken stop_;
  Pace pace_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool closed_ = false;
  Status error_;
  FetchReport report_;
  std::vector<std::thread> threads_;
};

class FetchSink : public dataset::Sink {
 public:
  FetchSink(const FetchRequest& request, Manifest& manifest, Workers& workers, FetchReport* report)
      : request_(request), manifest_(manifest), workers_(workers), report_(report) {}
  std::string_view name() const override { return "swh.fetch"; }
  Status Open(const SchemaPtr& schema) override { return CheckColumns(*schema); }
  Result<bool> Consume(const BatchPtr& batch) override {
    RETURN_NOT_OK(ForEachRow(batch, [this](Row row) { return Take(std::move(row)); }));
    return wants_more();
  }
  Status Finish() override { return workers_.Finish(report_); }

 private:
  bool wants_more() const { return request_.most_rows == 0 || report_->rows < request_.most_rows; }
  // Whether all licences that were found are wanted; none found is none wanted.
  bool IsLicensed(const Row& row) const {
    if (request_.licenses.empty()) return true;
    const auto found = row.find("detected_licenses");
    if (found == row.end() || !found->is_array() || found->empty()) return false;
    return std::ranges::all_of(*found, [this](const Row& name) {
      return name.is_string() && request_.licenses.contains(name.get<std::string>());
    });
  }
  Status Take(Row row) {
    if (!wants_more()) return Status::OK();
    if (!IsLicensed(row)) {
      ++report_->refused;
      return Status::OK();
    }
    const std::string blob_id = TextOf(row, "blob_id");
    if (!IsSha1(blob_id)) {
      return Error(ErrorKind::kData,
                   fmt::format("swh: row {}: blob_id is no SHA-1: `{}`", report_->rows, blob_id))
          .Hint("it has 40 lower-case hex digits");
    }
    ++report_->rows;
    if (manifest_.Claim(blob_id)) return workers_.Push({claimed_++, std::move(row)});
    ++report_->kept;
    return Status::OK();
  }

  const FetchRequest& request_;
  Manifest& manifest_;
  Workers& workers_;
  FetchReport* report_;
  int64_t claimed_ = 0;
};

// Whether what an earlier run noted may come out otherwise now.
bool MayChange(const std::string& state, OnError on_error) {
  if (state == "undecodable") return on_error != OnError::kSkip;
  return state == "quarantined" || state == "denied";
}

}  // namespace

Status FetchRequest::Validate() const {
  const auto refuse = [](const std::string& what) -> Status {
    return Error(ErrorKind::kUsage, "swh: " + what);
  };
  if (keep.to.empty()) return refuse("`to` names no folder");
  if (keep.language.empty()) return refuse("`language` is empty");
  if (at_once < 1 || at_once > kMostAtOnce) {
    return refuse(fmt::format("at_once must be 1 to {}: {}", kMostAtOnce, at_once));
  }
  if (most_rows < 0) return refuse(fmt::format("max_rows must not be negative: {}", most_rows));
  if (batch < 1) return refuse("batch must be at least 1: 0");
  if (keep.most_bytes < 1) {
    return refuse(fmt::format("max_bytes must be at least 1: {}", keep.most_bytes));
  }
  return Status::OK();
}

Result<FetchReport> Fetch(const dataset::Node& plan, const FetchRequest& request, Source& source,
                          RunContext& run) {
  RETURN_NOT_OK(request.Validate());
  const OnError on_error = request.keep.on_error;
  ARROW_ASSIGN_OR_RAISE(const auto manifest,
                        Manifest::Open({.to = request.keep.to,
                                        .language = request.keep.language,
                                        .batch = request.batch,
                                        .again = [on_error](const std::string& state) {
                                          return MayChange(state, on_error);
                                        }}));
  FetchReport report{.manifest = manifest->path()};
  const Keeper keeper(request.keep, source, run.clock());
  Status done;
  {
    Workers workers(request, keeper, *manifest, run.cancel());
    FetchSink sink(request, *manifest, workers, &report);
    done = dataset::Execute(plan, sink, run);
  }
  const Status noted = manifest->Finish();
  RETURN_NOT_OK(done);
  RETURN_NOT_OK(noted);
  LogInfo("swh: {}: {} of {} rows are new: {} fetched, {}", request.keep.language,
          report.rows - report.kept, report.rows, report.states["fetched"],
          FormatBytes(report.bytes));
  return report;
}

}  // namespace tideway::swh
