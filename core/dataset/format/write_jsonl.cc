#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <functional>
#include <set>
#include <utility>

#include "core/dataset/format/plain_type_internal.h"
#include "core/dataset/format/text_format_internal.h"
#include "core/dataset/format/value_text_internal.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/row_error.h"

namespace tideway::dataset {
namespace {

using arrow::Type;

constexpr std::string_view kOp = "write.jsonl";

void AppendEscape(char c, std::string& out) {
  constexpr std::string_view kShort = "\b\f\n\r\t\"\\";
  const size_t at = kShort.find(c);
  if (at != kShort.npos) {
    out += '\\';
    out += "bfnrt\"\\"[at];
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<int>(c));
  }
}

void AppendString(std::string_view text, std::string& out) {
  out += '"';
  size_t done = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(done, at - done);
    AppendEscape(c, out);
    done = at + 1;
  }
  out += text.substr(done);
  out += '"';
}

// Appends the value in a row of one array, or "null".
using AppendJson = std::function<Status(int64_t row, std::string& out)>;

// `path` names the column in errors: "scores[].mean".
AppendJson JsonOf(const std::shared_ptr<arrow::Array>& given, const std::string& path);

template <typename Append>
AppendJson OrNull(const std::shared_ptr<arrow::Array>& array, Append append) {
  return [array, append = std::move(append)](int64_t row, std::string& out) -> Status {
    if (array->IsNull(row)) {
      out += "null";
      return Status::OK();
    }
    return append(row, out);
  };
}

Error NotFinite(const std::string& path, std::string_view value) {
  return Error(ErrorKind::kData, fmt::format("{}: column `{}`: JSON has no {}", kOp, path, value))
      .Hint("make such numbers null first, with map and tw.null, or write Parquet or CSV");
}

AppendJson FloatsOf(const std::shared_ptr<arrow::Array>& array, const std::string& path) {
  return OrNull(array,
                [value = ValueText(*array), finite = FiniteIn(*array), path](
                    int64_t row, std::string& out) -> Status {
                  const size_t before = out.size();
                  value(row, out);
                  if (finite(row)) return Status::OK();
                  return NotFinite(path, out.substr(before));
                });
}

AppendJson StructsOf(const std::shared_ptr<arrow::Array>& array, const std::string& path) {
  const auto& structs = static_cast<const arrow::StructArray&>(*array);
  std::vector<std::pair<std::string, AppendJson>> members;
  for (int i = 0; i < structs.num_fields(); ++i) {
    const std::string& name = structs.type()->field(i)->name();
    std::string key = i == 0 ? "" : ",";
    AppendString(name, key);
    members.emplace_back(key + ":",
                         JsonOf(structs.field(i), path.empty() ? name : path + "." + name));
  }
  return OrNull(array, [members = std::move(members)](int64_t row, std::string& out) -> Status {
    out += '{';
    for (const auto& [key, append] : members) {
      out += key;
      RETURN_NOT_OK(append(row, out));
    }
    out += '}';
    return Status::OK();
  });
}

template <typename ListArray>
AppendJson ListsOf(const std::shared_ptr<arrow::Array>& array, const std::string& path) {
  const auto& lists = static_cast<const ListArray&>(*array);
  return OrNull(array,
                [&lists, item = JsonOf(lists.values(), path + "[]")](int64_t row,
                                                                     std::string& out) -> Status {
                  out += '[';
                  const int64_t first = lists.value_offset(row);
                  const int64_t end = first + lists.value_length(row);
                  for (int64_t i = first; i < end; ++i) {
                    if (i > first) out += ',';
                    RETURN_NOT_OK(item(i, out));
                  }
                  out += ']';
                  return Status::OK();
                });
}

AppendJson NestedOf(const std::shared_ptr<arrow::Array>& array, const std::string& path) {
  switch (array->type_id()) {
    case Type::LIST:
      return ListsOf<arrow::ListArray>(array, path);
    case Type::LARGE_LIST:
      return ListsOf<arrow::LargeListArray>(array, path);
    case Type::FIXED_SIZE_LIST:
      return ListsOf<arrow::FixedSizeListArray>(array, path);
    default:
      return StructsOf(array, path);
  }
}

AppendJson JsonOf(const std::shared_ptr<arrow::Array>& given, const std::string& path) {
  const auto array = StorageOf(given);
  switch (KindOfValue(*array->type())) {
    case ValueKind::kNull:
      return [](int64_t, std::string& out) {
        out += "null";
        return Status::OK();
      };
    case ValueKind::kFloat:
      return FloatsOf(array, path);
    case ValueKind::kText:
      return OrNull(array, [texts = TextsOf(*array)](int64_t row, std::string& out) {
        AppendString(texts(row), out);
        return Status::OK();
      });
    case ValueKind::kMoment:
      return OrNull(array, [value = ValueText(*array)](int64_t row, std::string& out) {
        out += '"';
        value(row, out);
        out += '"';
        return Status::OK();
      });
    case ValueKind::kBool:
    case ValueKind::kInteger:
      return OrNull(array, [value = ValueText(*array)](int64_t row, std::string& out) {
        value(row, out);
        return Status::OK();
      });
    case ValueKind::kOther:
      break;
  }
  return NestedOf(array, path);
}

Status CheckType(const arrow::DataType& type, const std::string& path);

Status CheckMembers(const arrow::FieldVector& fields, const std::string& path) {
  std::set<std::string> names;
  for (const auto& field : fields) {
    const std::string member = path.empty() ? field->name() : path + "." + field->name();
    if (!names.insert(field->name()).second) return TwoColumnsNamed(kOp, member);
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
      return Error(ErrorKind::kUsage,
                   fmt::format("{}: column `{}`: JSON cannot hold {}", kOp, path, type.ToString()))
          .Hint("leave it out with drop, make it text with map, or write Parquet");
  }
}

class JsonlEncoder : public RowEncoder {
 public:
  std::string_view op() const override { return kOp; }
  Status CheckColumns(const arrow::Schema& schema) const override {
    return CheckMembers(schema.fields(), "");
  }
  Status Encode(const arrow::RecordBatch& rows, EncodedRows& out) const override {
    const auto objects = std::make_shared<arrow::StructArray>(
        arrow::struct_(rows.schema()->fields()), rows.num_rows(), rows.columns());
    const AppendJson append = StructsOf(objects, "");
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
