#include "core/dataset/format/json_text.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/dataset/format/value_text_internal.h"

namespace tideway::dataset {
namespace {

using arrow::Type;

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

AppendJson JsonOf(const std::shared_ptr<arrow::Array>& given, const std::string& path,
                  const NotFinite& not_finite);

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

AppendJson FloatsOf(const std::shared_ptr<arrow::Array>& array, const std::string& path,
                    const NotFinite& not_finite) {
  return OrNull(array,
                [value = ValueText(*array), finite = FiniteIn(*array), path, not_finite](
                    int64_t row, std::string& out) -> Status {
                  const size_t before = out.size();
                  value(row, out);
                  if (finite(row)) return Status::OK();
                  return not_finite(path, out.substr(before));
                });
}

AppendJson StructsOf(const std::shared_ptr<arrow::Array>& array, const std::string& path,
                     const NotFinite& not_finite) {
  const auto& structs = static_cast<const arrow::StructArray&>(*array);
  std::vector<std::pair<std::string, AppendJson>> members;
  for (int i = 0; i < structs.num_fields(); ++i) {
    const std::string& name = structs.type()->field(i)->name();
    std::string key = i == 0 ? "" : ",";
    AppendString(name, key);
    members.emplace_back(
        key + ":", JsonOf(structs.field(i), path.empty() ? name : path + "." + name, not_finite));
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
AppendJson ListsOf(const std::shared_ptr<arrow::Array>& array, const std::string& path,
                   const NotFinite& not_finite) {
  const auto& lists = static_cast<const ListArray&>(*array);
  return OrNull(array,
                [&lists, item = JsonOf(lists.values(), path + "[]", not_finite)](
                    int64_t row, std::string& out) -> Status {
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

AppendJson NestedOf(const std::shared_ptr<arrow::Array>& array, const std::string& path,
                    const NotFinite& not_finite) {
  switch (array->type_id()) {
    case Type::LIST:
      return ListsOf<arrow::ListArray>(array, path, not_finite);
    case Type::LARGE_LIST:
      return ListsOf<arrow::LargeListArray>(array, path, not_finite);
    case Type::FIXED_SIZE_LIST:
      return ListsOf<arrow::FixedSizeListArray>(array, path, not_finite);
    default:
      return StructsOf(array, path, not_finite);
  }
}

AppendJson JsonOf(const std::shared_ptr<arrow::Array>& given, const std::string& path,
                  const NotFinite& not_finite) {
  const auto array = StorageOf(given);
  switch (KindOfValue(*array->type())) {
    case ValueKind::kNull:
      return [](int64_t, std::string& out) {
        out += "null";
        return Status::OK();
      };
    case ValueKind::kFloat:
      return FloatsOf(array, path, not_finite);
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
  return NestedOf(array, path, not_finite);
}

}  // namespace

AppendJson JsonText(const std::shared_ptr<arrow::Array>& array, const std::string& path,
                    const NotFinite& not_finite) {
  return JsonOf(array, path, not_finite);
}

}  // namespace tideway::dataset
