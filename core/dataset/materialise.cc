#include "core/dataset/materialise.h"

#include "core/dataset/execute.h"

namespace tideway::dataset {
namespace {

// The rows of `plan` where the run has them, else null.
Result<std::shared_ptr<BatchStore>> FindRows(const Node& plan, RunContext& run) {
  if (!run.keeps_rows()) return nullptr;
  ARROW_ASSIGN_OR_RAISE(const std::string fingerprint, Fingerprint(plan, run));
  return run.KeptRows(fingerprint);
}

}  // namespace

Result<std::shared_ptr<BatchStore>> Materialise(const Node& plan, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(auto kept, FindRows(plan, run));
  if (kept != nullptr) return kept;
  ARROW_ASSIGN_OR_RAISE(auto stream, plan.Open(run));
  ARROW_ASSIGN_OR_RAISE(auto store, BatchStore::Create(stream->schema(), run));
  RETURN_NOT_OK(ForEachBatch(
      *stream,
      [&](int64_t index, int64_t, const BatchPtr& batch, Worker&) {
        return store->Put(index, batch);
      },
      run, plan.op()));
  store->Seal();
  // After running, because some sources learn only then what they read.
  ARROW_ASSIGN_OR_RAISE(const std::string fingerprint, Fingerprint(plan, run));
  run.KeepRows(fingerprint, store);
  return store;
}

Result<std::unique_ptr<Stream>> OpenPlan(const Node& plan, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(auto kept, FindRows(plan, run));
  if (kept != nullptr) return kept->OpenStream();
  return plan.Open(run);
}

Result<std::optional<int64_t>> PlanRows(const Node& plan, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(auto kept, FindRows(plan, run));
  if (kept != nullptr) return kept->rows();
  return plan.KnownRows(run);
}

}  // namespace tideway::dataset
