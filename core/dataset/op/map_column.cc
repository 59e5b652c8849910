#include "core/dataset/op/map_column.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "core/dataset/columns.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/op/select.h"

namespace tideway::dataset {
namespace {

class MapColumn : public RowOperator {
 public:
  MapColumn(NodePtr input, std::string column, KernelPtr kernel, std::string as)
      : RowOperator({std::move(input)}),
        column_(std::move(column)),
        kernel_(std::move(kernel)),
        as_(std::move(as)) {}
  std::string_view op() const override { return "map"; }
  bool keeps_row_count() const override { return true; }
  std::string Describe() const override {
    const std::string what = std::string(kernel_->name()) + " " + kernel_->OptionsJson();
    return as_.empty() ? column_ + ": " + what : as_ + ": " + what + " of " + column_;
  }
  Result<std::string> Identity(RunContext&) const override {
    if (as_.empty()) return IdentityText({column_, kernel_->name(), kernel_->OptionsJson()});
    return IdentityText({column_, kernel_->name(), kernel_->OptionsJson(), as_});
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    std::vector<std::string> wanted = columns;
    if (!as_.empty()) std::erase(wanted, as_);
    return NarrowBelow(*this, std::move(wanted), {column_}, [this](NodePtr input) {
      return std::make_shared<MapColumn>(std::move(input), column_, kernel_, as_);
    });
  }

 protected:
  // The column keeps what else is known about its field only while its type stays.
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(*input, column_, op()));
    const auto& field = input->field(index);
    auto type = kernel_->OutputType(*field->type());
    if (!type.ok()) return WithContext("map " + column_, type.status());
    if (!as_.empty()) {
      if (input->GetAllFieldIndices(as_).empty()) {
        return input->AddField(input->num_fields(), arrow::field(as_, *type));
      }
      return Error(ErrorKind::kUsage, "map: there is a column `" + as_ + "` already")
          .Hint("name another one with as, or leave it out to replace `" + column_ + "`");
    }
    if ((*type)->Equals(field->type())) return input;
    return input->SetField(index, arrow::field(column_, *type, field->nullable()));
  }

  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                     RunContext& /*run*/) const override {
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(*input, column_, op()));
    return Apply([this, index, output](const BatchPtr& batch, Worker& worker) -> Result<BatchPtr> {
      auto columns = batch->columns();
      auto& column = columns[static_cast<size_t>(index)];
      auto mapped = kernel_->Apply(column, worker);
      if (!mapped.ok()) return WithContext("map " + column_, mapped.status());
      if (as_.empty()) {
        column = std::move(*mapped);
      } else {
        columns.push_back(std::move(*mapped));
      }
      return arrow::RecordBatch::Make(output, batch->num_rows(), std::move(columns));
    });
  }

 private:
  const std::string column_;
  const KernelPtr kernel_;
  const std::string as_;
};

}  // namespace

NodePtr MakeMapColumn(NodePtr input, std::string column, KernelPtr kernel, std::string as) {
  return std::make_shared<MapColumn>(std::move(input), std::move(column), std::move(kernel),
                                     std::move(as));
}

}  // namespace tideway::dataset
