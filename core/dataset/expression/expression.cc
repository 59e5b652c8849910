#include "core/dataset/expression/expression.h"

#include <arrow/compute/cast.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/dataset/columns.h"
#include "core/dataset/expression/functions.h"

namespace tideway::dataset {
namespace {

bool IsPlainName(std::string_view name) {
  const auto letter = [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; };
  const auto plain = [&](char c) { return letter(c) || c == '_' || (c >= '0' && c <= '9'); };
  return !name.empty() && (letter(name[0]) || name[0] == '_') && std::ranges::all_of(name, plain);
}

class Column : public Expression {
 public:
  explicit Column(std::string name) : name_(std::move(name)) {}
  std::string ToString() const override { return IsPlainName(name_) ? name_ : "`" + name_ + "`"; }
  nlohmann::json Identity() const override { return {"column", name_}; }
  const std::string* column() const override { return &name_; }

  Result<Bound> Bind(const arrow::Schema& schema, std::string_view operation) const override {
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(schema, name_, operation));
    const TypePtr& type = schema.field(index)->type();
    Bound bound{.type = type,
                .text = ToString(),
                .literal = nullptr,
                .values = {},
                .evaluate = [index](const arrow::RecordBatch& batch) -> Result<arrow::Datum> {
                  return arrow::Datum(batch.column(index));
                }};
    if (type->id() != arrow::Type::DICTIONARY) return bound;
    return BindCast(std::move(bound),
                    static_cast<const arrow::DictionaryType&>(*type).value_type());
  }

 private:
  const std::string name_;
};

nlohmann::json IdentityOf(const arrow::Scalar& value) {
  const std::string text =
      arrow::is_base_binary_like(value.type->id()) ? TextOf(value) : value.ToString();
  return {value.type->ToString(), text};
}

class Literal : public Expression {
 public:
  explicit Literal(ScalarPtr value) : value_(std::move(value)) {}
  std::string ToString() const override { return ShowScalar(*value_); }
  nlohmann::json Identity() const override { return {"literal", IdentityOf(*value_)}; }
  ScalarPtr literal() const override { return value_; }
  Result<Bound> Bind(const arrow::Schema&, std::string_view) const override {
    return BindLiteral(value_, ToString());
  }

 private:
  const ScalarPtr value_;
};

class List : public Expression {
 public:
  explicit List(std::vector<ScalarPtr> values) : values_(std::move(values)) {}

  std::string ToString() const override {
    constexpr size_t kShown = 5;
    std::string text;
    for (size_t i = 0; i < std::min(kShown, values_.size()); ++i) {
      text += (i == 0 ? "" : ", ") + ShowScalar(*values_[i]);
    }
    if (values_.size() <= kShown) return "{" + text + "}";
    return "{" + text + ", ... " + std::to_string(values_.size()) + " values}";
  }
  nlohmann::json Identity() const override {
    nlohmann::json values = nlohmann::json::array();
    for (const ScalarPtr& value : values_) values.push_back(IdentityOf(*value));
    return {"list", std::move(values)};
  }
  std::span<const ScalarPtr> values() const override { return values_; }
  Result<Bound> Bind(const arrow::Schema&, std::string_view) const override {
    return Bound{.type = arrow::null(),
                 .text = ToString(),
                 .literal = nullptr,
                 .values = values_,
                 .evaluate = nullptr};
  }

 private:
  const std::vector<ScalarPtr> values_;
};

class Call : public Expression {
 public:
  Call(const Function& function, std::vector<ExpressionPtr> arguments, size_t size)
      : Expression(size), function_(function), arguments_(std::move(arguments)) {}

  bool is_infix() const override { return !function_.symbol.empty(); }
  std::string_view function() const override { return function_.name; }
  std::span<const ExpressionPtr> arguments() const override { return arguments_; }

  std::string ToString() const override {
    std::vector<std::string> texts;
    for (const ExpressionPtr& argument : arguments_) texts.push_back(argument->ToString());
    return TextOf(texts);
  }

  nlohmann::json Identity() const override {
    nlohmann::json parts = {"call", function_.name};
    for (const ExpressionPtr& argument : arguments_) parts.push_back(argument->Identity());
    return parts;
  }

  Result<Bound> Bind(const arrow::Schema& schema, std::string_view operation) const override {
    std::vector<Bound> bound;
    std::vector<std::string> texts;
    for (const ExpressionPtr& argument : arguments_) {
      ARROW_ASSIGN_OR_RAISE(bound.emplace_back(), argument->Bind(schema, operation));
      texts.push_back(bound.back().text);
    }
    auto result = function_.bind({.name = function_.name, .text = TextOf(texts)}, std::move(bound));
    if (!result.ok()) return WithContext(operation, result.status());
    return result;
  }

 private:
  // The call's text, of its arguments' texts.
  std::string TextOf(const std::vector<std::string>& texts) const {
    if (!is_infix()) return std::string(function_.name) + "(" + JoinNames(texts) + ")";
    const std::string symbol(function_.symbol);
    std::string text = texts.size() == 1 ? symbol : "";
    for (size_t i = 0; i < texts.size(); ++i) {
      if (i > 0) text += " " + symbol + " ";
      text += arguments_[i]->is_infix() ? "(" + texts[i] + ")" : texts[i];
    }
    return text;
  }

  const Function& function_;
  const std::vector<ExpressionPtr> arguments_;
};

void AddColumns(const Expression& expression, std::set<std::string>& columns) {
  if (expression.column() != nullptr) columns.insert(*expression.column());
  for (const ExpressionPtr& argument : expression.arguments()) AddColumns(*argument, columns);
}

}  // namespace

std::vector<std::string> ColumnsOf(const Expression& expression) {
  std::set<std::string> columns;
  AddColumns(expression, columns);
  return {columns.begin(), columns.end()};
}

ExpressionPtr MakeColumn(std::string name) { return std::make_shared<Column>(std::move(name)); }

ExpressionPtr MakeLiteral(ScalarPtr value) { return std::make_shared<Literal>(std::move(value)); }

ExpressionPtr MakeList(std::vector<ScalarPtr> values) {
  return std::make_shared<List>(std::move(values));
}

Result<ExpressionPtr> MakeCall(std::string_view name, std::vector<ExpressionPtr> arguments) {
  const Function* function = FindFunction(name);
  if (function == nullptr) {
    return Error(ErrorKind::kInternal, "expression: no function: " + std::string(name));
  }
  size_t size = 1;
  for (const ExpressionPtr& argument : arguments) size += argument->size();
  if (size > kMaxExpressionSize) {
    return Error(ErrorKind::kUsage, std::string(name) + ": an expression may have at most " +
                                        std::to_string(kMaxExpressionSize) +
                                        " parts: " + std::to_string(size))
        .Hint("compare with many values by is_in, or compute a column first by `with`");
  }
  if (function->check != nullptr) RETURN_NOT_OK(function->check(name, arguments));
  return std::make_shared<Call>(*function, std::move(arguments), size);
}

}  // namespace tideway::dataset
