#include "core/dataset/op/filter_by_rules.h"

#include <arrow/array/array_binary.h>
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

class FilterByRules : public RowOperator {
 public:
  FilterByRules(NodePtr input, std::string column, KernelPtr rules)
      : RowOperator({std::move(input)}), column_(std::move(column)), rules_(std::move(rules)) {}
  std::string_view op() const override { return "filter"; }
  std::string Describe() const override {
    return column_ + ": " + std::string(rules_->name()) + " " + rules_->OptionsJson();
  }
  Result<std::string> Identity(RunContext&) const override {
    return "rules " + IdentityText({column_, rules_->name(), rules_->OptionsJson()});
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return NarrowBelow(*this, columns, {column_}, [this](NodePtr input) {
      return std::make_shared<FilterByRules>(std::move(input), column_, rules_);
    });
  }
  NodePtr Prune(const ExpressionPtr& condition) const override {
    NodePtr input = inputs()[0]->Prune(condition);
    return input == nullptr ? nullptr
                            : std::make_shared<FilterByRules>(std::move(input), column_, rules_);
  }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    RETURN_NOT_OK(BoundColumn(*input).status());
    return input;
  }
  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& /*output*/,
                     RunContext& /*run*/) const override {
    ARROW_ASSIGN_OR_RAISE(const int index, BoundColumn(*input));
    return Apply([this, index](const BatchPtr& batch, Worker& worker) -> Result<BatchPtr> {
      auto failed = rules_->Apply(batch->column(index), worker);
      if (!failed.ok()) return WithContext("filter " + column_, failed.status());
      return Keep(batch, static_cast<const arrow::StringArray&>(**failed), worker);
    });
  }

 private:
  Result<int> BoundColumn(const arrow::Schema& schema) const {
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(schema, column_, op()));
    auto type = rules_->OutputType(*schema.field(index)->type());
    if (!type.ok()) return WithContext("filter " + column_, type.status());
    if ((*type)->id() == arrow::Type::STRING) return index;
    return Error(ErrorKind::kUsage, "filter: `" + std::string(rules_->name()) +
                                        "` gives no names of rules, but " + (*type)->ToString())
        .Hint("compare it in a column of its own: with, map, then filter");
  }

  static Result<BatchPtr> Keep(const BatchPtr& batch, const arrow::StringArray& failed,
                               Worker& worker) {
    if (failed.null_count() == failed.length()) return batch;
    return DropRows(batch, worker, [&](int64_t row) -> std::optional<std::string_view> {
      if (failed.IsNull(row)) return std::nullopt;
      return failed.GetView(row);
    });
  }

  const std::string column_;
  const KernelPtr rules_;
};

}  // namespace

NodePtr MakeFilterByRules(NodePtr input, std::string column, KernelPtr rules) {
  return std::make_shared<FilterByRules>(std::move(input), std::move(column), std::move(rules));
}

}  // namespace tideway::dataset
