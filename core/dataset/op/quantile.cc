#include "core/dataset/op/quantile.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/visit_type_inline.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>
#include <utility>

#include "core/dataset/execute.h"
#include "core/dataset/op/key_order.h"
#include "core/dataset/op/sortable_bits.h"

namespace tideway::dataset {
namespace {

// Integers and floats as they are widened before their bits are taken.
enum class Width { kSigned, kUnsigned, kFloat };

Width WidthOf(const arrow::DataType& type) {
  if (arrow::is_floating(type.id())) return Width::kFloat;
  return arrow::is_signed_integer(type.id()) ? Width::kSigned : Width::kUnsigned;
}

constexpr uint64_t kSign = uint64_t{1} << 63;

// The number that has these sortable bits.
double FloatOf(uint64_t bits) {
  return std::bit_cast<double>((bits & kSign) != 0 ? bits ^ kSign : ~bits);
}
long double IntegerOf(uint64_t bits, Width width) {
  if (width == Width::kUnsigned) return static_cast<long double>(bits);
  return static_cast<long double>(static_cast<int64_t>(bits ^ kSign));
}

// What is at `share` of the way between two numbers. Of integers it is rounded once.
double Between(uint64_t lower, uint64_t upper, double share, Width width) {
  if (width == Width::kFloat) {
    return lower == upper ? FloatOf(lower) : std::lerp(FloatOf(lower), FloatOf(upper), share);
  }
  const long double from = IntegerOf(lower, width), to = IntegerOf(upper, width);
  return static_cast<double>(from + static_cast<long double>(share) * (to - from));
}

// Calls `visit(row, bits)` for each value of `cells` that is not null.
template <typename VisitValue>
struct BitsVisitor {
  const arrow::Array& cells;
  const VisitValue& visit;

  template <typename Type>
  Status Visit(const Type&) {
    if constexpr (arrow::is_integer_type<Type>::value || std::is_same_v<Type, arrow::FloatType> ||
                  std::is_same_v<Type, arrow::DoubleType>) {
      using Cell = typename Type::c_type;
      using Wide =
          std::conditional_t<std::is_floating_point_v<Cell>, double,
                             std::conditional_t<std::is_signed_v<Cell>, int64_t, uint64_t>>;
      const auto& array = static_cast<const arrow::NumericArray<Type>&>(cells);
      for (int64_t row = 0; row < array.length(); ++row) {
        if (!array.IsNull(row)) visit(row, SortableBits(static_cast<Wide>(array.Value(row))));
      }
    }
    return Status::OK();
  }
};

// Values by position, quickest when asked for in order.
class ValueReader {
 public:
  explicit ValueReader(const BatchStore& store) : store_(store) {}
  Result<uint64_t> At(int64_t position) {
    if (position < first_ || position >= end_) RETURN_NOT_OK(Load(position));
    return values_->Value(position - first_);
  }

 private:
  Status Load(int64_t position) {
    int64_t low = 0, high = store_.batches();
    while (high - low > 1) {
      const int64_t middle = low + (high - low) / 2;
      (store_.first_row(middle) <= position ? low : high) = middle;
    }
    ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, store_.Read(low));
    values_ = std::static_pointer_cast<arrow::UInt64Array>(batch->column(0));
    first_ = store_.first_row(low);
    end_ = first_ + batch->num_rows();
    return Status::OK();
  }

