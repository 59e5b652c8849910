#include "core/dedup/reading.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/compute/cast.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <algorithm>
#include <utility>

#include "core/base/hash.h"
#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/row_key.h"
#include "core/dataset/op/sortable_bits.h"

namespace tideway::dedup {
namespace {

using dataset::BatchPtr;
using dataset::BatchStore;

constexpr uint64_t kSeedOfTexts = 0x74657874;
constexpr uint64_t kSeedOfNames = 0x6e616d65;

// Columns of uint64: the hash of the whole, then those of SurvivorKey unless rows keep their order.
dataset::SchemaPtr FactsSchema(bool has_order) {
  arrow::FieldVector fields{arrow::field("whole", arrow::uint64(), false)};
  if (has_order) {
    for (const char* name : {"priority", "text_hash", "name_hash"}) {
      fields.push_back(arrow::field(name, arrow::uint64(), false));
    }
  }
  return arrow::schema(std::move(fields));
}

const uint64_t* ValuesOf(const BatchPtr& batch, int column) {
  return static_cast<const arrow::UInt64Array&>(*batch->column(column)).raw_values();
}

std::shared_ptr<arrow::Array> ColumnOf(std::vector<uint64_t> values) {
  const auto length = static_cast<int64_t>(values.size());
  return std::make_shared<arrow::UInt64Array>(length, arrow::Buffer::FromVector(std::move(values)));
}

// The least for the greatest number; null last.
Result<std::vector<uint64_t>> GreatestFirst(const std::shared_ptr<arrow::Array>& column) {
  std::vector<uint64_t> priorities(static_cast<size_t>(column->length()), UINT64_MAX);
  const bool floats = arrow::is_floating(column->type_id());
  ARROW_ASSIGN_OR_RAISE(const auto cast,
                        arrow::compute::Cast(*column, floats ? arrow::float64() : arrow::int64()));
  for (int64_t row = 0; row < column->length(); ++row) {
    if (cast->IsNull(row)) continue;
    const uint64_t bits =
        floats ? dataset::SortableBits(static_cast<const arrow::DoubleArray&>(*cast).Value(row))
               : dataset::SortableBits(static_cast<const arrow::Int64Array&>(*cast).Value(row));
    priorities[static_cast<size_t>(row)] = std::min(~bits, UINT64_MAX - 1);
  }
  return priorities;
}

std::vector<uint64_t> LongestFirst(const Texts& texts) {
  std::vector<uint64_t> priorities;
  for (int64_t row = 0; row < texts.length(); ++row) {
    const auto text = texts.At(row);
    priorities.push_back(text ? UINT64_MAX - 1 - text->size() : UINT64_MAX);
  }
  return priorities;
}

Result<std::vector<uint64_t>> HashNames(const arrow::RecordBatch& batch, const std::string& id) {
  std::vector<uint64_t> hashes(static_cast<size_t>(batch.num_rows()));
  if (id.empty()) return hashes;
  ARROW_ASSIGN_OR_RAISE(const auto keys,
                        dataset::RowKeys::Make(*batch.schema(), {{.column = id}}, "dedup"));
  ARROW_ASSIGN_OR_RAISE(const auto encoded, keys.Encode(batch));
  for (int64_t row = 0; row < encoded->length(); ++row) {
    hashes[static_cast<size_t>(row)] = Hash64(encoded->GetView(row), kSeedOfNames);
  }
  return hashes;
}

Result<arrow::ArrayVector> OrderColumns(const arrow::RecordBatch& batch, const Texts& texts,
                                        const DedupOptions& options) {
  std::vector<uint64_t> text_hashes;
  for (int64_t row = 0; row < texts.length(); ++row) {
    const auto text = texts.At(row);
    text_hashes.push_back(text ? Hash64(*text, kSeedOfTexts) : 0);
  }
  arrow::ArrayVector columns;
  if (options.keep.rule == Keep::Rule::kLongest) {
    columns.push_back(ColumnOf(LongestFirst(texts)));
  } else {
    ARROW_ASSIGN_OR_RAISE(auto most, GreatestFirst(batch.GetColumnByName(options.keep.column)));
    columns.push_back(ColumnOf(std::move(most)));
  }
  columns.push_back(ColumnOf(std::move(text_hashes)));
  ARROW_ASSIGN_OR_RAISE(auto names, HashNames(batch, options.id));
  columns.push_back(ColumnOf(std::move(names)));
  return columns;
}

}  // namespace

Result<std::unique_ptr<Reading>> Reading::Create(size_t bands, const DedupOptions& options,
                                                 dataset::RunContext& run) {
  std::unique_ptr<Reading> reading(new Reading(bands, options, run));
  ARROW_ASSIGN_OR_RAISE(reading->records_, BandRecords::Create(bands, run));
  ARROW_ASSIGN_OR_RAISE(reading->facts_,
                        BatchStore::Create(FactsSchema(reading->has_order()), run));
  return reading;
}

Status Reading::Read(const dataset::Node& plan, bool settled, const HashText& hash,
                     std::string_view stage) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, dataset::OpenPlan(plan, run_));
  Input input{.rows = nullptr, .column = 0, .first_batch = next_batch_, .settled = settled};
  ARROW_ASSIGN_OR_RAISE(input.column,
                        dataset::ColumnIndex(*stream->schema(), options_.column, stage));
  ARROW_ASSIGN_OR_RAISE(input.rows, BatchStore::Create(stream->schema(), run_));
  without_keys_ = 0;
  const auto visit = [&](int64_t index, int64_t, const BatchPtr& batch,
                         dataset::Worker& worker) -> Status {
    RETURN_NOT_OK(HashBatch(input, index, batch, hash, worker));
    return input.rows->Put(index, batch);
  };
  RETURN_NOT_OK(dataset::ForEachBatch(*stream, visit, run_, stage));
  input.rows->Seal();
  next_batch_ += input.rows->batches();
  inputs_.push_back(std::move(input));
  return Status::OK();
}

