#include "core/dataset/op/cache.h"

#include <mutex>

#include "core/base/hash.h"
#include "core/dataset/materialise.h"
#include "core/dataset/reuse/kept_rows.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

class Cache : public Node {
 public:
  Cache(NodePtr input, CacheOptions options) : Node({std::move(input)}), options_(options) {}
  std::string_view op() const override { return "cache"; }
  std::string Describe() const override { return options_.keep ? "keep" : ""; }
  Result<std::string> Identity(RunContext&) const override { return std::string(); }
  Result<SchemaPtr> schema(RunContext& run) const override { return inputs()[0]->schema(run); }
  Result<RowOrigins> Origins(int64_t row, RunContext&) const override {
    return RowOrigins{.rows = {{0, row}}, .all = 1};
  }

  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    RETURN_NOT_OK(Compute(run));
    return kept_ ? kept_->OpenStream() : stored_->OpenStream();
  }

  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    if (run.pretends()) return PlanRows(*inputs()[0], run);
    RETURN_NOT_OK(Compute(run));
    return kept_ ? kept_->rows : stored_->rows();
  }

 private:
  // Has one of the two, from then on.
  Status Compute(RunContext& run) const {
    std::lock_guard lock(mutex_);
    if (kept_) return Status::OK();
    if (!options_.keep || run.options().memory_folder.empty()) {
      return Materialise(*inputs()[0], run).Value(&stored_);
    }
    const KeptRowsFolder folder(run.options().memory_folder + "/rows");
    ARROW_ASSIGN_OR_RAISE(const std::string fingerprint, Fingerprint(*inputs()[0], run));
    const std::string name = Hash128Hex(run.options().version + "\n" + fingerprint);
    if (!run.options().fresh) {
      ARROW_ASSIGN_OR_RAISE(kept_, folder.Find(name, run));
    }
    if (kept_) return Status::OK();
    auto kept = folder.Keep(*inputs()[0], name, run);
    RETURN_NOT_OK(WithContext(op(), kept.status()));
    kept_ = *std::move(kept);
    return Status::OK();
  }

  const CacheOptions options_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<BatchStore> stored_;
  mutable std::optional<KeptRows> kept_;
};

}  // namespace

NodePtr MakeCache(NodePtr input, CacheOptions options) {
  return std::make_shared<Cache>(std::move(input), options);
}

}  // namespace tideway::dataset
