#include "core/dataset/op/cache.h"

#include <mutex>

#include "core/dataset/materialise.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

class Cache : public Node {
 public:
  using Node::Node;
  std::string_view op() const override { return "cache"; }
  std::string Describe() const override { return ""; }
  Result<std::string> Identity(RunContext&) const override { return std::string(); }
  Result<SchemaPtr> schema(RunContext& run) const override { return inputs()[0]->schema(run); }

  Result<RowOrigins> Origins(int64_t row, RunContext&) const override {
    return RowOrigins{.rows = {{0, row}}, .all = 1};
  }

  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const auto rows, Rows(run));
    return rows->OpenStream();
  }

  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    if (run.pretends()) return PlanRows(*inputs()[0], run);
    ARROW_ASSIGN_OR_RAISE(const auto rows, Rows(run));
    return rows->rows();
  }

 private:
  Result<std::shared_ptr<BatchStore>> Rows(RunContext& run) const {
    std::lock_guard lock(mutex_);
    ARROW_ASSIGN_OR_RAISE(rows_, Materialise(*inputs()[0], run));
    return rows_;
  }

  mutable std::mutex mutex_;
  mutable std::shared_ptr<BatchStore> rows_;
};

}  // namespace

NodePtr MakeCache(NodePtr input) {
  return std::make_shared<Cache>(std::vector<NodePtr>{std::move(input)});
}

}  // namespace tideway::dataset