  const BatchStore& store_;
  std::shared_ptr<arrow::UInt64Array> values_;
  int64_t first_ = 0;
  int64_t end_ = 0;
};

// One quantile: where its groups' values lie.
struct Pick {
  int column;  // of the groups' store
  double q;
  Width width;
  std::vector<int64_t> starts;  // by batch of groups: the position of its first value
};

Result<std::shared_ptr<arrow::Array>> PickQuantiles(const Pick& pick, const arrow::Array& counts,
                                                    int64_t position, const BatchStore& values) {
  const auto& sizes = static_cast<const arrow::Int64Array&>(counts);
  ValueReader reader(values);
  arrow::DoubleBuilder quantiles;
  RETURN_NOT_OK(quantiles.Reserve(sizes.length()));
  for (int64_t group = 0; group < sizes.length(); ++group) {
    const int64_t size = sizes.Value(group);
    if (size == 0) {
      quantiles.UnsafeAppendNull();
      continue;
    }
    const double rank = pick.q * static_cast<double>(size - 1);
    const int64_t below = std::min(static_cast<int64_t>(rank), size - 1);
    const double share = rank - static_cast<double>(below);
    ARROW_ASSIGN_OR_RAISE(const uint64_t lower, reader.At(position + below));
    uint64_t upper = lower;
    if (share > 0 && below + 1 < size) {
      ARROW_ASSIGN_OR_RAISE(upper, reader.At(position + below + 1));
    }
    quantiles.UnsafeAppend(Between(lower, upper, share, pick.width));
    position += size;
  }
  return quantiles.Finish();
}

class QuantileStream : public Stream {
 public:
  struct Parts {
    std::shared_ptr<const BatchStore> values;
    std::shared_ptr<const BatchStore> groups;
    std::vector<Pick> picks;
    SchemaPtr schema;
  };
  explicit QuantileStream(Parts parts) : parts_(std::make_shared<const Parts>(std::move(parts))) {}
  const SchemaPtr& schema() const override { return parts_->schema; }
  Result<Morsel> Next() override {
    if (next_ == parts_->groups->batches()) return Morsel();
    return Morsel([parts = parts_, index = next_++](Worker&) { return Read(*parts, index); });
  }
  std::optional<int64_t> MorselRows() const override {
    return parts_->groups->batch_rows(next_ - 1);
  }

 private:
  static Result<BatchPtr> Read(const Parts& parts, int64_t index) {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr groups, parts.groups->Read(index));
    auto columns = groups->columns();
    for (const Pick& pick : parts.picks) {
      auto& column = columns[static_cast<size_t>(pick.column)];
      ARROW_ASSIGN_OR_RAISE(
          column,
          PickQuantiles(pick, *column, pick.starts[static_cast<size_t>(index)], *parts.values));
    }
    return arrow::RecordBatch::Make(parts.schema, groups->num_rows(), std::move(columns));
  }

  const std::shared_ptr<const Parts> parts_;
  int64_t next_ = 0;
};

// The columns of quantiles, each once, in the order in which their values are sorted.
std::vector<int> ColumnsOf(const std::vector<Aggregate>& aggregates, const arrow::Schema& input) {
  std::vector<int> columns;
  for (const Aggregate& aggregate : aggregates) {
    if (IsQuantile(aggregate)) columns.push_back(input.GetFieldIndex(aggregate.column));
  }
  std::ranges::sort(columns);
  columns.erase(std::ranges::unique(columns).begin(), columns.end());
  return columns;
}

// By batch of `groups`: where the values of its groups begin, and behind the last where they end.
Result<std::vector<int64_t>> Starts(const BatchStore& groups, int counts_column, int64_t first) {
  std::vector<int64_t> starts{first};
  for (int64_t index = 0; index < groups.batches(); ++index) {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, groups.Read(index));
    const auto& counts = static_cast<const arrow::Int64Array&>(*batch->column(counts_column));
    for (int64_t group = 0; group < counts.length(); ++group) first += counts.Value(group);
    starts.push_back(first);
  }
  return starts;
}

}  // namespace

bool IsQuantile(const Aggregate& aggregate) {
  return aggregate.kind == AggregateKind::kMedian || aggregate.kind == AggregateKind::kQuantile;
}

bool HasQuantiles(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || type.id() == arrow::Type::FLOAT ||
         type.id() == arrow::Type::DOUBLE;
}

QuantileColumns::QuantileColumns(const std::vector<Aggregate>& aggregates,
                                 const arrow::Schema& input)
    : columns_(ColumnsOf(aggregates, input)) {}

SchemaPtr QuantileColumns::ValueSchema() {
  static const SchemaPtr schema = arrow::schema({arrow::field("value", arrow::binary())});
  return schema;
}

