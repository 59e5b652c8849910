#include "core/dataset/op/aggregate.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <array>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "core/dataset/op/exact_sum.h"
#include "core/dataset/op/quantile.h"
#include "core/dataset/op/row_key.h"

namespace tideway::dataset {
namespace {

using Array = Aggregator::Array;
using Groups = Aggregator::Groups;
using TypePtr = std::shared_ptr<arrow::DataType>;
__extension__ typedef __int128 WideInteger;

constexpr std::array<std::string_view, 7> kNames{"count", "sum",    "mean",    "min",
                                                 "max",   "median", "quantile"};

std::string Called(const Aggregate& aggregate) {
  return fmt::format("group_by: {} of `{}`", KindName(aggregate.kind), aggregate.column);
}

// Calls `visit(row, group)` for each row whose cell is not null.
template <typename Visit>
void ForEachValue(const arrow::Array& cells, Groups groups, Visit&& visit) {
  const bool nulls = cells.null_count() > 0;
  for (int64_t row = 0; row < cells.length(); ++row) {
    if (nulls && cells.IsNull(row)) continue;
    visit(row, groups[static_cast<size_t>(row)]);
  }
}

Result<Array> ArrayOf(const std::vector<int64_t>& values) {
  arrow::Int64Builder builder;
  RETURN_NOT_OK(builder.AppendValues(values));
  return builder.Finish();
}

class Count : public Aggregator {
 public:
  TypePtr partial_type() const override { return arrow::int64(); }
  TypePtr result_type() const override { return arrow::int64(); }
  Result<Array> Partial(const Array& cells, Groups groups, size_t count) const override {
    std::vector<int64_t> counts(count);
    if (cells == nullptr) {
      for (const uint32_t group : groups) ++counts[group];
    } else {
      ForEachValue(*cells, groups, [&](int64_t, uint32_t group) { ++counts[group]; });
    }
    return ArrayOf(counts);
  }
  Result<Array> Merge(const Array& partials, Groups groups, size_t count) const override {
    std::vector<int64_t> counts(count);
    const auto& parts = static_cast<const arrow::Int64Array&>(*partials);
    for (size_t i = 0; i < groups.size(); ++i) {
      counts[groups[i]] += parts.Value(static_cast<int64_t>(i));
    }
    return ArrayOf(counts);
  }
};

// A sum on the way. As bytes: none for no values; for one value that value, as where keys hardly
// repeat most sums are of one; else the number of values, then what makes up the total.
template <typename Total>
struct Sum {
  Total total = {};
  int64_t values = 0;
};

void Increase(WideInteger& total, int64_t value) { total += value; }
void Increase(WideInteger& total, uint64_t value) { total += value; }
void Increase(ExactSum& total, double value) { total.Add(value); }

double ToDouble(WideInteger total) { return static_cast<double>(total); }
double ToDouble(const ExactSum& total) { return total.Value(); }

WideInteger OnlyValue(WideInteger total) { return total; }
double OnlyValue(const ExactSum& total) { return total.Value(); }

std::span<const WideInteger> Parts(const WideInteger& total) { return {&total, 1}; }
std::span<const double> Parts(const ExactSum& total) { return total.parts(); }

template <typename Part>
Part ReadBytes(std::string_view& bytes) {
  Part part;
  std::memcpy(&part, bytes.data(), sizeof part);
  bytes.remove_prefix(sizeof part);
  return part;
}

void IncreaseByBytes(WideInteger& total, std::string_view bytes) {
  total += ReadBytes<WideInteger>(bytes);
}
void IncreaseByBytes(ExactSum& total, std::string_view bytes) {
  while (!bytes.empty()) total.Add(ReadBytes<double>(bytes));
}

// sum and mean. `Cell` is the type of value of the array, widened.
template <typename ArrayType, typename Cell, typename Total>
class Summing : public Aggregator {
 public:
  explicit Summing(Aggregate aggregate) : aggregate_(std::move(aggregate)) {}
  TypePtr partial_type() const override { return arrow::binary(); }
  TypePtr result_type() const override { return integers() ? arrow::int64() : arrow::float64(); }

