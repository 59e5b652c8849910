#include "core/validate/row_rules.h"

#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

namespace tideway::validate {
namespace {

using dataset::Bound;
using dataset::ExpressionPtr;
using dataset::MakeCall;

Result<ExpressionPtr> Compared(const char* function, const std::string& column, double value) {
  return MakeCall(function,
                  {dataset::MakeColumn(column), dataset::MakeLiteral(arrow::MakeScalar(value))});
}

Result<ExpressionPtr> Between(const std::string& column, std::pair<double, double> fences) {
  ARROW_ASSIGN_OR_RAISE(auto above, Compared("ge", column, fences.first));
  ARROW_ASSIGN_OR_RAISE(auto below, Compared("le", column, fences.second));
  return MakeCall("and", {std::move(above), std::move(below)});
}

Result<Bound> BindRule(const Rule& rule, const dataset::Expression& condition,
                       const arrow::Schema& schema) {
  const std::string operation = "validate: " + rule.name;
  ARROW_ASSIGN_OR_RAISE(Bound bound, condition.Bind(schema, operation));
  const auto type = bound.type->id();
  if (type == arrow::Type::NA) return dataset::BindCast(std::move(bound), arrow::boolean());
  if (type == arrow::Type::BOOL) return bound;
  return Error(ErrorKind::kUsage, operation + ": condition must be true or false, not " +
                                      bound.type->ToString() + ": " + bound.text);
}

std::vector<uint32_t> FalseRows(const arrow::BooleanArray& column) {
  std::vector<uint32_t> rows;
  if (column.true_count() + column.null_count() == column.length()) return rows;
  for (int64_t row = 0; row < column.length(); ++row) {
    if (column.IsValid(row) && !column.Value(row)) rows.push_back(static_cast<uint32_t>(row));
  }
  return rows;
}

}  // namespace

Result<RowRules> RowRules::Make(const Rules& rules, const FencesByRule& fences,
                                const arrow::Schema& schema) {
  RowRules made;
  for (size_t i = 0; i < rules.rules.size(); ++i) {
    const Rule& rule = rules.rules[i];
    ExpressionPtr condition = rule.condition;
    if (rule.outliers && fences[i]) {
      ARROW_ASSIGN_OR_RAISE(condition, Between(rule.outliers->column, *fences[i]));
    }
    auto& bound = made.bound_.emplace_back();
    if (condition == nullptr) continue;
    ARROW_ASSIGN_OR_RAISE(bound, BindRule(rule, *condition, schema));
  }
  return made;
}

Result<FailedRows> RowRules::Check(const arrow::RecordBatch& batch) const {
  FailedRows failed(bound_.size());
  for (size_t i = 0; i < bound_.size(); ++i) {
    if (!bound_[i]) continue;
    auto column = dataset::EvaluateColumn(*bound_[i], batch);
    if (!column.ok()) return WithContext("validate", column.status());
    failed[i] = FalseRows(static_cast<const arrow::BooleanArray&>(**column));
  }
  return failed;
}

}  // namespace tideway::validate
