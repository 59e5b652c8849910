#include "core/dataset/format/file_sink.h"

#include <algorithm>

#include "core/dataset/materialise.h"
#include "core/dataset/parallel.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

// What a sink may hold at most, with its share of batches in flight: measured, Parquet of text that
// does not compress.
constexpr int64_t kSinkBytes = 170'000'000;

size_t SinksAtOnce(const RunContext& run) {
  return static_cast<size_t>(std::max<int64_t>(run.options().memory_bytes / kSinkBytes, 1));
}

// Gives every batch to several sinks.
class TeeSink : public Sink {
 public:
  explicit TeeSink(const std::vector<Execution>& executions)
      : executions_(executions), statuses_(executions.size()) {}
  std::string_view name() const override { return "tee"; }
  Status Open(const SchemaPtr& schema) override {
    return ForEach([&](Sink& sink) { return sink.Open(schema); });
  }
  Result<bool> Consume(const BatchPtr& batch) override {
    RETURN_NOT_OK(ForEach([&](Sink& sink) { return sink.Consume(batch).status(); }));
    return true;
  }
  Status Finish() override {
    return ForEach([](Sink& sink) { return sink.Finish(); });
  }

 private:
  // The first error in the order of sinks.
  template <typename Call>
  Status ForEach(const Call& call) {
    ParallelFor(executions_.size(), [&](size_t i) { statuses_[i] = call(*executions_[i].sink); });
    for (const Status& status : statuses_) RETURN_NOT_OK(status);
    return Status::OK();
  }

  const std::vector<Execution>& executions_;
  std::vector<Status> statuses_;
};

}  // namespace

Status ExecuteWriters(const std::vector<Execution>& executions, RunContext& run) {
  const size_t at_once = SinksAtOnce(run);
  for (size_t first = 0; first < executions.size(); first += at_once) {
    const size_t end = std::min(first + at_once, executions.size());
    RETURN_NOT_OK(ExecuteAll({executions.begin() + static_cast<std::ptrdiff_t>(first),
                              executions.begin() + static_cast<std::ptrdiff_t>(end)},
                             run));
  }
  return Status::OK();
}

Status ExecuteTee(const std::vector<Execution>& executions, RunContext& run) {
  const Node& plan = *executions[0].plan;
  if (executions.size() <= SinksAtOnce(run)) {
    TeeSink tee(executions);
    return Execute(plan, tee, run);
  }
  ARROW_ASSIGN_OR_RAISE(const auto rows, Materialise(plan, run));
  return ExecuteWriters(executions, run);
}

}  // namespace tideway::dataset
