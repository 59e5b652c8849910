#include <arrow/record_batch.h>

#include <algorithm>

#include "core/dataset/byte_count.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/side_by_side_internal.h"
#include "core/dataset/parallel.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {

SideBySide::SideBySide(std::string_view operation, bool repeat, size_t inputs, RunContext& run)
    : operation_(operation),
      repeat_(repeat),
      run_(run),
      executing_(run, 2 * run.workers() + static_cast<int>(inputs)) {}

Result<std::unique_ptr<SideBySide>> SideBySide::Open(const std::vector<NodePtr>& plans,
                                                     std::vector<std::string> names,
                                                     std::string_view operation, bool repeat,
                                                     RunContext& run) {
  std::unique_ptr<SideBySide> inputs(new SideBySide(operation, repeat, plans.size(), run));
  for (size_t i = 0; i < plans.size(); ++i) {
    Input& input = inputs->inputs_.emplace_back();
    input.name = std::move(names[i]);
    ARROW_ASSIGN_OR_RAISE(input.stream, OpenPlan(*plans[i], run));
    if (!repeat) continue;
    ARROW_ASSIGN_OR_RAISE(input.kept, BatchStore::Create(input.stream->schema(), run));
  }
  return inputs;
}

// The morsels that should give the rows that are missing.
int64_t SideBySide::JobsFor(const Input& input, int64_t wanted) const {
  const int64_t missing = wanted + 1 - input.ready_rows;
  if (missing <= 0 || input.finished) return 0;
  if (input.read_rows == 0) return 1;
  const int64_t batch_rows = std::max<int64_t>(input.read_rows / input.read_batches, 1);
  const int64_t most = std::max<int64_t>(2 * run_.workers() / static_cast<int64_t>(count()), 1);
  return std::clamp<int64_t>((missing + batch_rows - 1) / batch_rows, 1, most);
}

void SideBySide::TakeJobs(Input& input, int64_t count, std::vector<Job>& jobs) {
  for (int64_t i = 0; i < count && !input.at_end; ++i) {
    auto morsel = input.stream->Next();
    input.end = morsel.status();
    input.at_end = !morsel.ok() || !*morsel;
    if (input.at_end) return;
    jobs.push_back({.input = &input, .morsel = std::move(*morsel), .index = input.read_batches++});
  }
}

void SideBySide::Run(Job& job) {
  job.computed = internal::Compute(job.morsel, workers_, run_);
  job.morsel = nullptr;
  if (!job.computed.batch.ok() || !repeat_ || !job.input->first_time) return;
  const Status kept = job.input->kept->Put(job.index, *job.computed.batch);
  if (!kept.ok()) job.computed.batch = kept;
}

void SideBySide::MakeReady(Job& job) {
  Input& input = *job.input;
  if (input.finished) return;  // it failed before this batch
  auto& [batch, counts] = job.computed;
  if (!batch.ok()) {
    input.finished = true;
    input.ready.push_back({nullptr, batch.status()});
    return;
  }
  run_.CountAll(counts);
  const int64_t rows = (*batch)->num_rows();
  if (rows == 0) return;
  input.ready_rows += rows;
  input.read_rows += rows;
  rows_ += rows;
  bytes_ += BatchBytes(**batch);
  input.ready.push_back({std::move(*batch)});
}

// After the last batch of an input.
Status SideBySide::End(Input& input) {
  input.finished = !repeat_ || !input.end.ok();
  if (!input.end.ok()) input.ready.push_back({nullptr, input.end});
  if (!input.end.ok()) return Status::OK();
  if (!input.ready.empty()) input.ready.back().is_last = true;
  if (!repeat_) return Status::OK();
  if (input.read_rows == 0) {
    return Error(ErrorKind::kData, std::string(operation_) + ": `" + input.name +
                                       "` has no rows to begin again with");
  }
  if (input.first_time) input.kept->Seal();
  input.first_time = false;
  input.stream = input.kept->OpenStream();
  input.at_end = false;
  return Status::OK();
}

Status SideBySide::Read(const std::vector<int64_t>& wanted) {
  while (true) {
    RETURN_NOT_OK(run_.cancel().Check());
    std::vector<Job> jobs;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      TakeJobs(inputs_[i], JobsFor(inputs_[i], wanted[i]), jobs);
    }
    ParallelFor(jobs.size(), [&](size_t i) { Run(jobs[i]); });
    for (Job& job : jobs) MakeReady(job);
    bool any_end = false;
    for (Input& input : inputs_) {
      if (!input.at_end || input.finished) continue;
      any_end = true;
      RETURN_NOT_OK(End(input));
    }
    if (jobs.empty() && !any_end) return Status::OK();
  }
}

Result<SideBySide::Row> SideBySide::TakeRow(size_t index) {
  Input& input = inputs_[index];
  if (!input.ready.empty() && input.ready.front().batch != nullptr &&
      input.taken == input.ready.front().batch->num_rows()) {
    input.ready.pop_front();
    input.taken = 0;
  }
  if (input.ready.empty()) {
    return Error(ErrorKind::kInternal, "dataset: a row was taken that was not read");
  }
  const Ready& ready = input.ready.front();
  RETURN_NOT_OK(ready.status);
  const int64_t row = input.taken++;
  --input.ready_rows;
  return Row{&ready.batch, static_cast<uint32_t>(row),
             ready.is_last && input.taken == ready.batch->num_rows()};
}

bool SideBySide::AnyEmpty() const {
  return std::ranges::any_of(inputs_, [](const Input& input) {
    return input.finished && input.read_rows == 0 && input.ready.empty();
  });
}

int64_t SideBySide::BatchRows() const {
  constexpr int64_t kFirstRows = 1024;
  if (rows_ == 0) return kFirstRows;
  const int64_t row_bytes = std::max<int64_t>(bytes_ / rows_, 1);
  return std::clamp<int64_t>(run_.batch_bytes() / row_bytes, 1, run_.batch_rows());
}

}  // namespace tideway::dataset
