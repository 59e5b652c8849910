// What group_by computes of the rows of each group, in two steps: of the rows of a batch, then of
// such partial results. The outcome does not depend on how the rows were cut into batches.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/stream.h"

namespace tideway::dataset {

// Null cells are passed over. All but the counts are null where there was no value.
enum class AggregateKind {
  kCount,  // int64: of the values; without a column, of the rows
  kSum,    // of integers int64, of floats float64: exact, but for one rounding at the end
  kMean,   // float64: the exact sum, rounded, by the number of values
  kMin,    // as the column, by the order of row_key.h, in which NaN is the greatest number;
  kMax,    // the first one of equals
  // float64, of numbers: see quantile.h, which makes them. Aggregator gives the number of values.
  kMedian,
  kQuantile,
};

struct Aggregate {
  std::string name;  // of the new column
  AggregateKind kind = AggregateKind::kCount;
  std::string column = {};  // empty for the number of rows
  double q = 0.5;           // of a quantile, 0 to 1
};

// "count", "sum", "mean", "min", "max", "median", "quantile"; a name that is none of them is an
// error of kind usage.
std::string_view KindName(AggregateKind kind);
Result<AggregateKind> KindNamed(std::string_view name);

// Groups are numbered 0 ... `count` - 1; `groups` has the group of each cell. Thread-safe.
class Aggregator {
 public:
  virtual ~Aggregator() = default;
  // For cells of that type. An error of kind usage when the aggregate cannot be made of them.
  static Result<std::unique_ptr<const Aggregator>> Make(
      const Aggregate& aggregate, const std::shared_ptr<arrow::DataType>& type);

  using Array = std::shared_ptr<arrow::Array>;
  using Groups = std::span<const uint32_t>;
  virtual std::shared_ptr<arrow::DataType> partial_type() const = 0;
  virtual std::shared_ptr<arrow::DataType> result_type() const = 0;
  // What is to be known of some cells, by group. `cells` is null for the number of rows.
  virtual Result<Array> Partial(const Array& cells, Groups groups, size_t count) const = 0;
  // The aggregate, by group, of partial results in the order of the rows. An error of kind data
  // when a result does not fit in its type.
  virtual Result<Array> Merge(const Array& partials, Groups groups, size_t count) const = 0;
};

}  // namespace tideway::dataset
