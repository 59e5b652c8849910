#include "core/dataset/op/filter_by.h"

#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <nlohmann/json.hpp>

#include "core/dataset/identity_text.h"
#include "core/dataset/op/filter_rows.h"
#include "core/dataset/op/select.h"

namespace tideway::dataset {
namespace {

class FilterBy : public RowOperator {
 public:
  FilterBy(NodePtr input, ExpressionPtr condition)
      : RowOperator({std::move(input)}), condition_(std::move(condition)) {}
  std::string_view op() const override { return "filter"; }
  std::string Describe() const override { return condition_->ToString(); }
  Result<std::string> Identity(RunContext&) const override {
    return "condition " + IdentityText(condition_->Identity());
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return NarrowBelow(*this, columns, ColumnsOf(*condition_), [this](NodePtr input) {
      return std::make_shared<FilterBy>(std::move(input), condition_);
    });
  }
  NodePtr Prune(const ExpressionPtr& condition) const override {
    NodePtr input = inputs()[0]->Prune(condition);
    return input == nullptr ? nullptr : std::make_shared<FilterBy>(std::move(input), condition_);
  }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    RETURN_NOT_OK(BindCondition(*input).status());
    return input;
  }

  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& /*output*/,
                     RunContext& /*run*/) const override {
    ARROW_ASSIGN_OR_RAISE(Bound condition, BindCondition(*input));
    return Apply([condition = std::move(condition)](const BatchPtr& batch, Worker&) {
      return Keep(batch, condition);
    });
  }

 private:
  Result<Bound> BindCondition(const arrow::Schema& schema) const {
    ARROW_ASSIGN_OR_RAISE(Bound condition, condition_->Bind(schema, op()));
    const auto type = condition.type->id();
    if (type == arrow::Type::NA) return BindCast(std::move(condition), arrow::boolean());
    if (type == arrow::Type::BOOL) return condition;
    return Error(ErrorKind::kUsage, "filter: condition must be true or false, not " +
                                        condition.type->ToString() + ": " + condition.text)
        .Hint("compare it, as with :eq(1)");
  }

  static Result<BatchPtr> Keep(const BatchPtr& batch, const Bound& condition) {
    auto column = EvaluateColumn(condition, *batch);
    if (!column.ok()) return WithContext("filter", column.status());
    return FilterRows(batch, static_cast<const arrow::BooleanArray&>(**column));
  }

  const ExpressionPtr condition_;
};

}  // namespace

NodePtr MakeFilterBy(NodePtr input, ExpressionPtr condition) {
  if (NodePtr pruned = input->Prune(condition)) input = std::move(pruned);
  return std::make_shared<FilterBy>(std::move(input), std::move(condition));
}

}  // namespace tideway::dataset
