#include "core/text/clean.h"

#include <arrow/api.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>

#include <cstring>

#include "core/text/row_cleaner_internal.h"

namespace tideway::text {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

// Cleans the rows of `column` into `values` and `ends`, the end of each row's text.
template <typename ArrayType>
void CleanRows(const ArrayType& column, const CleanOptions& options, uint8_t* values,
               typename ArrayType::offset_type* ends) {
  using Offset = typename ArrayType::offset_type;
  const uint8_t* data = column.raw_data();
  const Offset* offsets = column.raw_value_offsets();
  internal::RowCleaner cleaner(options, data + offsets[0], column.total_values_length());
  uint8_t* out = values;
  for (int64_t row = 0; row < column.length(); ++row) {
    if (column.IsValid(row)) {
      out = cleaner.Clean(data + offsets[row], data + offsets[row + 1], out);
    }
    ends[row] = static_cast<Offset>(out - values);
  }
}

Result<std::shared_ptr<arrow::Buffer>> CopyValidity(const arrow::Array& column) {
  if (column.null_count() == 0) return nullptr;
  return arrow::internal::CopyBitmap(arrow::default_memory_pool(), column.null_bitmap_data(),
                                     column.offset(), column.length());
}

template <typename ArrayType>
Result<ArrayPtr> CleanArray(const ArrayPtr& array, const CleanOptions& options) {
  using Offset = typename ArrayType::offset_type;
  const auto& column = static_cast<const ArrayType&>(*array);
  const int64_t size = column.total_values_length();
  if (size == 0) return array;
  ARROW_ASSIGN_OR_RAISE(auto values, arrow::AllocateResizableBuffer(size));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                        arrow::AllocateBuffer((column.length() + 1) * sizeof(Offset)));
  auto* begins = reinterpret_cast<Offset*>(offsets->mutable_data());
  begins[0] = 0;
  CleanRows(column, options, values->mutable_data(), begins + 1);

  const int64_t new_size = begins[column.length()];
  const uint8_t* old_values = column.raw_data() + column.value_offset(0);
  if (new_size == size && std::memcmp(values->data(), old_values, size) == 0) return array;
  // Shrinking may copy, so give memory back only where it is much.
  RETURN_NOT_OK(values->Resize(new_size, /*shrink_to_fit=*/new_size < size / 2));
  ARROW_ASSIGN_OR_RAISE(auto validity, CopyValidity(column));
  return std::make_shared<ArrayType>(column.length(), std::move(offsets), std::move(values),
                                     std::move(validity), column.null_count());
}

class CleanKernel : public dataset::ColumnKernel {
 public:
  explicit CleanKernel(const CleanOptions& options) : options_(options) {}

  std::string_view name() const override { return "text.clean"; }

  std::string OptionsJson() const override {
    return fmt::format(R"({{"urls":{},"html":{},"newlines":{},"whitespace":{}}})", options_.urls,
                       options_.html, options_.newlines, options_.whitespace);
  }

  Result<std::shared_ptr<arrow::DataType>> OutputType(const arrow::DataType& input) const override {
    if (input.id() == arrow::Type::STRING) return arrow::utf8();
    if (input.id() == arrow::Type::LARGE_STRING) return arrow::large_utf8();
    return Error(ErrorKind::kUsage, "text.clean: column must be string: " + input.ToString());
  }

  Result<ArrayPtr> Apply(const ArrayPtr& column, dataset::Worker&) const override {
    RETURN_NOT_OK(OutputType(*column->type()));
    if (column->type_id() == arrow::Type::STRING) {
      return CleanArray<arrow::StringArray>(column, options_);
    }
    return CleanArray<arrow::LargeStringArray>(column, options_);
  }

 private:
  const CleanOptions options_;
};

}  // namespace

std::string CleanString(std::string_view text, const CleanOptions& options) {
  if (text.empty()) return {};
  std::string cleaned(text.size(), '\0');
  const auto* begin = reinterpret_cast<const uint8_t*>(text.data());
  auto* out = reinterpret_cast<uint8_t*>(cleaned.data());
  internal::RowCleaner cleaner(options, begin, static_cast<int64_t>(text.size()));
  cleaned.resize(static_cast<size_t>(cleaner.Clean(begin, begin + text.size(), out) - out));
  return cleaned;
}

dataset::KernelPtr MakeClean(const CleanOptions& options) {
  return std::make_shared<CleanKernel>(options);
}

}  // namespace tideway::text
