#include "core/dataset/op/with.h"

#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/dataset/columns.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/op/select.h"

namespace tideway::dataset {
namespace {

// A column to compute: where it goes, and how.
struct Target {
  int index;  // of the output
  std::string name;
  Bound value;
};

class With : public RowOperator {
 public:
  With(NodePtr input, std::vector<NamedExpression> columns)
      : RowOperator({std::move(input)}), columns_(std::move(columns)) {
    std::ranges::sort(columns_, {}, &NamedExpression::first);
  }
  std::string_view op() const override { return "with"; }
  bool keeps_row_count() const override { return true; }
  bool cheap_to_reread() const override { return inputs()[0]->cheap_to_reread(); }
  std::string Describe() const override {
    std::vector<std::string> texts;
    for (const auto& [name, value] : columns_) texts.push_back(name + " = " + value->ToString());
    return JoinNames(texts);
  }
  Result<std::string> Identity(RunContext&) const override {
    nlohmann::json columns = nlohmann::json::array();
    for (const auto& [name, value] : columns_) columns.push_back({name, value->Identity()});
    return IdentityText(columns);
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    std::vector<std::string> wanted;
    for (const std::string& column : columns) {
      const auto made = std::ranges::find(columns_, column, &NamedExpression::first);
      if (made == columns_.end()) wanted.push_back(column);
    }
    std::vector<std::string> own;
    for (const auto& [name, value] : columns_) {
      for (std::string& column : ColumnsOf(*value)) own.push_back(std::move(column));
    }
    return NarrowBelow(*this, std::move(wanted), own,
                       [this](NodePtr input) { return Remade(std::move(input)); });
  }

 protected:
  const std::vector<NamedExpression>& columns() const { return columns_; }
  // The same over another input.
  virtual NodePtr Remade(NodePtr input) const {
    return std::make_shared<With>(std::move(input), columns_);
  }
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    ARROW_ASSIGN_OR_RAISE(const auto targets, Targets(*input));
    SchemaPtr output = input;
    for (const Target& target : targets) {
      if (target.index == output->num_fields()) {
        ARROW_ASSIGN_OR_RAISE(
            output, output->AddField(target.index, arrow::field(target.name, target.value.type)));
      } else {
        const auto field = Replaced(*output->field(target.index), target.value.type);
        ARROW_ASSIGN_OR_RAISE(output, output->SetField(target.index, field));
      }
    }
    return output;
  }

  // What takes the place of a column.
  virtual std::shared_ptr<arrow::Field> Replaced(const arrow::Field& field,
                                                 const TypePtr& type) const {
    return arrow::field(field.name(), type);
  }

  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                     RunContext& /*run*/) const override {
    ARROW_ASSIGN_OR_RAISE(auto targets, Targets(*input));
    return Apply([this, targets = std::move(targets), output](const BatchPtr& batch,
                                                              Worker&) -> Result<BatchPtr> {
      auto columns = batch->columns();
      columns.resize(static_cast<size_t>(output->num_fields()));
      for (const Target& target : targets) {
        auto column = EvaluateColumn(target.value, *batch);
        if (!column.ok()) return WithContext(Where(target.name), column.status());
        columns[static_cast<size_t>(target.index)] = std::move(*column);
      }
      return arrow::RecordBatch::Make(output, batch->num_rows(), std::move(columns));
    });
  }

 private:
  std::string Where(const std::string& name) const { return std::string(op()) + " " + name; }

  Result<std::vector<Target>> Targets(const arrow::Schema& input) const {
    std::vector<Target> targets;
    int next = input.num_fields();
    for (const auto& [name, value] : columns_) {
      ARROW_ASSIGN_OR_RAISE(Bound bound, value->Bind(input, Where(name)));
      const bool is_new = input.GetAllFieldIndices(name).empty();
      const Result<int> place = is_new ? Result<int>(next++) : ColumnIndex(input, name, op());
      ARROW_ASSIGN_OR_RAISE(const int index, place);
      targets.push_back({index, name, std::move(bound)});
    }
    return targets;
  }

  std::vector<NamedExpression> columns_;
};

// Each column by a cast of its own: what else is known about it stays while its type does.
class Cast : public With {
 public:
  Cast(NodePtr input, std::vector<NamedExpression> columns, std::string text)
      : With(std::move(input), std::move(columns)), text_(std::move(text)) {}
  std::string_view op() const override { return "cast"; }
  std::string Describe() const override { return text_; }

 protected:
  NodePtr Remade(NodePtr input) const override {
    return std::make_shared<Cast>(std::move(input), columns(), text_);
  }
  std::shared_ptr<arrow::Field> Replaced(const arrow::Field& field,
                                         const TypePtr& type) const override {
    if (field.type()->Equals(*type)) return field.WithType(type);
    return arrow::field(field.name(), type, field.nullable());
  }

 private:
  const std::string text_;
};

}  // namespace

Result<NodePtr> MakeWith(NodePtr input, std::vector<NamedExpression> columns) {
  if (columns.empty()) {
    return Error(ErrorKind::kUsage, "with: no columns given")
        .Hint("write rows:with { size = tw.col(\"text\"):length() }");
  }
  return std::make_shared<With>(std::move(input), std::move(columns));
}

Result<NodePtr> MakeCast(NodePtr input,
                         const std::vector<std::pair<std::string, std::string>>& types) {
  if (types.empty()) {
    return Error(ErrorKind::kUsage, "cast: no columns given")
        .Hint("write rows:cast { id = \"int64\" }");
  }
  std::vector<NamedExpression> columns;
  std::vector<std::string> texts;
  for (const auto& [name, type] : types) {
    texts.push_back(name + " to " + type);
    auto value = MakeCall("cast", {MakeColumn(name), MakeLiteral(arrow::MakeScalar(type))});
    ARROW_ASSIGN_OR_RAISE(auto cast, value);
    columns.emplace_back(name, std::move(cast));
  }
  return std::make_shared<Cast>(std::move(input), std::move(columns), JoinNames(texts));
}

}  // namespace tideway::dataset
