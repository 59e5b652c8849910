// Several plans read side by side, row by row, each at its own pace: what mix draws from.
//
//   ARROW_ASSIGN_OR_RAISE(auto inputs, SideBySide::Open(plans, names, "mix", false, run));
//   RETURN_NOT_OK(inputs->Read({700, 300}));                  // by all workers
//   ARROW_ASSIGN_OR_RAISE(const auto row, inputs->TakeRow(0));
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/batch_store.h"
#include "core/dataset/node.h"
#include "core/dataset/pipeline_internal.h"

namespace tideway::dataset {

class SideBySide {
 public:
  // With `repeat`, an input that ends begins again; then one without rows is an error of kind data.
  static Result<std::unique_ptr<SideBySide>> Open(const std::vector<NodePtr>& plans,
                                                  std::vector<std::string> names,
                                                  std::string_view operation, bool repeat,
                                                  RunContext& run);
  size_t count() const { return inputs_.size(); }

  // Sees to it that so many rows of each input can be taken, or as many as it has, and that the end
  // is known where it follows upon them.
  Status Read(const std::vector<int64_t>& wanted);
  struct Row {
    const BatchPtr* batch;  // valid until the next call
    uint32_t row;
    bool is_last;  // of the input, each time it ends
  };
  // The next row of an input: one that was read. Errors: what the plan failed with.
  Result<Row> TakeRow(size_t input);
  // Whether an input turned out to have no rows at all.
  bool AnyEmpty() const;
  // About as many rows as one batch should have.
  int64_t BatchRows() const;

 private:
  // What came of a morsel. A failure waits until a row of it is taken.
  struct Ready {
    BatchPtr batch;
    Status status = {};
    bool is_last = false;
  };
  struct Input {
    std::string name;
    std::unique_ptr<Stream> stream;
    std::shared_ptr<BatchStore> kept;  // the rows, where they may be needed again
    bool first_time = true;
    Status end = {};        // why the stream gives no more,
    bool at_end = false;    // when it does not
    bool finished = false;  // no more rows will come
    std::deque<Ready> ready;
    int64_t ready_rows = 0;  // not taken yet
    int64_t taken = 0;       // of the first batch
    int64_t read_rows = 0;
    int64_t read_batches = 0;
  };
  // A morsel to be run, and what came of it.
  struct Job {
    Input* input;
    Morsel morsel;
    int64_t index;  // of the batch
    internal::Computed computed = {BatchPtr(), {}};
  };

  SideBySide(std::string_view operation, bool repeat, size_t inputs, RunContext& run);
  int64_t JobsFor(const Input& input, int64_t wanted) const;
  void TakeJobs(Input& input, int64_t count, std::vector<Job>& jobs);
  void Run(Job& job);
  void MakeReady(Job& job);
  Status End(Input& input);

  const std::string_view operation_;
  const bool repeat_;
  RunContext& run_;
  const RunContext::Executing executing_;
  internal::WorkerPool workers_;
  std::vector<Input> inputs_;
  int64_t rows_ = 0;  // read, all told, and their bytes
  int64_t bytes_ = 0;
};

}  // namespace tideway::dataset
