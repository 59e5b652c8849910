#include "core/pii/report.h"

#include <arrow/api.h>

#include <nlohmann/json.hpp>

#include "core/dataset/columns.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/op/select.h"
#include "core/pii/redact.h"

namespace tideway::pii {
namespace {

using dataset::BatchPtr;
using dataset::NodePtr;
using dataset::SchemaPtr;

class Report : public dataset::RowOperator {
 public:
  Report(NodePtr input, std::string file, std::string column, dataset::KernelPtr findings)
      : RowOperator({std::move(input)}),
        file_(std::move(file)),
        column_(std::move(column)),
        findings_(std::move(findings)) {}
  std::string_view op() const override { return "pii.report"; }
  std::string Describe() const override { return column_ + " " + findings_->OptionsJson(); }
  Result<std::string> Identity(dataset::RunContext&) const override {
    return dataset::IdentityText({file_, column_, findings_->OptionsJson()});
  }
  NodePtr Narrow(const std::vector<std::string>&) const override {
    NodePtr input = inputs()[0]->Narrow({file_, column_});
    if (input == nullptr) return nullptr;
    return std::make_shared<Report>(std::move(input), file_, column_, findings_);
  }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override {
    ARROW_ASSIGN_OR_RAISE(const int file, dataset::ColumnIndex(*input, file_, op()));
    ARROW_ASSIGN_OR_RAISE(const int column, dataset::ColumnIndex(*input, column_, op()));
    const auto type = findings_->OutputType(*input->field(column)->type());
    if (!type.ok()) return WithContext("pii.report " + column_, type.status());
    return arrow::schema({input->field(file)->WithName("file"), arrow::field("kind", arrow::utf8()),
                          arrow::field("start", arrow::int64()),
                          arrow::field("stop", arrow::int64())});
  }

  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                     dataset::RunContext&) const override {
    ARROW_ASSIGN_OR_RAISE(const int file, dataset::ColumnIndex(*input, file_, op()));
    ARROW_ASSIGN_OR_RAISE(const int column, dataset::ColumnIndex(*input, column_, op()));
    return Apply([this, file, column, output](const BatchPtr& batch,
                                              dataset::Worker& worker) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(const auto found, findings_->Apply(batch->column(column), worker));
      return Rows(static_cast<const arrow::ListArray&>(*found), *batch->column(file), output);
    });
  }

 private:
  // The lists one after another, with the file of each.
  static Result<BatchPtr> Rows(const arrow::ListArray& lists, const arrow::Array& files,
                               const SchemaPtr& output) {
    ARROW_ASSIGN_OR_RAISE(const auto builder, arrow::MakeBuilder(files.type()));
    const arrow::ArraySpan span(*files.data());
    for (int64_t row = 0; row < lists.length(); ++row) {
      for (int64_t i = 0; i < lists.value_length(row); ++i) {
        RETURN_NOT_OK(builder->AppendArraySlice(span, row, 1));
      }
    }
    ARROW_ASSIGN_OR_RAISE(auto file, builder->Finish());
    const auto& values = static_cast<const arrow::StructArray&>(*lists.values());
    arrow::ArrayVector columns = {std::move(file)};
    for (int i = 0; i < values.num_fields(); ++i) columns.push_back(values.field(i));
    return arrow::RecordBatch::Make(output, values.length(), std::move(columns));
  }

  const std::string file_;
  const std::string column_;
  const dataset::KernelPtr findings_;
};

}  // namespace

Result<NodePtr> MakeReport(NodePtr input, std::string file, std::string column,
                           const FindOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto findings, MakeFindings(options));
  return std::make_shared<Report>(std::move(input), std::move(file), std::move(column),
                                  std::move(findings));
}

}  // namespace tideway::pii