Result<BatchPtr> QuantileColumns::Values(const arrow::RecordBatch& batch,
                                         const arrow::BinaryArray& keys) const {
  constexpr int64_t kOwnBytes = sizeof(uint32_t) + sizeof(uint64_t);
  const auto columns = static_cast<int64_t>(columns_.size());
  arrow::BinaryBuilder values;
  RETURN_NOT_OK(values.Reserve(columns * batch.num_rows()));
  RETURN_NOT_OK(
      values.ReserveData(columns * (keys.total_values_length() + kOwnBytes * batch.num_rows())));
  std::string value;
  for (const int column : columns_) {
    uint8_t number[sizeof(uint32_t)];
    PutBigEndian(static_cast<uint32_t>(column), number);
    const auto add = [&](int64_t row, uint64_t bits) {
      uint8_t last[sizeof(uint64_t)];
      PutBigEndian(bits, last);
      value.assign(reinterpret_cast<const char*>(number), sizeof number);
      value.append(keys.GetView(row));
      value.append(reinterpret_cast<const char*>(last), sizeof last);
      values.UnsafeAppend(value);
    };
    const arrow::Array& cells = *batch.column(column);
    BitsVisitor<decltype(add)> visitor{cells, add};
    RETURN_NOT_OK(arrow::VisitTypeInline(*cells.type(), &visitor));
  }
  ARROW_ASSIGN_OR_RAISE(auto array, values.Finish());
  const int64_t rows = array->length();
  return arrow::RecordBatch::Make(ValueSchema(), rows, {std::move(array)});
}

Result<std::shared_ptr<arrow::BinaryArray>> QuantileColumns::SortKeys(
    const arrow::RecordBatch& values) {
  return std::static_pointer_cast<arrow::BinaryArray>(values.column(0));
}

Result<std::shared_ptr<BatchStore>> KeepValues(Stream& values, RunContext& run) {
  const SchemaPtr schema = arrow::schema({arrow::field("bits", arrow::uint64())});
  ARROW_ASSIGN_OR_RAISE(auto store, BatchStore::Create(schema, run));
  RETURN_NOT_OK(ForEachBatch(
      values,
      [&](int64_t index, int64_t, const BatchPtr& batch, Worker&) -> Status {
        const auto& array = static_cast<const arrow::BinaryArray&>(*batch->column(0));
        arrow::UInt64Builder bits;
        RETURN_NOT_OK(bits.Reserve(array.length()));
        for (int64_t row = 0; row < array.length(); ++row) {
          const std::string_view value = array.GetView(row);
          bits.UnsafeAppend(BigEndian(value.data() + value.size() - sizeof(uint64_t)));
        }
        ARROW_ASSIGN_OR_RAISE(auto column, bits.Finish());
        return store->Put(index,
                          arrow::RecordBatch::Make(schema, array.length(), {std::move(column)}));
      },
      run, "group_by: quantiles"));
  store->Seal();
  return store;
}

Result<std::shared_ptr<BatchStore>> KeepRows(Stream& rows, RunContext& run,
                                             std::string_view stage) {
  ARROW_ASSIGN_OR_RAISE(auto store, BatchStore::Create(rows.schema(), run));
  RETURN_NOT_OK(ForEachBatch(
      rows,
      [&](int64_t index, int64_t, const BatchPtr& batch, Worker&) {
        return store->Put(index, batch);
      },
      run, stage));
  store->Seal();
  return store;
}

Result<std::unique_ptr<Stream>> OpenQuantiles(std::shared_ptr<const BatchStore> values,
                                              std::shared_ptr<const BatchStore> groups,
                                              const std::vector<Aggregate>& aggregates,
                                              int first_column, const arrow::Schema& input,
                                              SchemaPtr schema) {
  std::vector<Pick> picks;
  int64_t first = 0;
  for (const int column : ColumnsOf(aggregates, input)) {
    std::vector<int64_t> starts;
    for (size_t i = 0; i < aggregates.size(); ++i) {
      const Aggregate& aggregate = aggregates[i];
      if (!IsQuantile(aggregate) || input.GetFieldIndex(aggregate.column) != column) continue;
      const int at = first_column + static_cast<int>(i);
      if (starts.empty()) {
        ARROW_ASSIGN_OR_RAISE(starts, Starts(*groups, at, first));
      }
      picks.push_back({at, aggregate.q, WidthOf(*input.field(column)->type()), starts});
    }
    first = starts.back();
  }
  return std::make_unique<QuantileStream>(QuantileStream::Parts{
      std::move(values), std::move(groups), std::move(picks), std::move(schema)});
}

}  // namespace tideway::dataset
