#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <simdjson.h>

#include "core/dataset/format/check_text_internal.h"

namespace tideway::dataset {
namespace {

using arrow::Type;

bool StartsCharacter(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) != 0x80; }

// The values lie end to end: all are valid when the whole is and no value starts inside a
// character.
template <typename ArrayType>
bool IsText(const arrow::Array& array) {
  const auto& strings = static_cast<const ArrayType&>(array);
  if (strings.length() == 0) return true;
  const auto* offsets = strings.raw_value_offsets();
  const auto* data = reinterpret_cast<const char*>(strings.raw_data());
  const auto begin = offsets[0];
  const auto end = offsets[strings.length()];
  if (begin == end) return true;
  if (!simdjson::validate_utf8(data + begin, static_cast<size_t>(end - begin))) return false;
  for (int64_t row = 1; row < strings.length(); ++row) {
    if (offsets[row] < end && !StartsCharacter(data[offsets[row]])) return false;
  }
  return true;
}

Status Check(const arrow::Array& array) {
  const auto& type = *array.type();
  switch (type.id()) {
    case Type::STRING:
      return IsText<arrow::StringArray>(array) ? Status::OK() : Status::Invalid("not UTF-8");
    case Type::LARGE_STRING:
      return IsText<arrow::LargeStringArray>(array) ? Status::OK() : Status::Invalid("not UTF-8");
    case Type::STRUCT:
      for (const auto& member : static_cast<const arrow::StructArray&>(array).fields()) {
        RETURN_NOT_OK(Check(*member));
      }
      return Status::OK();
    case Type::LIST:
    case Type::MAP:
      return Check(*static_cast<const arrow::ListArray&>(array).values());
    case Type::LARGE_LIST:
      return Check(*static_cast<const arrow::LargeListArray&>(array).values());
    case Type::FIXED_SIZE_LIST:
      return Check(*static_cast<const arrow::FixedSizeListArray&>(array).values());
    case Type::EXTENSION:
      return Check(*static_cast<const arrow::ExtensionArray&>(array).storage());
    case Type::DICTIONARY:
      return Check(*static_cast<const arrow::DictionaryArray&>(array).dictionary());
    default:
      return arrow::is_fixed_width(type.id()) || arrow::is_base_binary_like(type.id())
                 ? Status::OK()
                 : array.ValidateFull();
  }
}

}  // namespace

Status CheckText(const arrow::RecordBatch& batch) {
  for (int i = 0; i < batch.num_columns(); ++i) {
    const Status status = Check(*batch.column(i));
    if (!status.ok()) {
      return status.WithMessage("column `", batch.column_name(i), "`: ", status.message());
    }
  }
  return Status::OK();
}

}  // namespace tideway::dataset
