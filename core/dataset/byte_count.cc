#include "core/dataset/byte_count.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

namespace tideway::dataset {
namespace {

using arrow::Type;

int64_t BitsToBytes(int64_t bits) { return (bits + 7) / 8; }

template <typename ArrayType>
int64_t DataBytes(const arrow::Array& array) {
  if (array.length() == 0) return 0;  // an empty array may have no offsets at all
  const auto& typed = static_cast<const ArrayType&>(array);
  const int64_t offsets = array.length() * static_cast<int64_t>(sizeof(typed.value_offset(0)));
  return offsets + typed.value_offset(array.length()) - typed.value_offset(0);
}

template <typename ListType>
std::shared_ptr<arrow::Array> ItemsOf(const arrow::Array& array) {
  const auto& list = static_cast<const ListType&>(array);
  const int64_t rows = list.length();
  if (rows == 0) return list.values()->Slice(0, 0);
  return list.values()->Slice(list.value_offset(0), list.value_offset(rows) - list.value_offset(0));
}

int64_t ViewBytes(const arrow::Array& array) {
  const auto& views = static_cast<const arrow::BinaryViewArray&>(array);
  int64_t bytes = 0;
  for (int64_t row = 0; row < views.length(); ++row) {
    bytes += 16;
    if (!views.IsValid(row)) continue;
    const auto size = static_cast<int64_t>(views.GetView(row).size());
    if (size > arrow::BinaryViewType::kInlineSize) bytes += size;
  }
  return bytes;
}

}  // namespace

void ByteCounter::Add(const arrow::RecordBatch& batch) {
  next_ = 0;
  rows_ += batch.num_rows();
  for (const auto& column : batch.columns()) Walk(*column);
}

void ByteCounter::Walk(const arrow::Array& array) {
  if (array.type_id() == Type::EXTENSION) {
    return Walk(*static_cast<const arrow::ExtensionArray&>(array).storage());
  }
  if (next_ == columns_.size()) columns_.emplace_back();
  Column& column = columns_[next_++];
  const int64_t rows = array.length();
  column.rows += rows;
  if (array.type_id() != Type::NA) column.nulls += array.null_count();
  switch (array.type_id()) {
    case Type::NA:
      break;
    case Type::BOOL:
      column.bits += rows;
      break;
    case Type::STRING:
    case Type::BINARY:
      column.bytes += DataBytes<arrow::BinaryArray>(array);
      break;
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      column.bytes += DataBytes<arrow::LargeBinaryArray>(array);
      break;
    case Type::STRING_VIEW:
    case Type::BINARY_VIEW:
      column.bytes += ViewBytes(array);
      break;
    case Type::LIST:
    case Type::MAP:
      column.bytes += rows * 4;
      Walk(*ItemsOf<arrow::ListArray>(array));
      break;
    case Type::LARGE_LIST:
      column.bytes += rows * 8;
      Walk(*ItemsOf<arrow::LargeListArray>(array));
      break;
    case Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::FixedSizeListArray&>(array);
      Walk(*list.values()->Slice(list.value_offset(0), rows * list.list_type()->list_size()));
      break;
    }
    case Type::STRUCT:
      for (const auto& member : static_cast<const arrow::StructArray&>(array).fields()) {
        Walk(*member);
      }
      break;
    default:
      if (arrow::is_fixed_width(array.type_id())) {
        column.bytes +=
            rows * static_cast<const arrow::FixedWidthType&>(*array.type()).byte_width();
      } else {
        column.bytes += arrow::util::TotalBufferSize(array);
      }
  }
}

int64_t ByteCounter::total() const {
  int64_t bytes = 0;
  for (const Column& column : columns_) {
    bytes += column.bytes + BitsToBytes(column.bits);
    if (column.nulls > 0) bytes += BitsToBytes(column.rows);
  }
  return bytes;
}

int64_t ByteCounter::weight() const {
  int64_t bytes = 0;
  for (const Column& column : columns_) bytes += column.bytes + column.bits;
  return bytes;
}

int64_t BatchBytes(const arrow::RecordBatch& batch) {
  ByteCounter counter;
  counter.Add(batch);
  return counter.total();
}

}  // namespace tideway::dataset
