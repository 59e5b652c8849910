#include "core/quality/kernels.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <limits>
#include <utility>

#include "core/base/error.h"

namespace tideway::quality {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

class TextKernel : public dataset::ColumnKernel {
 public:
  TextKernel(std::string name, std::string options_json, OfText of)
      : name_(std::move(name)), options_json_(std::move(options_json)), of_(std::move(of)) {}

  std::string_view name() const override { return name_; }
  std::string OptionsJson() const override { return options_json_; }
  Result<std::shared_ptr<arrow::DataType>> OutputType(const arrow::DataType& input) const override {
    if (arrow::is_string(input.id())) return arrow::utf8();
    return Error(ErrorKind::kUsage,
                 fmt::format("{}: column must be string: {}", name_, input.ToString()));
  }
  Result<ArrayPtr> Apply(const ArrayPtr& column, dataset::Worker&) const override {
    RETURN_NOT_OK(OutputType(*column->type()));
    if (column->type_id() == arrow::Type::STRING) return Each<arrow::StringArray>(*column);
    return Each<arrow::LargeStringArray>(*column);
  }

 private:
  template <typename ArrayType>
  Result<ArrayPtr> Each(const arrow::Array& array) const {
    const auto& column = static_cast<const ArrayType&>(array);
    arrow::StringBuilder said;
    RETURN_NOT_OK(said.Reserve(column.length()));
    for (int64_t row = 0; row < column.length(); ++row) {
      const std::string_view text = column.GetView(row);
      if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
        return Error(ErrorKind::kData, fmt::format("{}: a text of {} bytes", name_, text.size()))
            .Hint("leave such rows out: texts may have less than 2 GiB");
      }
      const auto result = column.IsNull(row) ? std::nullopt : of_(text);
      RETURN_NOT_OK(result ? said.Append(*result) : said.AppendNull());
    }
    return said.Finish();
  }

  const std::string name_;
  const std::string options_json_;
  const OfText of_;
};

}  // namespace

dataset::KernelPtr MakeTextKernel(std::string name, std::string options_json, OfText of) {
  return std::make_shared<TextKernel>(std::move(name), std::move(options_json), std::move(of));
}

}  // namespace tideway::quality
