#include "core/dataset/op/drop_nulls.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <nlohmann/json.hpp>

#include "core/dataset/columns.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/op/drop_rows.h"
#include "core/dataset/op/select.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

class DropNulls : public RowOperator {
 public:
  DropNulls(NodePtr input, std::vector<std::string> columns)
      : RowOperator({std::move(input)}), columns_(std::move(columns)) {
    for (const std::string& column : columns_) reasons_.push_back(column + " is null");
  }
  std::string_view op() const override { return "filter"; }
  std::string Describe() const override { return JoinNames(columns_) + " not null"; }
  Result<std::string> Identity(RunContext&) const override {
    return "not_null " + IdentityText(columns_);
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return NarrowBelow(*this, columns, columns_, [this](NodePtr input) {
      return std::make_shared<DropNulls>(std::move(input), columns_);
    });
  }
  NodePtr Prune(const ExpressionPtr& condition) const override {
    NodePtr input = inputs()[0]->Prune(condition);
    return input == nullptr ? nullptr : std::make_shared<DropNulls>(std::move(input), columns_);
  }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    RETURN_NOT_OK(Indices(*input).status());
    return input;
  }
  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& /*output*/,
                     RunContext& /*run*/) const override {
    ARROW_ASSIGN_OR_RAISE(auto indices, Indices(*input));
    return Apply([this, indices = std::move(indices)](const BatchPtr& batch, Worker& worker) {
      return Keep(batch, indices, worker);
    });
  }

 private:
  Result<std::vector<int>> Indices(const arrow::Schema& schema) const {
    std::vector<int> indices;
    for (const std::string& column : columns_) {
      ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(schema, column, op()));
      indices.push_back(index);
    }
    return indices;
  }

  Result<BatchPtr> Keep(const BatchPtr& batch, const std::vector<int>& indices,
                        Worker& worker) const {
    bool any = false;
    for (int index : indices) any = any || batch->column(index)->null_count() > 0;
    if (!any) return batch;
    return DropRows(batch, worker, [&](int64_t row) -> std::optional<std::string_view> {
      for (size_t i = 0; i < indices.size(); ++i) {
        if (batch->column(indices[i])->IsNull(row)) return reasons_[i];
      }
      return std::nullopt;
    });
  }

  const std::vector<std::string> columns_;
  std::vector<std::string> reasons_;  // of each column
};

}  // namespace

NodePtr MakeDropNulls(NodePtr input, std::vector<std::string> columns) {
  return std::make_shared<DropNulls>(std::move(input), std::move(columns));
}

}  // namespace tideway::dataset
