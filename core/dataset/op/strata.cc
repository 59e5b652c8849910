#include "core/dataset/op/strata.h"

#include <arrow/array/array_dict.h>
#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/held_memory.h"
#include "core/dataset/op/key_hash.h"

namespace tideway::dataset {
namespace {

constexpr size_t kStrataMax = 65535;
// For short values, as many as there may be.
constexpr int64_t kFreeBytes = 16 << 20;
// What a key takes beside its bytes.
constexpr int64_t kEntryBytes = 128;

// The strata met so far, in the order met, which depends on threads: Strata puts them in order.
class Registry {
 public:
  Registry(const std::string& column, RunContext& run)
      : column_(column), memory_(run.shared_budget(), kFreeBytes) {}

  // The codes of the dictionary's values, and of null, last.
  Result<std::vector<uint16_t>> CodesOf(const arrow::Array& values) {
    std::lock_guard lock(mutex_);
    std::vector<uint16_t> codes;
    for (int64_t i = 0; i < values.length(); ++i) {
      ARROW_ASSIGN_OR_RAISE(std::string key, KeyBytes(values, i));
      ARROW_ASSIGN_OR_RAISE(const uint16_t code, CodeOf(std::move(key)));
      codes.push_back(code);
    }
    return codes;
  }
  Result<uint16_t> CodeOfNull() {
    std::lock_guard lock(mutex_);
    return CodeOf(std::nullopt);
  }

  void Count(const std::vector<uint16_t>& codes) {
    std::lock_guard lock(mutex_);
    rows_.resize(keys_.size());
    for (const uint16_t code : codes) ++rows_[code];
  }
  const std::vector<int64_t>& rows() const { return rows_; }
  // Codes with most rows first, then by key, null before any value.
  std::vector<uint16_t> Order() const {
    std::vector<uint16_t> by_key;
    for (const auto& [key, code] : keys_) by_key.push_back(code);
    std::stable_sort(by_key.begin(), by_key.end(),
                     [this](uint16_t a, uint16_t b) { return rows_[a] > rows_[b]; });
    return by_key;
  }

 private:
  Result<uint16_t> CodeOf(std::optional<std::string> key) {
    const auto next = static_cast<uint16_t>(keys_.size());
    const auto bytes = static_cast<int64_t>(key ? key->capacity() : 0) + kEntryBytes;
    const auto [entry, added] = keys_.emplace(std::move(key), next);
    if (!added) return entry->second;
    if (keys_.size() > kStrataMax) {
      return Error(ErrorKind::kData,
                   "split: more than 65535 values to stratify by in column `" + column_ + "`")
          .Hint("stratify by a column of classes, such as the label");
    }
    if (!memory_.TryReserve(bytes)) {
      return memory_
          .Exhausted("split: no memory for the values to stratify by in column `" + column_ + "`")
          .Hint("stratify by a column of classes, such as the label, or raise --memory");
    }
    return entry->second;
  }

  const std::string column_;
  HeldMemory memory_;
  std::mutex mutex_;
  std::map<std::optional<std::string>, uint16_t> keys_;
  std::vector<int64_t> rows_;
};

Result<std::vector<uint16_t>> EncodeStrata(const std::shared_ptr<arrow::Array>& column,
                                           Registry& registry) {
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum encoded, arrow::compute::DictionaryEncode(column));
  const auto array = encoded.make_array();
  const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*array);
  ARROW_ASSIGN_OR_RAISE(const auto codes, registry.CodesOf(*dictionary.dictionary()));
  uint16_t null_code = 0;
  if (dictionary.null_count() > 0) {
    ARROW_ASSIGN_OR_RAISE(null_code, registry.CodeOfNull());
  }
  const auto& indices = static_cast<const arrow::Int32Array&>(*dictionary.indices());
  std::vector<uint16_t> rows(static_cast<size_t>(indices.length()));
  for (int64_t row = 0; row < indices.length(); ++row) {
    rows[static_cast<size_t>(row)] =
        indices.IsNull(row) ? null_code : codes[static_cast<size_t>(indices.Value(row))];
  }
  registry.Count(rows);
  return rows;
}

}  // namespace

Strata Strata::Whole(const BatchStore& rows) {
  Strata strata;
  strata.rows_ = {rows.rows()};
  return strata;
}

Result<Strata> Strata::ByColumn(const std::shared_ptr<BatchStore>& rows, const std::string& column,
                                RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(*rows->schema(), column, "split"));
  RETURN_NOT_OK(CheckKeyType(*rows->schema()->field(index)->type(), column, "split"));
  const auto schema = arrow::schema({arrow::field("stratum", arrow::uint16(), false)});
  Strata strata;
  ARROW_ASSIGN_OR_RAISE(strata.codes_, BatchStore::Create(schema, run));
  Registry registry(column, run);
  const auto encode = [&](int64_t i, int64_t, const BatchPtr& batch, Worker&) -> Status {
    ARROW_ASSIGN_OR_RAISE(auto codes, EncodeStrata(batch->column(index), registry));
    auto array = std::make_shared<arrow::UInt16Array>(batch->num_rows(),
                                                      arrow::Buffer::FromVector(std::move(codes)));
    return strata.codes_->Put(i, arrow::RecordBatch::Make(schema, batch->num_rows(), {array}));
  };
  const auto stream = rows->OpenStream();
  RETURN_NOT_OK(ForEachBatch(*stream, encode, run));
  strata.codes_->Seal();
  const std::vector<uint16_t> order = registry.Order();
  strata.ranks_.resize(order.size());
  for (size_t rank = 0; rank < order.size(); ++rank) {
    strata.ranks_[order[rank]] = static_cast<uint16_t>(rank);
    strata.rows_.push_back(registry.rows()[order[rank]]);
  }
  return strata;
}

Result<std::vector<uint16_t>> Strata::Codes(int64_t index) const {
  if (codes_ == nullptr) return std::vector<uint16_t>();
  ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, codes_->Read(index));
  const auto& column = static_cast<const arrow::UInt16Array&>(*batch->column(0));
  std::vector<uint16_t> codes(static_cast<size_t>(column.length()));
  for (int64_t row = 0; row < column.length(); ++row) {
    codes[static_cast<size_t>(row)] = ranks_[column.Value(row)];
  }
  return codes;
}

}  // namespace tideway::dataset
