#include "core/dataset/op/strata.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_dict.h>
#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/held_memory.h"
#include "core/dataset/op/key_hash.h"
#include "core/dataset/op/row_key.h"

namespace tideway::dataset {
namespace {

constexpr size_t kStrataMax = 65535;
// For short values, as many as there may be.
constexpr int64_t kFreeBytes = 16 << 20;
// What a key takes beside its bytes.
constexpr int64_t kEntryBytes = 128;

// "column `a`", "columns `a`, `b`"
std::string NameColumns(const std::vector<std::string>& columns) {
  std::string text = columns.size() == 1 ? "column" : "columns";
  for (const std::string& column : columns) {
    text += (&column == columns.data() ? " `" : ", `") + column + "`";
  }
  return text;
}

// Whose strata they are, for errors.
struct Words {
  std::string operation;
  std::string by;
  std::string columns;
};

// The strata met so far, in the order met, which depends on threads: Strata puts them in order.
class Registry {
 public:
  Registry(Words words, RunContext& run)
      : words_(std::move(words)), memory_(run.shared_budget(), kFreeBytes) {}

  // The codes of some keys, each given once.
  Result<std::vector<uint16_t>> CodesOf(const arrow::BinaryArray& keys) {
    std::lock_guard lock(mutex_);
    std::vector<uint16_t> codes;
    for (int64_t i = 0; i < keys.length(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const uint16_t code, CodeOf(keys.GetView(i)));
      codes.push_back(code);
    }
    return codes;
  }

  void Count(const std::vector<uint16_t>& codes) {
    std::lock_guard lock(mutex_);
    rows_.resize(keys_.size());
    for (const uint16_t code : codes) ++rows_[code];
  }
  const std::vector<int64_t>& rows() const { return rows_; }
  // Codes with most rows first, then by key.
  std::vector<uint16_t> Order() const {
    std::vector<uint16_t> by_key;
    for (const auto& [key, code] : keys_) by_key.push_back(code);
    std::stable_sort(by_key.begin(), by_key.end(),
                     [this](uint16_t a, uint16_t b) { return rows_[a] > rows_[b]; });
    return by_key;
  }

 private:
  Result<uint16_t> CodeOf(std::string_view key) {
    if (const auto known = keys_.find(key); known != keys_.end()) return known->second;
    const std::string hint = words_.by + " a column of classes, such as the label";
    if (keys_.size() == kStrataMax) {
      return Error(ErrorKind::kData, words_.operation + ": more than 65535 values to " + words_.by +
                                         " in " + words_.columns)
          .Hint(hint);
    }
    if (!memory_.TryReserve(static_cast<int64_t>(key.size()) + kEntryBytes)) {
      return memory_
          .Exhausted(words_.operation + ": no memory for the values to " + words_.by + " in " +
                     words_.columns)
          .Hint(hint + ", or raise --memory");
    }
    const auto next = static_cast<uint16_t>(keys_.size());
    keys_.emplace(key, next);
    return next;
  }

  const Words words_;
  HeldMemory memory_;
  std::mutex mutex_;
  std::map<std::string, uint16_t, std::less<>> keys_;
  std::vector<int64_t> rows_;
};

Result<RowKeys> RowKeysOf(const arrow::Schema& schema, const std::vector<std::string>& columns,
                          std::string_view operation) {
  std::vector<SortKey> keys;
  for (const std::string& column : columns) {
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(schema, column, operation));
    RETURN_NOT_OK(CheckKeyType(*schema.field(index)->type(), column, operation));
    keys.push_back({.column = column, .nulls_first = true});
  }
  return RowKeys::Make(schema, keys, operation);
}

Result<std::vector<uint16_t>> EncodeStrata(const std::shared_ptr<arrow::BinaryArray>& keys,
                                           Registry& registry) {
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum encoded, arrow::compute::DictionaryEncode(keys));
  const auto array = encoded.make_array();
  const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*array);
  ARROW_ASSIGN_OR_RAISE(
      const auto codes,
      registry.CodesOf(static_cast<const arrow::BinaryArray&>(*dictionary.dictionary())));
  const auto& indices = static_cast<const arrow::Int32Array&>(*dictionary.indices());
  std::vector<uint16_t> rows(static_cast<size_t>(indices.length()));
  for (int64_t row = 0; row < indices.length(); ++row) {
    rows[static_cast<size_t>(row)] = codes[static_cast<size_t>(indices.Value(row))];
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

Status Strata::CheckColumns(const arrow::Schema& schema, const std::vector<std::string>& columns,
                            std::string_view operation) {
  return RowKeysOf(schema, columns, operation).status();
}

Result<Strata> Strata::ByColumns(const std::shared_ptr<BatchStore>& rows,
                                 const std::vector<std::string>& columns, RunContext& run,
                                 std::string_view operation, std::string_view by) {
  ARROW_ASSIGN_OR_RAISE(const RowKeys keys, RowKeysOf(*rows->schema(), columns, operation));
  const auto schema = arrow::schema({arrow::field("stratum", arrow::uint16(), false)});
  Strata strata;
  ARROW_ASSIGN_OR_RAISE(strata.codes_, BatchStore::Create(schema, run));
  Registry registry({std::string(operation), std::string(by), NameColumns(columns)}, run);
  const auto encode = [&](int64_t i, int64_t, const BatchPtr& batch, Worker&) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto encoded, keys.Encode(*batch));
    ARROW_ASSIGN_OR_RAISE(auto codes, EncodeStrata(encoded, registry));
    auto array = std::make_shared<arrow::UInt16Array>(batch->num_rows(),
                                                      arrow::Buffer::FromVector(std::move(codes)));
    return strata.codes_->Put(i, arrow::RecordBatch::Make(schema, batch->num_rows(), {array}));
  };
  const auto stream = rows->OpenStream();
  RETURN_NOT_OK(ForEachBatch(*stream, encode, run, "classes"));
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
