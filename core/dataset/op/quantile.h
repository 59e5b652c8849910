// Exact quantiles of the groups of group_by, in bounded memory however large a group is.
//
// All values of all columns with quantiles are sorted together, by column, key and value. Then the
// value at any rank of any group is at a known position, as the groups before it have known sizes.
//
//   QuantileColumns columns(aggregates, schema);
//   values = columns.Values(*batch, *keys);                        // for each batch, by any worker
//   SortRows(values of all batches, QuantileColumns::SortKeys, ...), and keep them: `sorted`
//   ... for each group, in the order of keys, the number of values of each quantile: `groups` ...
//   OpenQuantiles(sorted, groups, aggregates, ...);
//
// A quantile q of n values is at rank h = q (n - 1), counted from 0: between two values it is
// lower + (h - floor h) (upper - lower). NaN is the greatest number; where it is one of the two the
// quantile is NaN. Two infinities of both signs have NaN between them.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/batch_store.h"
#include "core/dataset/op/aggregate.h"

namespace tideway::dataset {

bool IsQuantile(const Aggregate& aggregate);
// Whether quantiles can be made of a column: of integers and floats.
bool HasQuantiles(const arrow::DataType& type);

// Threads: const methods from any. At least one aggregate must be a quantile.
class QuantileColumns {
 public:
  // REQUIRES: the columns are in `input`, and HasQuantiles of their types.
  QuantileColumns(const std::vector<Aggregate>& aggregates, const arrow::Schema& input);
  // The values of one batch that are not null, of all columns, as bytes that sort as they shall:
  // the number of the column, the key of the row, the value.
  Result<BatchPtr> Values(const arrow::RecordBatch& batch, const arrow::BinaryArray& keys) const;
  static SchemaPtr ValueSchema();
  // The sort key of each row that Values() gave (see sort_rows.h).
  static Result<std::shared_ptr<arrow::BinaryArray>> SortKeys(const arrow::RecordBatch& values);

 private:
  std::vector<int> columns_;
};

// What is kept of sorted values: their bits.
Result<std::shared_ptr<BatchStore>> KeepValues(Stream& values, RunContext& run);
// All rows, in order.
Result<std::shared_ptr<BatchStore>> KeepRows(Stream& rows, RunContext& run, std::string_view stage);

// `groups` with float64 quantiles where it has the number of values that each is of. Its columns at
// `first_column` and behind are those of `aggregates`; `input` is the schema that
// QuantileColumns had, `schema` that of the result.
Result<std::unique_ptr<Stream>> OpenQuantiles(std::shared_ptr<const BatchStore> values,
                                              std::shared_ptr<const BatchStore> groups,
                                              const std::vector<Aggregate>& aggregates,
                                              int first_column, const arrow::Schema& input,
                                              SchemaPtr schema);

}  // namespace tideway::dataset
