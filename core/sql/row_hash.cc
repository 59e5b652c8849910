#include "core/sql/row_hash.h"

#include <arrow/api.h>
#include <xxhash.h>

#include <vector>

#include "core/base/hash.h"

namespace tideway::sql {
namespace {

struct FreeState {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

class Hasher {
 public:
  Hasher() : state_(XXH3_createState()) { XXH3_128bits_reset(state_.get()); }
  void Add(const void* data, int64_t size) {
    if (size > 0) XXH3_128bits_update(state_.get(), data, static_cast<size_t>(size));
  }
  void AddDigest(std::string& text) const {
    const XXH128_hash_t digest = XXH3_128bits_digest(state_.get());
    text.append(reinterpret_cast<const char*>(&digest), sizeof digest);
  }

 private:
  std::unique_ptr<XXH3_state_t, FreeState> state_;
};

// Validity, lengths and values have a hasher each: mixed, they would depend on the batches' sizes.
class ColumnHash {
 public:
  void Update(const arrow::Array& column) {
    AddValidity(column);
    switch (column.type_id()) {
      case arrow::Type::STRING:
      case arrow::Type::BINARY:
        return AddBinary(static_cast<const arrow::BinaryArray&>(column));
      case arrow::Type::LIST:
        return AddList(static_cast<const arrow::ListArray&>(column));
      case arrow::Type::BOOL:
        return AddBools(static_cast<const arrow::BooleanArray&>(column));
      default:
        return AddFixedWidth(column);
    }
  }

  void AddDigest(std::string& text) const {
    validity_.AddDigest(text);
    lengths_.AddDigest(text);
    values_.AddDigest(text);
    if (items_) items_->AddDigest(text);
  }

 private:
  // One byte for each row: batches need not begin at a byte of the bitmap.
  void AddValidity(const arrow::Array& column) {
    scratch_.assign(static_cast<size_t>(column.length()), 1);
    if (column.null_count() > 0) {
      for (int64_t i = 0; i < column.length(); ++i) scratch_[i] = column.IsValid(i);
    }
    validity_.Add(scratch_.data(), column.length());
  }

  void AddBools(const arrow::BooleanArray& column) {
    for (int64_t i = 0; i < column.length(); ++i) {
      scratch_[i] = column.IsValid(i) && column.Value(i);
    }
    values_.Add(scratch_.data(), column.length());
  }

  // What stands under a null is what the builder left there: zeros.
  void AddFixedWidth(const arrow::Array& column) {
    const auto& type = static_cast<const arrow::FixedWidthType&>(*column.type());
    const int64_t width = type.bit_width() / 8;
    const auto& values = column.data()->buffers[1];
    if (values) values_.Add(values->data() + column.offset() * width, column.length() * width);
  }

  template <typename Array>
  void AddLengths(const Array& column) {
    scratch_lengths_.resize(static_cast<size_t>(column.length()));
    for (int64_t i = 0; i < column.length(); ++i) scratch_lengths_[i] = column.value_length(i);
    lengths_.Add(scratch_lengths_.data(), column.length() * int64_t{sizeof(int32_t)});
  }

  void AddBinary(const arrow::BinaryArray& column) {
    AddLengths(column);
    if (column.length() == 0) return;
    values_.Add(column.raw_data() + column.value_offset(0), column.total_values_length());
  }

  void AddList(const arrow::ListArray& column) {
    AddLengths(column);
    if (!items_) items_ = std::make_unique<ColumnHash>();
    if (column.length() == 0) return;
    const int64_t first = column.value_offset(0);
    items_->Update(*column.values()->Slice(first, column.value_offset(column.length()) - first));
  }

  Hasher validity_;
  Hasher lengths_;
  Hasher values_;
  std::vector<uint8_t> scratch_;
  std::vector<int32_t> scratch_lengths_;
  std::unique_ptr<ColumnHash> items_;
};

}  // namespace

struct RowHash::State {
  std::string header;
  std::vector<ColumnHash> columns;
};

RowHash::RowHash(const dataset::SchemaPtr& schema) : state_(std::make_unique<State>()) {
  state_->header = schema->ToString();
  state_->columns = std::vector<ColumnHash>(static_cast<size_t>(schema->num_fields()));
}

RowHash::~RowHash() = default;

void RowHash::Update(const arrow::RecordBatch& batch) {
  for (int i = 0; i < batch.num_columns(); ++i) state_->columns[i].Update(*batch.column(i));
}

std::string RowHash::Finish() {
  std::string digests = state_->header;
  for (const ColumnHash& column : state_->columns) column.AddDigest(digests);
  return "xxh128:" + Hash128Hex(digests);
}

}  // namespace tideway::sql
