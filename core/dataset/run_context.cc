#include "core/dataset/run_context.h"

#include <arrow/compute/initialize.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>

#include <algorithm>
#include <utility>

#include "core/dataset/batch_store.h"
#include "core/dataset/node.h"

namespace tideway::dataset {
namespace {

int WorkersOf(const RunOptions& options) {
  return options.workers > 0 ? options.workers : tbb::info::default_concurrency();
}

// Below this, work goes into overhead.
constexpr int64_t kMinBatchBytes = 64 << 10;

// Of each batch in flight, about: read, changed, taken by the sink.
constexpr int kCopies = 3;

// A quarter of the promise for batches in flight; another for what stores and barriers hold; the
// rest is for the program itself, decoders and writers.
int64_t BatchBytes(int64_t memory_bytes, int workers) {
  const int64_t in_flight = workers + 2;
  return std::clamp<int64_t>(memory_bytes / 4 / in_flight / kCopies, kMinBatchBytes, 16 << 20);
}

bool IsAtOrBelow(std::string_view uri, std::string_view place) {
  while (place.ends_with('/')) place.remove_suffix(1);
  return uri.starts_with(place) && (uri.size() == place.size() || uri[place.size()] == '/');
}

std::shared_ptr<void> RaiseThreadLimit(int workers) {
  if (workers <= tbb::info::default_concurrency()) return nullptr;
  return std::make_shared<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                               static_cast<size_t>(workers));
}

}  // namespace

RunContext::RunContext(RunOptions options, const Clock& clock)
    : options_(std::move(options)),
      workers_(WorkersOf(options_)),
      clock_(clock),
      budget_(std::make_shared<MemoryBudget>(options_.memory_bytes / 4)),
      batch_bytes_(BatchBytes(options_.memory_bytes, workers_)),
      file_hashes_(options_.memory_folder.empty() ? "" : options_.memory_folder + "/hashes.jsonl"),
      thread_limit_(RaiseThreadLimit(workers_)) {
  // Filters and casts are registered by this call; it can only fail for want of memory, and then
  // the first kernel that is missing says so.
  [[maybe_unused]] const Status initialized = arrow::compute::Initialize();
}

RunContext::~RunContext() = default;

int64_t RunContext::batch_bytes() const {
  return std::max(kMinBatchBytes, batch_bytes_ / std::max(1, executions_.load()));
}

int64_t RunContext::reckoned_bytes(int batches) const { return batch_bytes() * batches * kCopies; }

Result<ScratchFolder*> RunContext::scratch() {
  std::lock_guard lock(mutex_);
  if (scratch_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(scratch_, ScratchFolder::Create(options_.scratch_parent));
  }
  return scratch_.get();
}

void RunContext::Count(const StepCounts& counts) {
  std::lock_guard lock(mutex_);
  StepCounts& total = steps_[counts.step];
  total.rows_in += counts.rows_in;
  total.rows_out += counts.rows_out;
  for (const auto& [reason, rows] : counts.dropped) {
    if (rows > 0) total.dropped[reason] += rows;
  }
  for (const auto& [what, times] : counts.changed) {
    if (times > 0) total.changed[what] += times;
  }
}

void RunContext::CountAll(const std::vector<StepCounts>& counts) {
  for (const StepCounts& step : counts) Count(step);
}

void RunContext::RecordInput(InputRecord input) {
  std::lock_guard lock(mutex_);
  for (const InputRecord& known : inputs_) {
    if (known.uri == input.uri && known.hash == input.hash) return;
  }
  inputs_.push_back(std::move(input));
}

void RunContext::RecordOutputs(std::string_view place, std::vector<OutputRecord> outputs) {
  std::lock_guard lock(mutex_);
  std::erase_if(outputs_, [&](const OutputRecord& old) { return IsAtOrBelow(old.uri, place); });
  for (OutputRecord& output : outputs) outputs_.push_back(std::move(output));
}

void RunContext::RecordOutput(OutputRecord output) {
  const std::string place = output.uri;
  RecordOutputs(place, {std::move(output)});
}

std::vector<StepCounts> RunContext::steps() const {
  std::lock_guard lock(mutex_);
  std::vector<StepCounts> steps;
  for (const auto& [step, counts] : steps_) {
    steps.push_back(counts);
    steps.back().step = step;
  }
  return steps;
}

std::vector<InputRecord> RunContext::inputs() const {
  std::lock_guard lock(mutex_);
  return inputs_;
}

std::vector<InputRecord> RunContext::inputs_among(const std::set<std::string>& uris) const {
  std::vector<InputRecord> some = inputs();
  std::erase_if(some, [&](const InputRecord& input) { return !uris.contains(input.uri); });
  return some;
}

std::vector<OutputRecord> RunContext::outputs() const {
  std::lock_guard lock(mutex_);
  return outputs_;
}

void RunContext::RecordPlan(std::string text) {
  std::lock_guard lock(mutex_);
  plans_.push_back(std::move(text));
}

std::vector<std::string> RunContext::plans() const {
  std::lock_guard lock(mutex_);
  return plans_;
}

void RunContext::RecordWrite(PlannedWrite write) {
  std::lock_guard lock(mutex_);
  writes_.push_back(std::move(write));
}

std::vector<PlannedWrite> RunContext::planned_writes() const {
  std::lock_guard lock(mutex_);
  return writes_;
}

void RunContext::KeepRows(const std::string& fingerprint, const std::shared_ptr<BatchStore>& rows) {
  std::lock_guard lock(mutex_);
  kept_rows_[fingerprint] = rows;
}

std::shared_ptr<BatchStore> RunContext::KeptRows(const std::string& fingerprint) const {
  std::lock_guard lock(mutex_);
  auto found = kept_rows_.find(fingerprint);
  return found == kept_rows_.end() ? nullptr : found->second.lock();
}

bool RunContext::keeps_rows() const {
  std::lock_guard lock(mutex_);
  std::erase_if(kept_rows_, [](const auto& entry) { return entry.second.expired(); });
  return !kept_rows_.empty();
}

}  // namespace tideway::dataset
