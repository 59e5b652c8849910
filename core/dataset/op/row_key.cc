#include "core/dataset/op/row_key.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>

#include "core/dataset/columns.h"
#include "core/dataset/op/sortable_bits.h"

namespace tideway::dataset {
namespace {

constexpr uint8_t kNullFirst = 0, kValue = 1, kNullLast = 2;

// The cells of a column: the bytes that each takes, and how they are written.
template <typename Array>
struct NumberCells {
  using Value = typename Array::value_type;
  const Array& array;
  int64_t Size(int64_t) const { return sizeof(Value); }
  void Put(int64_t row, uint8_t* at) const { PutBigEndian(SortableBits(array.Value(row)), at); }
};

struct BooleanCells {
  const arrow::BooleanArray& array;
  int64_t Size(int64_t) const { return 1; }
  void Put(int64_t row, uint8_t* at) const { *at = array.Value(row) ? 1 : 0; }
};

struct DecimalCells {
  const arrow::FixedSizeBinaryArray& array;
  int64_t Size(int64_t) const { return array.byte_width(); }
  void Put(int64_t row, uint8_t* at) const {
    const auto width = static_cast<size_t>(array.byte_width());
    const uint8_t* little_endian = array.GetValue(row);
    for (size_t i = 0; i < width; ++i) at[i] = little_endian[width - 1 - i];
    at[0] ^= 0x80;
  }
};

template <typename Array>
struct TextCells {
  const Array& array;
  static constexpr int64_t kEnd = 2;
  int64_t Size(int64_t row) const {
    const std::string_view text = array.GetView(row);
    return static_cast<int64_t>(text.size()) + Zeros(text) + kEnd;
  }
  void Put(int64_t row, uint8_t* at) const {
    std::string_view text = array.GetView(row);
    while (!text.empty()) {
      const size_t plain = std::min(text.find('\0'), text.size());
      std::memcpy(at, text.data(), plain);
      at += plain;
      if (plain == text.size()) break;
      *at++ = 0x00;
      *at++ = 0xFF;
      text.remove_prefix(plain + 1);
    }
    at[0] = at[1] = 0x00;
  }
  static int64_t Zeros(std::string_view text) {
    if (text.find('\0') == std::string_view::npos) return 0;
    return std::count(text.begin(), text.end(), '\0');
  }
};

// Calls `visit` with the cells of `column`; false when its type has no order.
template <typename Visit>
bool VisitCells(const arrow::Array& column, Visit&& visit) {
  using arrow::Type;
  switch (column.type_id()) {
#define TIDEWAY_NUMBER_CASE(id, type)                                         \
  case Type::id:                                                              \
    visit(NumberCells<arrow::type>{static_cast<const arrow::type&>(column)}); \
    return true;
#define TIDEWAY_TEXT_CASE(id, type)                                         \
  case Type::id:                                                            \
    visit(TextCells<arrow::type>{static_cast<const arrow::type&>(column)}); \
    return true;
    TIDEWAY_NUMBER_CASE(INT8, Int8Array)
    TIDEWAY_NUMBER_CASE(INT16, Int16Array)
    TIDEWAY_NUMBER_CASE(INT32, Int32Array)
    TIDEWAY_NUMBER_CASE(INT64, Int64Array)
    TIDEWAY_NUMBER_CASE(UINT8, UInt8Array)
    TIDEWAY_NUMBER_CASE(UINT16, UInt16Array)
    TIDEWAY_NUMBER_CASE(UINT32, UInt32Array)
    TIDEWAY_NUMBER_CASE(UINT64, UInt64Array)
    TIDEWAY_NUMBER_CASE(FLOAT, FloatArray)
    TIDEWAY_NUMBER_CASE(DOUBLE, DoubleArray)
    TIDEWAY_NUMBER_CASE(DATE32, Date32Array)
    TIDEWAY_NUMBER_CASE(DATE64, Date64Array)
    TIDEWAY_NUMBER_CASE(TIME32, Time32Array)
    TIDEWAY_NUMBER_CASE(TIME64, Time64Array)
    TIDEWAY_NUMBER_CASE(TIMESTAMP, TimestampArray)
    TIDEWAY_NUMBER_CASE(DURATION, DurationArray)
    TIDEWAY_TEXT_CASE(STRING, StringArray)
    TIDEWAY_TEXT_CASE(LARGE_STRING, LargeStringArray)
    TIDEWAY_TEXT_CASE(BINARY, BinaryArray)
    TIDEWAY_TEXT_CASE(LARGE_BINARY, LargeBinaryArray)
#undef TIDEWAY_NUMBER_CASE
#undef TIDEWAY_TEXT_CASE
    case Type::BOOL:
      visit(BooleanCells{static_cast<const arrow::BooleanArray&>(column)});
      return true;
    case Type::DECIMAL128:
    case Type::DECIMAL256:
      visit(DecimalCells{static_cast<const arrow::FixedSizeBinaryArray&>(column)});
      return true;
    default:
      return false;
  }
}

Result<bool> HasOrder(const std::shared_ptr<arrow::DataType>& type) {
  ARROW_ASSIGN_OR_RAISE(const auto empty, arrow::MakeArrayOfNull(type, 0));
  return VisitCells(*empty, [](const auto&) {});
}

}  // namespace

SchemaPtr KeyRowSchema() {
  static const SchemaPtr schema =
      arrow::schema({arrow::field("key", arrow::binary()), arrow::field("row", arrow::uint32())});
  return schema;
}

Result<RowKeys> RowKeys::Make(const arrow::Schema& schema, const std::vector<SortKey>& keys,
                              std::string_view operation) {
  std::vector<Column> columns;
  std::set<int> seen;
  for (const SortKey& key : keys) {
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(schema, key.column, operation));
    const std::string name = "column `" + key.column + "`";
    if (!seen.insert(index).second) {
      return Error(ErrorKind::kUsage, std::string(operation) + ": " + name + " is given twice");
    }
    const auto& type = schema.field(index)->type();
    ARROW_ASSIGN_OR_RAISE(const bool has_order, HasOrder(type));
    if (!has_order) {
      return Error(ErrorKind::kUsage,
                   std::string(operation) + ": " + name + " has no order: " + type->ToString())
          .Hint("take columns of numbers, booleans, dates, times, text or binary");
    }
    columns.push_back({index, key.descending, key.nulls_first});
  }
  return RowKeys(std::move(columns));
}

