#include <arrow/api.h>

#include <utility>

#include "core/base/error.h"
#include "core/text/label_kernel_internal.h"

namespace tideway::text::internal {
namespace {

class LabelKernel : public dataset::ColumnKernel {
 public:
  LabelKernel(std::string name, std::string options_json, Label label)
      : name_(std::move(name)), options_json_(std::move(options_json)), label_(std::move(label)) {}

  std::string_view name() const override { return name_; }
  std::string OptionsJson() const override { return options_json_; }
  Result<std::shared_ptr<arrow::DataType>> OutputType(const arrow::DataType& input) const override {
    RETURN_NOT_OK(CheckTextType(input, name_));
    return arrow::utf8();
  }
  Result<std::shared_ptr<arrow::Array>> Apply(const std::shared_ptr<arrow::Array>& column,
                                              dataset::Worker&) const override {
    arrow::StringBuilder builder;
    RETURN_NOT_OK(builder.Reserve(column->length()));
    RETURN_NOT_OK(ForEachText(*column, name_, [&](int64_t row, std::string_view text) -> Status {
      const auto label = label_(text);
      RETURN_NOT_OK(builder.AppendNulls(row - builder.length()));
      return label ? builder.Append(*label) : builder.AppendNull();
    }));
    RETURN_NOT_OK(builder.AppendNulls(column->length() - builder.length()));
    return builder.Finish();
  }

 private:
  const std::string name_;
  const std::string options_json_;
  const Label label_;
};

template <typename ArrayType>
Status Visit(const arrow::Array& array,
             const std::function<Status(int64_t, std::string_view)>& visit) {
  const auto& column = static_cast<const ArrayType&>(array);
  for (int64_t row = 0; row < column.length(); ++row) {
    if (column.IsValid(row)) RETURN_NOT_OK(visit(row, column.GetView(row)));
  }
  return Status::OK();
}

}  // namespace

dataset::KernelPtr MakeLabelKernel(std::string name, std::string options_json, Label label) {
  return std::make_shared<LabelKernel>(std::move(name), std::move(options_json), std::move(label));
}

Status CheckTextType(const arrow::DataType& type, std::string_view name) {
  if (arrow::is_base_binary_like(type.id())) return Status::OK();
  return Error(ErrorKind::kUsage,
               std::string(name) + ": column must be binary or string: " + type.ToString());
}

Status ForEachText(const arrow::Array& column, std::string_view name,
                   const std::function<Status(int64_t row, std::string_view text)>& visit) {
  RETURN_NOT_OK(CheckTextType(*column.type(), name));
  if (arrow::is_binary_like(column.type_id())) return Visit<arrow::BinaryArray>(column, visit);
  return Visit<arrow::LargeBinaryArray>(column, visit);
}

}  // namespace tideway::text::internal
