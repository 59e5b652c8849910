#include "core/dataset/op/key_hash.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <algorithm>
#include <type_traits>

#include "core/base/hash.h"
#include "core/dataset/columns.h"

namespace tideway::dataset {
namespace {

// Calls `visit` with the column as its own array type and a tag: true for byte strings, false for
// values that fit in an int64.
template <typename Visit>
Status VisitKeys(const arrow::Array& column, Visit&& visit) {
  using arrow::Type;
  switch (column.type_id()) {
#define TIDEWAY_KEY_CASE(id, type, bytes) \
  case Type::id:                          \
    return visit(static_cast<const arrow::type&>(column), std::bool_constant<bytes>());
    TIDEWAY_KEY_CASE(BOOL, BooleanArray, false)
    TIDEWAY_KEY_CASE(INT8, Int8Array, false)
    TIDEWAY_KEY_CASE(INT16, Int16Array, false)
    TIDEWAY_KEY_CASE(INT32, Int32Array, false)
    TIDEWAY_KEY_CASE(INT64, Int64Array, false)
    TIDEWAY_KEY_CASE(UINT8, UInt8Array, false)
    TIDEWAY_KEY_CASE(UINT16, UInt16Array, false)
    TIDEWAY_KEY_CASE(UINT32, UInt32Array, false)
    TIDEWAY_KEY_CASE(UINT64, UInt64Array, false)
    TIDEWAY_KEY_CASE(DATE32, Date32Array, false)
    TIDEWAY_KEY_CASE(DATE64, Date64Array, false)
    TIDEWAY_KEY_CASE(TIME32, Time32Array, false)
    TIDEWAY_KEY_CASE(TIME64, Time64Array, false)
    TIDEWAY_KEY_CASE(TIMESTAMP, TimestampArray, false)
    TIDEWAY_KEY_CASE(STRING, StringArray, true)
    TIDEWAY_KEY_CASE(LARGE_STRING, LargeStringArray, true)
    TIDEWAY_KEY_CASE(BINARY, BinaryArray, true)
    TIDEWAY_KEY_CASE(LARGE_BINARY, LargeBinaryArray, true)
#undef TIDEWAY_KEY_CASE
    default:
      return Error(ErrorKind::kUsage, "dataset: no key type: " + column.type()->ToString());
  }
}

}  // namespace

Status CheckKeyType(const arrow::DataType& type, std::string_view column,
                    std::string_view operation) {
  const auto id = type.id();
  const bool integer = arrow::is_integer(id) || id == arrow::Type::BOOL;
  if (integer || arrow::is_date(id) || arrow::is_time(id) || id == arrow::Type::TIMESTAMP ||
      arrow::is_base_binary_like(id)) {
    return Status::OK();
  }
  return Error(ErrorKind::kUsage, std::string(operation) + ": column `" + std::string(column) +
                                      "` cannot be a key: " + type.ToString())
      .Hint("a key is a boolean, integer, date, time, timestamp, string or binary column");
}

Result<std::vector<uint64_t>> HashKeys(const arrow::Array& column, uint64_t seed) {
  std::vector<uint64_t> hashes(static_cast<size_t>(column.length()));
  RETURN_NOT_OK(VisitKeys(column, [&](const auto& keys, auto bytes) {
    for (int64_t row = 0; row < keys.length(); ++row) {
      if (keys.IsNull(row)) continue;
      if constexpr (bytes) {
        hashes[static_cast<size_t>(row)] = Hash64(keys.GetView(row), seed);
      } else {
        hashes[static_cast<size_t>(row)] = Mix64(static_cast<uint64_t>(keys.Value(row)), seed);
      }
    }
    return Status::OK();
  }));
  return hashes;
}

Result<KeyColumns> KeyColumns::Make(const arrow::Schema& schema,
                                    const std::vector<std::string>& columns,
                                    std::string_view operation) {
  KeyColumns key;
  key.operation_ = operation;
  for (const std::string& column : columns) {
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(schema, column, operation));
    RETURN_NOT_OK(CheckKeyType(*schema.field(index)->type(), column, operation));
    if (std::ranges::find(key.indices_, index) != key.indices_.end()) {
      return Error(ErrorKind::kUsage, key.operation_ + ": column `" + column + "` is given twice");
    }
    key.indices_.push_back(index);
  }
  return key;
}

Result<std::vector<uint64_t>> KeyColumns::Hash(const arrow::RecordBatch& batch,
                                               uint64_t seed) const {
  std::vector<uint64_t> hashes;
  for (const int index : indices_) {
    ARROW_ASSIGN_OR_RAISE(auto more, HashKeys(*batch.column(index), seed));
    if (index == indices_.front()) {
      hashes = std::move(more);
      continue;
    }
    for (size_t row = 0; row < hashes.size(); ++row) hashes[row] = Mix64(more[row], hashes[row]);
  }
  return hashes;
}

Status KeyColumns::CheckNoNulls(const arrow::RecordBatch& batch, int64_t first_row) const {
  int64_t first = batch.num_rows();
  int of = -1;
  for (const int index : indices_) {
    const arrow::Array& column = *batch.column(index);
    for (int64_t row = 0; column.null_count() > 0 && row < first; ++row) {
      if (column.IsValid(row)) continue;
      first = row;
      of = index;
    }
  }
  if (of < 0) return Status::OK();
  const std::string& name = batch.schema()->field(of)->name();
  return Error(ErrorKind::kData, operation_ + ": key `" + name + "` is null (row " +
                                     std::to_string(first_row + first + 1) + ")")
      .Hint("leave such rows out first: filter { not_null = \"" + name + "\" }");
}

}  // namespace tideway::dataset
