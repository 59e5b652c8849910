#include "core/dataset/op/gather.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/bit_util.h>

#include <cstring>
#include <limits>

namespace tideway::dataset {
namespace {

using Arrays = std::vector<std::shared_ptr<arrow::Array>>;
using Rows = std::span<const RowRef>;
using ArrayResult = Result<std::shared_ptr<arrow::Array>>;

struct Validity {
  std::shared_ptr<arrow::Buffer> bits;  // null when all are valid
  int64_t nulls = 0;
};

Result<Validity> GatherValidity(const Arrays& arrays, Rows rows) {
  bool any = false;
  for (const auto& array : arrays) any = any || array->null_count() > 0;
  if (!any) return Validity();
  const auto count = static_cast<int64_t>(rows.size());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bits, arrow::AllocateEmptyBitmap(count));
  int64_t valid = 0;
  for (int64_t i = 0; i < count; ++i) {
    const RowRef ref = rows[static_cast<size_t>(i)];
    if (arrays[ref.batch]->IsNull(ref.row)) continue;
    arrow::bit_util::SetBit(bits->mutable_data(), i);
    ++valid;
  }
  return Validity{std::move(bits), count - valid};
}

template <typename Word>
ArrayResult GatherWords(const Arrays& arrays, Rows rows) {
  std::vector<const Word*> values;
  for (const auto& array : arrays) values.push_back(array->data()->GetValues<Word>(1));
  const auto count = static_cast<int64_t>(rows.size());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> data,
                        arrow::AllocateBuffer(count * static_cast<int64_t>(sizeof(Word))));
  auto* out = reinterpret_cast<Word*>(data->mutable_data());
  for (const RowRef ref : rows) *out++ = values[ref.batch][ref.row];
  ARROW_ASSIGN_OR_RAISE(auto validity, GatherValidity(arrays, rows));
  return arrow::MakeArray(arrow::ArrayData::Make(arrays[0]->type(), count,
                                                 {validity.bits, std::move(data)}, validity.nulls));
}

template <typename ArrayType>
ArrayResult GatherText(const Arrays& arrays, Rows rows) {
  using Offset = typename ArrayType::offset_type;
  const auto view = [&](RowRef ref) {
    return static_cast<const ArrayType&>(*arrays[ref.batch]).GetView(ref.row);
  };
  const auto count = static_cast<int64_t>(rows.size());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                        arrow::AllocateBuffer((count + 1) * static_cast<int64_t>(sizeof(Offset))));
  auto* offset = reinterpret_cast<Offset*>(offsets->mutable_data());
  int64_t bytes = 0;
  *offset++ = 0;
  for (const RowRef ref : rows) {
    bytes += static_cast<int64_t>(view(ref).size());
    if (bytes > std::numeric_limits<Offset>::max()) {
      return Error(ErrorKind::kMemory, "dataset: one batch would hold more than 2 GiB of text")
          .Hint("cast the column to large_string");
    }
    *offset++ = static_cast<Offset>(bytes);
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> data, arrow::AllocateBuffer(bytes));
  auto* out = reinterpret_cast<char*>(data->mutable_data());
  for (const RowRef ref : rows) {
    const std::string_view text = view(ref);
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    out += text.size();
  }
  ARROW_ASSIGN_OR_RAISE(auto validity, GatherValidity(arrays, rows));
  return arrow::MakeArray(
      arrow::ArrayData::Make(arrays[0]->type(), count,
                             {validity.bits, std::move(offsets), std::move(data)}, validity.nulls));
}

// Of any type: all the batches in one, then its rows.
ArrayResult TakeAny(const Arrays& arrays, Rows rows) {
  std::vector<int64_t> starts{0};
  for (const auto& array : arrays) starts.push_back(starts.back() + array->length());
  std::vector<int64_t> indices;
  indices.reserve(rows.size());
  for (const RowRef ref : rows) indices.push_back(starts[ref.batch] + ref.row);
  ARROW_ASSIGN_OR_RAISE(const auto whole, arrow::Concatenate(arrays));
  const arrow::Int64Array taken(static_cast<int64_t>(rows.size()),
                                arrow::Buffer::FromVector(std::move(indices)));
  return arrow::compute::Take(*whole, taken);
}

ArrayResult GatherColumn(const Arrays& arrays, Rows rows) {
  using arrow::Type;
  const arrow::DataType& type = *arrays[0]->type();
  switch (type.id()) {
    case Type::STRING:
    case Type::BINARY:
      return GatherText<arrow::BinaryArray>(arrays, rows);
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return GatherText<arrow::LargeBinaryArray>(arrays, rows);
    case Type::BOOL:
    case Type::DICTIONARY:
    case Type::EXTENSION:
      return TakeAny(arrays, rows);
    default:
      break;
  }
  if (!arrow::is_fixed_width(type.id())) return TakeAny(arrays, rows);
  switch (type.byte_width()) {
    case 1:
      return GatherWords<uint8_t>(arrays, rows);
    case 2:
      return GatherWords<uint16_t>(arrays, rows);
    case 4:
      return GatherWords<uint32_t>(arrays, rows);
    case 8:
      return GatherWords<uint64_t>(arrays, rows);
    default:
      return TakeAny(arrays, rows);
  }
}

}  // namespace

Result<BatchPtr> GatherRows(const SchemaPtr& schema, std::span<const BatchPtr> batches,
                            std::span<const RowRef> rows) {
  Arrays columns;
  for (int index = 0; index < schema->num_fields(); ++index) {
    if (batches.empty()) {
      ARROW_ASSIGN_OR_RAISE(auto none, arrow::MakeEmptyArray(schema->field(index)->type()));
      columns.push_back(std::move(none));
      continue;
    }
    Arrays arrays;
    for (const BatchPtr& batch : batches) arrays.push_back(batch->column(index));
    ARROW_ASSIGN_OR_RAISE(auto column, GatherColumn(arrays, rows));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(rows.size()), std::move(columns));
}

}  // namespace tideway::dataset
