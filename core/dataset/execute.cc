#include "core/dataset/execute.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>

#include "core/base/mapped_pool.h"
#include "core/dataset/materialise.h"
#include "core/dataset/pipeline_internal.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

using internal::Pipeline;
using internal::WorkerPool;

// The batches that each of several pipelines may have in flight.
int Tokens(const RunContext& run, int pipelines) {
  return std::max(2, run.batches_in_flight() / std::max(1, pipelines));
}

// So many batches without rows or columns.
class NumberStream : public Stream {
 public:
  explicit NumberStream(size_t count) : count_(count) {}
  const SchemaPtr& schema() const override { return schema_; }
  Result<Morsel> Next() override {
    if (next_ == count_) return Morsel();
    ++next_;
    return Morsel([this](Worker&) { return arrow::RecordBatch::MakeEmpty(schema_); });
  }
  std::optional<double> Share() const override {
    return static_cast<double>(next_) / static_cast<double>(count_);
  }

 private:
  const size_t count_;
  const SchemaPtr schema_ = arrow::schema(arrow::FieldVector());
  size_t next_ = 0;
};

Result<std::vector<std::unique_ptr<Stream>>> OpenAll(const std::vector<Execution>& executions,
                                                     RunContext& run) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (const Execution& execution : executions) {
    ARROW_ASSIGN_OR_RAISE(auto stream, OpenPlan(*execution.plan, run));
    RETURN_NOT_OK(execution.sink->Open(stream->schema()));
    streams.push_back(std::move(stream));
  }
  return streams;
}

}  // namespace

Status Execute(const Node& plan, Sink& sink, RunContext& run) {
  // Borrowed for the duration of this call.
  return ExecuteAll({{NodePtr(NodePtr(), &plan), &sink}}, run);
}

Status ExecuteAll(const std::vector<Execution>& executions, RunContext& run) {
  if (executions.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto streams, OpenAll(executions, run));
  const int count = static_cast<int>(executions.size());
  const int tokens = Tokens(run, count);
  const RunContext::Executing executing(run, tokens * count);
  WorkerPool workers;
  const auto stage = run.progress().Start(executions[0].sink->name(), executions.size());
  std::atomic<bool> stop = false;
  std::vector<std::unique_ptr<Pipeline>> pipelines;
  for (size_t i = 0; i < executions.size(); ++i) {
    Sink* sink = executions[i].sink;
    pipelines.push_back(std::make_unique<Pipeline>(*streams[i], workers, run));
    pipelines.back()->set_stop(&stop);
    pipelines.back()->set_stage(stage.get(), i);
    pipelines.back()->set_consume([sink](const BatchPtr& batch) { return sink->Consume(batch); });
  }
  tbb::task_arena arena(run.workers());
  arena.execute([&] {
    tbb::parallel_for(size_t{0}, pipelines.size(), [&](size_t i) { pipelines[i]->Run(tokens); });
  });
  MappedPool::Get().ReleaseUnused();
  for (const auto& pipeline : pipelines) RETURN_NOT_OK(pipeline->status());
  for (const Execution& execution : executions) RETURN_NOT_OK(execution.sink->Finish());
  return Status::OK();
}

Status ForEachBatch(Stream& input, const Visit& visit, RunContext& run, std::string_view name) {
  const int tokens = run.batches_in_flight();
  const RunContext::Executing executing(run, tokens);
  WorkerPool workers;
  Pipeline pipeline(input, workers, run);
  pipeline.set_visit(&visit);
  const auto stage = name.empty() ? nullptr : run.progress().Start(name);
  pipeline.set_stage(stage.get(), 0);
  tbb::task_arena arena(run.workers());
  arena.execute([&] { pipeline.Run(tokens); });
  MappedPool::Get().ReleaseUnused();
  return pipeline.status();
}

Status ForEachNumber(size_t count, const std::function<Status(size_t)>& visit, RunContext& run,
                     std::string_view stage) {
  NumberStream numbers(count);
  return ForEachBatch(
      numbers,
      [&](int64_t index, int64_t, const BatchPtr&, Worker&) {
        return visit(static_cast<size_t>(index));
      },
      run, stage);
}

}  // namespace tideway::dataset
