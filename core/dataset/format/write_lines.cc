#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <utility>

#include "core/base/encoding.h"
#include "core/dataset/columns.h"
#include "core/dataset/format/plain_type_internal.h"
#include "core/dataset/format/text_format_internal.h"
#include "core/dataset/format/value_text_internal.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/row_error.h"

namespace tideway::dataset {
namespace {

constexpr std::string_view kWriteText = "write.text";

class LinesEncoder : public RowEncoder {
 public:
  explicit LinesEncoder(std::string column) : column_(std::move(column)) {}
  std::string_view op() const override { return kWriteText; }
  std::string Identity() const override { return column_; }
  Status CheckColumns(const arrow::Schema& schema) const override;
  Status Encode(const arrow::RecordBatch& rows, EncodedRows& out) const override;

 private:
  Result<int> ColumnOf(const arrow::Schema& schema) const;

  const std::string column_;  // empty: the only one
};

Result<int> LinesEncoder::ColumnOf(const arrow::Schema& schema) const {
  if (!column_.empty()) return ColumnIndex(schema, column_, kWriteText);
  if (schema.num_fields() == 1) return 0;
  return Error(ErrorKind::kUsage,
               fmt::format("{}: which of {} columns is the text?", kWriteText, schema.num_fields()))
      .Hint("name it: column = \"text\"; there are " + JoinNames(ColumnNames(schema)));
}

Status LinesEncoder::CheckColumns(const arrow::Schema& schema) const {
  ARROW_ASSIGN_OR_RAISE(const int index, ColumnOf(schema));
  const auto& field = *schema.field(index);
  const auto type = PlainType(field.type());
  if (KindOfValue(*type) == ValueKind::kText) return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("{}: column `{}` is no text: {}", kWriteText,
                                              field.name(), type->ToString()))
      .Hint("make it text with cast, or write another format");
}

// What a reader would not give back as it is; empty when there is nothing.
std::string_view FaultOf(std::string_view text) {
  if (text.find('\n') != text.npos || text.ends_with('\r')) return "a line break";
  return text.starts_with(kByteOrderMark) ? "a byte order mark" : "";
}

Status LinesEncoder::Encode(const arrow::RecordBatch& rows, EncodedRows& out) const {
  ARROW_ASSIGN_OR_RAISE(const int index, ColumnOf(*rows.schema()));
  const auto array = StorageOf(rows.column(index));
  const auto texts = TextsOf(*array);
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    const std::string_view text = array->IsNull(row) ? "" : texts(row);
    const std::string_view fault = array->IsNull(row) ? "a null" : FaultOf(text);
    if (!fault.empty()) {
      return AtRow(
          row, Error(ErrorKind::kData, fmt::format("{}: column `{}`: {}, which a line cannot hold",
                                                   kWriteText, rows.column_name(index), fault))
                   .Hint("leave such rows out with filter, change them with replace, or "
                         "write JSON lines"));
    }
    out.text += text;
    out.text += '\n';
    out.ends.push_back(out.text.size());
  }
  return Status::OK();
}

}  // namespace

std::unique_ptr<const FileFormat> MakeTextFormat(std::string column) {
  return std::make_unique<TextFileFormat>(std::make_shared<LinesEncoder>(std::move(column)),
                                          std::vector<std::string>{".txt"});
}

}  // namespace tideway::dataset