  Result<Array> Partial(const Array& cells, Groups groups, size_t count) const override {
    const auto& array = static_cast<const ArrayType&>(*cells);
    std::vector<Sum<Total>> sums(count);
    ForEachValue(array, groups, [&](int64_t row, uint32_t group) {
      Increase(sums[group].total, static_cast<Cell>(array.Value(row)));
      ++sums[group].values;
    });
    arrow::BinaryBuilder builder;
    std::string bytes;
    for (const Sum<Total>& sum : sums) {
      bytes.clear();
      if (sum.values == 1) {
        const auto value = static_cast<Cell>(OnlyValue(sum.total));
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
      } else if (sum.values > 1) {
        const auto parts = std::as_bytes(Parts(sum.total));
        bytes.append(reinterpret_cast<const char*>(&sum.values), sizeof sum.values);
        bytes.append(reinterpret_cast<const char*>(parts.data()), parts.size());
      }
      RETURN_NOT_OK(builder.Append(bytes));
    }
    return builder.Finish();
  }

  Result<Array> Merge(const Array& partials, Groups groups, size_t count) const override {
    const auto& array = static_cast<const arrow::BinaryArray&>(*partials);
    std::vector<Sum<Total>> sums(count);
    for (size_t i = 0; i < groups.size(); ++i) {
      std::string_view bytes = array.GetView(static_cast<int64_t>(i));
      Sum<Total>& sum = sums[groups[i]];
      if (bytes.size() == sizeof(Cell)) {
        Increase(sum.total, ReadBytes<Cell>(bytes));
        ++sum.values;
      } else if (!bytes.empty()) {
        sum.values += ReadBytes<int64_t>(bytes);
        IncreaseByBytes(sum.total, bytes);
      }
    }
    if (integers()) return Integers(sums);
    arrow::DoubleBuilder builder;
    for (const Sum<Total>& sum : sums) {
      const double total = ToDouble(sum.total);
      const bool mean = aggregate_.kind == AggregateKind::kMean;
      RETURN_NOT_OK(sum.values == 0
                        ? builder.AppendNull()
                        : builder.Append(mean ? total / static_cast<double>(sum.values) : total));
    }
    return builder.Finish();
  }

 private:
  bool integers() const {
    return std::is_same_v<Total, WideInteger> && aggregate_.kind == AggregateKind::kSum;
  }

  Result<Array> Integers(const std::vector<Sum<Total>>& sums) const {
    arrow::Int64Builder builder;
    if constexpr (std::is_same_v<Total, WideInteger>) {
      for (const Sum<Total>& sum : sums) {
        const auto total = static_cast<int64_t>(sum.total);
        if (total != sum.total) return TooLarge(sum.total);
        RETURN_NOT_OK(sum.values == 0 ? builder.AppendNull() : builder.Append(total));
      }
    }
    return builder.Finish();
  }

  Error TooLarge(WideInteger total) const {
    return Error(ErrorKind::kData,
                 fmt::format("{} does not fit in int64: {}", Called(aggregate_), total))
        .Hint(fmt::format("add it up as float64: rows:cast {{ {} = \"float64\" }} before group_by",
                          aggregate_.column));
  }

  const Aggregate aggregate_;
};

// min and max: by group the row with the best cell, compared as sortable bytes.
class Extreme : public Aggregator {
 public:
  Extreme(TypePtr type, bool greatest, RowKeys keys)
      : schema_(arrow::schema({arrow::field("cell", type)})),
        greatest_(greatest),
        keys_(std::move(keys)) {}

  static Result<std::unique_ptr<const Aggregator>> Make(const Aggregate& aggregate,
                                                        const TypePtr& type) {
    auto keys = RowKeys::Make(*arrow::schema({arrow::field(aggregate.column, type)}),
                              {{.column = aggregate.column}}, Called(aggregate));
    RETURN_NOT_OK(keys.status());
    return std::make_unique<Extreme>(type, aggregate.kind == AggregateKind::kMax, std::move(*keys));
  }

