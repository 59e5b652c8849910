#include "core/dataset/op/packed_rows.h"

#include <arrow/api.h>

#include <algorithm>
#include <limits>

namespace tideway::dataset {

Status PackedRows::Add(const arrow::Array& documents, Dropped& dropped) {
  const auto& lists = static_cast<const arrow::ListArray&>(documents);
  const auto& values = static_cast<const arrow::Int32Array&>(*lists.values());
  if (values.null_count() > 0) {
    return Error(ErrorKind::kData, "pack: a null among the tokens of a document");
  }
  for (int64_t row = 0; row < lists.length(); ++row) {
    if (lists.IsNull(row) || lists.value_length(row) == 0) {
      ++dropped[lists.IsNull(row) ? "null" : "no tokens"];
      continue;
    }
    const int32_t* begin = values.raw_values() + lists.value_offset(row);
    ids_.insert(ids_.end(), begin, begin + lists.value_length(row));
    if (options_.separator) ids_.push_back(*options_.separator);
  }
  return Status::OK();
}

void PackedRows::End(Dropped& dropped) {
  const auto length = static_cast<size_t>(options_.length);
  const size_t rest = ids_.size() % length;
  if (rest == 0) return;
  switch (options_.remainder) {
    case Remainder::kDrop:
      dropped["token that fills no row"] += static_cast<int64_t>(rest);
      ids_.resize(ids_.size() - rest);
      return;
    case Remainder::kPad:
      ids_.resize(ids_.size() + length - rest, *options_.padding);
      return;
    case Remainder::kKeep:
      ended_ = true;
      return;
  }
}

int64_t PackedRows::rows() const { return static_cast<int64_t>(ids_.size()) / options_.length; }

Result<BatchPtr> PackedRows::Take(const SchemaPtr& schema) {
  const int64_t whole = rows();
  int64_t taken = whole * options_.length;
  const bool shorter = ended_ && taken < static_cast<int64_t>(ids_.size());
  arrow::Int32Builder offsets;
  for (int64_t row = 0; row <= whole; ++row) {
    RETURN_NOT_OK(offsets.Append(static_cast<int32_t>(row * options_.length)));
  }
  if (shorter) {
    taken = static_cast<int64_t>(ids_.size());
    RETURN_NOT_OK(offsets.Append(static_cast<int32_t>(taken)));
  }
  if (taken > std::numeric_limits<int32_t>::max()) {
    return Error(ErrorKind::kData, "pack: over 2^31 tokens at once");
  }
  arrow::Int32Builder values;
  RETURN_NOT_OK(values.AppendValues(ids_.data(), taken));
  ids_.erase(ids_.begin(), ids_.begin() + taken);
  ARROW_ASSIGN_OR_RAISE(const auto offset_array, offsets.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto value_array, values.Finish());
  ARROW_ASSIGN_OR_RAISE(auto lists, arrow::ListArray::FromArrays(*offset_array, *value_array));
  const int64_t length = lists->length();
  return arrow::RecordBatch::Make(schema, length, {std::move(lists)});
}

}  // namespace tideway::dataset