Status Reading::HashBatch(const Input& input, int64_t index, const BatchPtr& batch,
                          const HashText& hash, dataset::Worker& worker) {
  const Texts texts(batch->column(input.column));
  std::vector<uint64_t> wholes(static_cast<size_t>(batch->num_rows()));
  std::vector<uint32_t> rows;
  std::vector<uint64_t> keys;
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    const auto text = texts.At(row);
    if (!text) continue;
    keys.resize(keys.size() + bands_);
    Keys of_text{.bands = std::span(keys).last(bands_), .whole = 0};
    if (!hash(*text, of_text, worker)) {
      keys.resize(keys.size() - bands_);
      continue;
    }
    rows.push_back(static_cast<uint32_t>(row));
    wholes[static_cast<size_t>(row)] = of_text.whole;
  }
  without_keys_ += batch->num_rows() - static_cast<int64_t>(rows.size());
  const int64_t number = input.first_batch + index;
  RETURN_NOT_OK(records_->Put(number, rows, keys));
  arrow::ArrayVector columns{ColumnOf(std::move(wholes))};
  if (has_order() && input.settled) {
    columns.resize(4, ColumnOf(std::vector<uint64_t>(static_cast<size_t>(batch->num_rows()))));
  } else if (has_order()) {
    ARROW_ASSIGN_OR_RAISE(const auto order, OrderColumns(*batch, texts, options_));
    columns.insert(columns.end(), order.begin(), order.end());
  }
  return facts_->Put(
      number, arrow::RecordBatch::Make(facts_->schema(), batch->num_rows(), std::move(columns)));
}

Result<ReadDocuments> Reading::Finish() {
  facts_->Seal();
  ReadDocuments read;
  std::vector<Documents::Part> parts;
  for (const Input& input : inputs_) parts.push_back({input.rows, input.column});
  ARROW_ASSIGN_OR_RAISE(read.documents, Documents::Make(std::move(parts)));
  std::vector<uint32_t> firsts;
  for (int64_t i = 0; i < facts_->batches(); ++i) {
    firsts.push_back(static_cast<uint32_t>(facts_->first_row(i)));
  }
  records_->Seal(std::move(firsts));
  ARROW_ASSIGN_OR_RAISE(read.whole_hashes, LoadWholes(read.documents));
  ARROW_ASSIGN_OR_RAISE(read.order, Order(read.documents));
  read.bands = std::move(records_);
  read.without_keys = without_keys_;
  return read;
}

Result<ScratchArray<uint64_t>> Reading::LoadWholes(const Documents& documents) const {
  ARROW_ASSIGN_OR_RAISE(auto wholes, ScratchArray<uint64_t>::Make(documents.count(), run_));
  size_t document = 0;
  for (int64_t i = 0; i < facts_->batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, facts_->Read(i));
    const uint64_t* values = ValuesOf(batch, 0);
    for (int64_t row = 0; row < batch->num_rows(); ++row) wholes[document++] = values[row];
  }
  return wholes;
}

Result<SurvivorOrder> Reading::Order(const Documents& documents) const {
  if (!has_order()) return SurvivorOrder::OfRows(documents.count());
  const uint32_t fixed = documents.first(documents.parts() - 1);
  ARROW_ASSIGN_OR_RAISE(auto keys,
                        ScratchArray<SurvivorKey>::Make(documents.count() - fixed, run_));
  uint32_t document = 0;
  for (int64_t i = 0; i < facts_->batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, facts_->Read(i));
    const uint64_t* priorities = ValuesOf(batch, 1);
    const uint64_t* texts = ValuesOf(batch, 2);
    const uint64_t* names = ValuesOf(batch, 3);
    for (int64_t row = 0; row < batch->num_rows(); ++row, ++document) {
      if (document < fixed) continue;
      keys[document - fixed] = {priorities[row], texts[row], names[row]};
    }
  }
  return SurvivorOrder::Make(std::move(keys), fixed, run_);
}

}  // namespace tideway::dedup