Result<std::shared_ptr<arrow::BinaryArray>> RowKeys::Encode(const arrow::RecordBatch& batch) const {
  const auto rows = static_cast<size_t>(batch.num_rows());
  std::vector<int64_t> ends(rows + 1);
  for (const Column& column : columns_) {
    const arrow::Array& array = *batch.column(column.index);
    VisitCells(array, [&](const auto& cells) {
      for (size_t row = 0; row < rows; ++row) {
        const auto at = static_cast<int64_t>(row);
        ends[row + 1] += 1 + (array.IsNull(at) ? 0 : cells.Size(at));
      }
    });
  }
  for (size_t row = 0; row < rows; ++row) ends[row + 1] += ends[row];
  if (ends[rows] > std::numeric_limits<int32_t>::max()) {
    return Error(ErrorKind::kMemory, "dataset: keys of one batch take more than 2 GiB")
        .Hint("sort or group by a shorter column, such as a hash or a prefix of the text");
  }
  ARROW_ASSIGN_OR_RAISE(auto data, arrow::AllocateBuffer(ends[rows]));
  ARROW_ASSIGN_OR_RAISE(auto offsets, arrow::AllocateBuffer(static_cast<int64_t>(rows + 1) * 4));
  std::copy(ends.begin(), ends.end(), reinterpret_cast<int32_t*>(offsets->mutable_data()));
  for (const Column& column : columns_) {
    const arrow::Array& array = *batch.column(column.index);
    VisitCells(array, [&](const auto& cells) {
      for (size_t row = 0; row < rows; ++row) {
        const auto cell = static_cast<int64_t>(row);
        uint8_t* at = data->mutable_data() + ends[row];
        if (array.IsNull(cell)) {
          *at = column.nulls_first ? kNullFirst : kNullLast;
          ends[row] += 1;
          continue;
        }
        *at++ = kValue;
        const int64_t size = cells.Size(cell);
        cells.Put(cell, at);
        ends[row] += 1 + size;
        if (!column.descending) continue;
        for (int64_t i = 0; i < size; ++i) at[i] = static_cast<uint8_t>(~at[i]);
      }
    });
  }
  return std::make_shared<arrow::BinaryArray>(batch.num_rows(), std::move(offsets),
                                              std::move(data));
}

}  // namespace tideway::dataset
