#include "core/dataset/op/label_columns.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <nlohmann/json.hpp>

#include "core/dataset/columns.h"
#include "core/dataset/features.h"
#include "core/dataset/identity_text.h"

namespace tideway::dataset {
namespace {

using Names = std::map<std::string, std::vector<std::string>>;

class LabelColumns : public RowOperator {
 public:
  LabelColumns(NodePtr input, Names names)
      : RowOperator({std::move(input)}), names_(std::move(names)) {}

  std::string_view op() const override { return "label_columns"; }
  std::string Describe() const override {
    std::vector<std::string> columns;
    for (const auto& [column, _] : names_) columns.push_back(column);
    return JoinNames(columns);
  }
  Result<std::string> Identity(RunContext&) const override { return IdentityText(names_); }
  bool keeps_row_count() const override { return true; }
  bool cheap_to_reread() const override { return inputs()[0]->cheap_to_reread(); }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    SchemaPtr out = input;
    for (const auto& [column, names] : names_) {
      const int index = input->GetFieldIndex(column);
      if (index < 0 || input->field(index)->type()->id() != arrow::Type::INT64) continue;
      ARROW_ASSIGN_OR_RAISE(out, out->SetField(index, WithLabels(input->field(index), names)));
    }
    return out;
  }
  Result<Apply> Bind(const SchemaPtr&, const SchemaPtr& output, RunContext&) const override {
    return Apply([output](const BatchPtr& batch, Worker&) -> Result<BatchPtr> {
      return arrow::RecordBatch::Make(output, batch->num_rows(), batch->columns());
    });
  }

 private:
  const Names names_;
};

}  // namespace

NodePtr MakeLabelColumns(NodePtr input, Names names) {
  return std::make_shared<LabelColumns>(std::move(input), std::move(names));
}

}  // namespace tideway::dataset
