#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <span>

#include "core/binding/udf_state.h"
#include "core/dataset/byte_count.h"

namespace tideway::binding {

namespace {

using arrow::Type;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using Position = dataset::ExpandOperator::Position;

// The bytes of one cell, about.
int64_t CellBytes(const ArrayPtr& column, int64_t row) {
  switch (column->type_id()) {
    case Type::STRING:
    case Type::BINARY:
      return 4 + static_cast<const arrow::BinaryArray&>(*column).value_length(row);
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return 8 + static_cast<const arrow::LargeBinaryArray&>(*column).value_length(row);
    default:
      break;
  }
  if (arrow::is_fixed_width(column->type_id())) return (column->type()->bit_width() + 7) / 8;
  const auto field = arrow::field("", column->type());
  dataset::ByteCounter counter;
  counter.Add(*arrow::RecordBatch::Make(arrow::schema({field}), 1, {column->Slice(row, 1)}));
  return counter.weight();
}

// How many of the rows take at most `max_bytes` when they copy cells of `columns`; at least one.
size_t RowsThatFit(std::span<const uint32_t> parents, const std::vector<ArrayPtr>& columns,
                   int64_t max_bytes) {
  int64_t bytes = 0;
  int64_t row_bytes = 0;
  for (size_t at = 0; at < parents.size(); ++at) {
    if (at == 0 || parents[at] != parents[at - 1]) {
      row_bytes = 0;
      for (const auto& column : columns) row_bytes += CellBytes(column, parents[at]);
    }
    bytes += row_bytes;
    if (at > 0 && bytes > max_bytes) return at;
  }
  return parents.size();
}

// The place of the row that comes after the first `rows` ones.
Position PositionAfter(std::span<const uint32_t> parents, size_t rows, Position from) {
  const uint32_t row = parents[rows];
  const auto first = std::lower_bound(parents.begin(), parents.end(), row);
  const auto item = static_cast<int64_t>(rows) - (first - parents.begin());
  return {row, item + (row == from.row ? from.item : 0)};
}

Result<ArrayPtr> TakeCells(const ArrayPtr& column, const arrow::Array& parents) {
  return arrow::compute::Take(*column, parents, arrow::compute::TakeOptions::NoBoundsCheck());
}

}  // namespace

Result<UdfState::Flat> UdfState::FlatMap(const arrow::RecordBatch& batch, Position from,
                                         int64_t end, int64_t max_rows, int64_t max_bytes) {
  const int64_t room = std::min(max_rows, flat_rows_);
  ARROW_ASSIGN_OR_RAISE(RowResults results, RowResults::Allocate(program_.outputs, room, {}));
  std::vector<uint32_t> rows(static_cast<size_t>(room));
  TidewaySpan span = {.row = static_cast<int32_t>(from.row),
                      .item = static_cast<int32_t>(from.item),
                      .end = static_cast<int32_t>(end),
                      .room = static_cast<int32_t>(room),
                      .written = 0,
                      .columns = static_cast<int32_t>(program_.outputs.size()),
                      .text_bytes = static_cast<double>(max_bytes)};
  RETURN_NOT_OK(Run(batch, results.columns(), rows.data(), &span));
  rows.resize(static_cast<size_t>(span.written));
  RETURN_NOT_OK(results.Truncate(span.written, rows));
  Position next = {span.row, span.item};

  std::vector<ArrayPtr> copied = batch.columns();
  for (size_t i = 0; i < program_.outputs.size(); ++i) {
    const int input = program_.outputs[i].input;
    if (input >= 0 && !results.LacksValues(i)) copied[static_cast<size_t>(input)] = nullptr;
  }
  std::erase(copied, nullptr);
  const size_t fitting = RowsThatFit(rows, copied, max_bytes);
  if (fitting < rows.size()) {
    next = PositionAfter(rows, fitting, from);
    rows.resize(fitting);
    RETURN_NOT_OK(results.Truncate(static_cast<int64_t>(fitting), rows));
    flat_rows_ = static_cast<int64_t>(fitting) + 1;
  } else if (span.written == room) {
    flat_rows_ = std::min(2 * room, max_rows);
  }

  Flat flat{.outputs = {}, .parents = nullptr, .next = next};
  const auto count = static_cast<int64_t>(rows.size());
  const arrow::UInt32Array parents(count, arrow::Buffer::Wrap(rows));
  for (size_t i = 0; i < program_.outputs.size(); ++i) {
    const RowOutput& output = program_.outputs[i];
    ArrayPtr old;
    if (output.input >= 0 && results.LacksValues(i)) {
      ARROW_ASSIGN_OR_RAISE(old, TakeCells(batch.column(output.input), parents));
    }
    ARROW_ASSIGN_OR_RAISE(auto array, results.Finish(i, output, old));
    flat.outputs.push_back(std::move(array));
  }
  flat.parents =
      std::make_shared<arrow::UInt32Array>(count, arrow::Buffer::FromVector(std::move(rows)));
  return flat;
}

}  // namespace tideway::binding
