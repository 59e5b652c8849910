#include "core/dataset/text_kernel.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>
#include <arrow/type.h>

#include <utility>

#include "core/base/error.h"

namespace tideway::dataset {
namespace {

class TextKernel : public ColumnKernel {
 public:
  TextKernel(std::string name, std::string options_json, OfText of, TextTypes types)
      : name_(std::move(name)),
        options_json_(std::move(options_json)),
        of_(std::move(of)),
        types_(types) {}

  std::string_view name() const override { return name_; }
  std::string OptionsJson() const override { return options_json_; }
  Result<std::shared_ptr<arrow::DataType>> OutputType(const arrow::DataType& input) const override {
    RETURN_NOT_OK(CheckTextType(input, name_, types_));
    return arrow::utf8();
  }
  Result<std::shared_ptr<arrow::Array>> Apply(const std::shared_ptr<arrow::Array>& column,
                                              Worker&) const override {
    RETURN_NOT_OK(OutputType(*column->type()));
    arrow::StringBuilder builder;
    RETURN_NOT_OK(builder.Reserve(column->length()));
    RETURN_NOT_OK(ForEachText(*column, name_, [&](int64_t row, std::string_view text) -> Status {
      ARROW_ASSIGN_OR_RAISE(const auto said, of_(text));
      RETURN_NOT_OK(builder.AppendNulls(row - builder.length()));
      return said ? builder.Append(*said) : builder.AppendNull();
    }));
    RETURN_NOT_OK(builder.AppendNulls(column->length() - builder.length()));
    return builder.Finish();
  }

 private:
  const std::string name_;
  const std::string options_json_;
  const OfText of_;
  const TextTypes types_;
};

template <typename ArrayType>
Status VisitTexts(const arrow::Array& array,
                  const std::function<Status(int64_t, std::string_view)>& visit) {
  const auto& column = static_cast<const ArrayType&>(array);
  for (int64_t row = 0; row < column.length(); ++row) {
    if (column.IsValid(row)) RETURN_NOT_OK(visit(row, column.GetView(row)));
  }
  return Status::OK();
}

}  // namespace

KernelPtr MakeTextKernel(std::string name, std::string options_json, OfText of, TextTypes types) {
  return std::make_shared<TextKernel>(std::move(name), std::move(options_json), std::move(of),
                                      types);
}

Status CheckTextType(const arrow::DataType& type, std::string_view name, TextTypes types) {
  const bool only_strings = types == TextTypes::kString;
  if (only_strings ? arrow::is_string(type.id()) : arrow::is_base_binary_like(type.id())) {
    return Status::OK();
  }
  const char* const wanted = only_strings ? "string" : "binary or string";
  return Error(ErrorKind::kUsage,
               std::string(name) + ": column must be " + wanted + ": " + type.ToString());
}

Status ForEachText(const arrow::Array& column, std::string_view name,
                   const std::function<Status(int64_t row, std::string_view text)>& visit) {
  RETURN_NOT_OK(CheckTextType(*column.type(), name));
  if (arrow::is_binary_like(column.type_id())) return VisitTexts<arrow::BinaryArray>(column, visit);
  return VisitTexts<arrow::LargeBinaryArray>(column, visit);
}

}  // namespace tideway::dataset