  TypePtr partial_type() const override { return schema_->field(0)->type(); }
  TypePtr result_type() const override { return schema_->field(0)->type(); }
  Result<Array> Partial(const Array& cells, Groups groups, size_t count) const override {
    return Merge(cells, groups, count);
  }
  Result<Array> Merge(const Array& cells, Groups groups, size_t count) const override {
    ARROW_ASSIGN_OR_RAISE(const auto keys, keys_.Encode(*arrow::RecordBatch::Make(
                                               schema_, cells->length(), {cells})));
    constexpr int64_t kNone = -1;
    std::vector<int64_t> best(count, kNone);
    ForEachValue(*cells, groups, [&](int64_t row, uint32_t group) {
      int64_t& best_row = best[group];
      if (best_row == kNone || IsBetter(keys->GetView(row), keys->GetView(best_row))) {
        best_row = row;
      }
    });
    arrow::Int64Builder rows;
    RETURN_NOT_OK(rows.Reserve(static_cast<int64_t>(count)));
    for (const int64_t row : best) {
      if (row == kNone) {
        rows.UnsafeAppendNull();
      } else {
        rows.UnsafeAppend(row);
      }
    }
    ARROW_ASSIGN_OR_RAISE(const auto indices, rows.Finish());
    return arrow::compute::Take(*cells, *indices, arrow::compute::TakeOptions::NoBoundsCheck());
  }

 private:
  bool IsBetter(std::string_view key, std::string_view than) const {
    return greatest_ ? key > than : key < than;
  }

  const SchemaPtr schema_;
  const bool greatest_;
  const RowKeys keys_;
};

Error TakesNumbers(const Aggregate& aggregate, const arrow::DataType& type) {
  return Error(ErrorKind::kUsage,
               fmt::format("{}: takes numbers, not {}", Called(aggregate), type.ToString()))
      .Hint(fmt::format("cast it first: rows:cast {{ {} = \"float64\" }}", aggregate.column));
}

Result<std::unique_ptr<const Aggregator>> MakeSumming(const Aggregate& aggregate,
                                                      const TypePtr& type) {
  switch (type->id()) {
#define TIDEWAY_SUM_CASE(id, array, cell, total) \
  case arrow::Type::id:                          \
    return std::make_unique<Summing<arrow::array, cell, total>>(aggregate);
    TIDEWAY_SUM_CASE(INT8, Int8Array, int64_t, WideInteger)
    TIDEWAY_SUM_CASE(INT16, Int16Array, int64_t, WideInteger)
    TIDEWAY_SUM_CASE(INT32, Int32Array, int64_t, WideInteger)
    TIDEWAY_SUM_CASE(INT64, Int64Array, int64_t, WideInteger)
    TIDEWAY_SUM_CASE(UINT8, UInt8Array, uint64_t, WideInteger)
    TIDEWAY_SUM_CASE(UINT16, UInt16Array, uint64_t, WideInteger)
    TIDEWAY_SUM_CASE(UINT32, UInt32Array, uint64_t, WideInteger)
    TIDEWAY_SUM_CASE(UINT64, UInt64Array, uint64_t, WideInteger)
    TIDEWAY_SUM_CASE(FLOAT, FloatArray, double, ExactSum)
    TIDEWAY_SUM_CASE(DOUBLE, DoubleArray, double, ExactSum)
#undef TIDEWAY_SUM_CASE
    default:
      return TakesNumbers(aggregate, *type);
  }
}

}  // namespace

std::string_view KindName(AggregateKind kind) { return kNames[static_cast<size_t>(kind)]; }

Result<AggregateKind> KindNamed(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<AggregateKind>(i);
  }
  return Error(ErrorKind::kUsage, fmt::format("group_by: no aggregate `{}`{}", name,
                                              DidYouMean(name, {kNames.begin(), kNames.end()})))
      .Hint("there are count, sum, mean, min, max, median and quantile");
}

Result<std::unique_ptr<const Aggregator>> Aggregator::Make(const Aggregate& aggregate,
                                                           const TypePtr& type) {
  switch (aggregate.kind) {
    case AggregateKind::kCount:
      return std::make_unique<Count>();
    case AggregateKind::kSum:
    case AggregateKind::kMean:
      return MakeSumming(aggregate, type);
    case AggregateKind::kMedian:
    case AggregateKind::kQuantile:
      if (!HasQuantiles(*type)) return TakesNumbers(aggregate, *type);
      return std::make_unique<Count>();
    case AggregateKind::kMin:
    case AggregateKind::kMax:
      break;
  }
  return Extreme::Make(aggregate, type);
}

}  // namespace tideway::dataset
