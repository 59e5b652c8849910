#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <set>

#include "core/dataset/format/json_text.h"
#include "core/dataset/format/plain_type_internal.h"
#include "core/dataset/format/text_format_internal.h"
#include "core/dataset/format/value_text_internal.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/row_error.h"

namespace tideway::dataset {
namespace {

using arrow::Type;

constexpr std::string_view kWriteJsonl = "write.jsonl";

Status NotFiniteIn(const std::string& path, std::string_view value) {
  return Error(ErrorKind::kData,
               fmt::format("{}: column `{}`: JSON has no {}", kWriteJsonl, path, value))
      .Hint("make such numbers null first, with map and tw.null, or write Parquet or CSV");
}

Status CheckType(const arrow::DataType& type, const std::string& path);

Status CheckMembers(const arrow::FieldVector& fields, const std::string& path) {
  std::set<std::string> names;
  for (const auto& field : fields) {
    const std::string member = path.empty() ? field->name() : path + "." + field->name();
    if (!names.insert(field->name()).second) return TwoColumnsNamed(kWriteJsonl, member);
    RETURN_NOT_OK(CheckType(*PlainType(field->type()), member));
  }
  return Status::OK();
}

Status CheckType(const arrow::DataType& type, const std::string& path) {
  if (KindOfValue(type) != ValueKind::kOther) return Status::OK();
  switch (type.id()) {
    case Type::EXTENSION:
      return CheckType(*static_cast<const arrow::ExtensionType&>(type).storage_type(), path);
    case Type::STRUCT:
      return CheckMembers(type.fields(), path);
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST:
      return CheckType(*type.field(0)->type(), path + "[]");
    default:
      return Error(ErrorKind::kUsage, fmt::format("{}: column `{}`: JSON cannot hold {}",
                                                  kWriteJsonl, path, type.ToString()))
          .Hint("leave it out with drop, make it text with map, or write Parquet");
  }
}

class JsonlEncoder : public RowEncoder {
 public:
  std::string_view op() const override { return kWriteJsonl; }
  Status CheckColumns(const arrow::Schema& schema) const override {
    return CheckMembers(schema.fields(), "");
  }
  Status Encode(const arrow::RecordBatch& rows, EncodedRows& out) const override {
    const auto objects = std::make_shared<arrow::StructArray>(
        arrow::struct_(rows.schema()->fields()), rows.num_rows(), rows.columns());
    const AppendJson append = JsonText(objects, "", NotFiniteIn);
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      const Status status = append(row, out.text);
      if (!status.ok()) return AtRow(row, status);
      out.text += '\n';
      out.ends.push_back(out.text.size());
    }
    return Status::OK();
  }
};

}  // namespace

std::unique_ptr<const FileFormat> MakeJsonlFormat() {
  return std::make_unique<TextFileFormat>(std::make_shared<JsonlEncoder>(),
                                          std::vector<std::string>{".jsonl", ".ndjson"});
}

}  // namespace tideway::dataset
