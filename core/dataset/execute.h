// Runs a plan into a sink: source, parallel transform, ordered sink, with a fixed number of batches
// in flight (oneTBB parallel_pipeline). So the order of rows is the same for any number of workers,
// and memory is bounded by construction.
//
//   CountSink count;
//   RETURN_NOT_OK(Execute(*plan, count, run));
//
// Blocks the calling thread until done; the Lua side calls it through loop::Offload. The first
// error stops the pipeline; Ctrl-C (run.cancel()) ends it with kind interrupted.
#pragma once

#include "core/dataset/node.h"

namespace tideway::dataset {

class Sink {
 public:
  virtual ~Sink() = default;
  virtual std::string_view name() const = 0;
  virtual Status Open(const SchemaPtr& schema) = 0;
  // Batches in order, from one thread at a time. Returns false when no more rows are wanted (head).
  virtual Result<bool> Consume(const BatchPtr& batch) = 0;
  // After the last batch of a plan that ran without error. A sink destroyed without Finish leaves
  // nothing behind.
  virtual Status Finish() = 0;
};

Status Execute(const Node& plan, Sink& sink, RunContext& run);

// Runs several plans at once, each into its own sink, on the same workers: the parts of a split and
// their writers. On an error all stop, and the first one in the order given is returned.
struct Execution {
  NodePtr plan;
  Sink* sink;
};
Status ExecuteAll(const std::vector<Execution>& executions, RunContext& run);

// Calls `visit` for every batch of `input`, with the batch's number and the position of its first
// row: by any worker, several at once, in any order. What a barrier's first pass is made of. The
// first error in the order of batches is returned. `stage` is its name for progress lines, if any.
using Visit =
    std::function<Status(int64_t index, int64_t first_row, const BatchPtr& batch, Worker& worker)>;
Status ForEachBatch(Stream& input, const Visit& visit, RunContext& run,
                    std::string_view stage = {});

// Calls `visit` with each number from 0 to `count` - 1: by any worker, several at once. The parts
// of a barrier's second pass. The error of the lowest number is returned.
Status ForEachNumber(size_t count, const std::function<Status(size_t)>& visit, RunContext& run,
                     std::string_view stage = {});

}  // namespace tideway::dataset
