// Which row groups of Parquet files a condition can be true in, told by the statistics in the
// footer: least and greatest value, and the number of nulls, of each column.
//
//   const RowGroupFilter filter({condition}, layout.schema);
//   if (!filter.MayHoldRows(file, group)) ... no row of the group makes the condition true ...
//
// Only conditions that cannot fail are made use of, so that no error goes unnoticed. Statistics
// that are not there, or not to be trusted, tell nothing; nor do those of types that are not
// compared by number or by byte. NaN is never counted in them. Threads: const methods from any.
#pragma once

#include <arrow/type_fwd.h>

#include <vector>

#include "core/dataset/expression/expression.h"
#include "core/dataset/format/parquet_layout_internal.h"

namespace tideway::dataset {

class RowGroupFilter {
 public:
  // Rows are dropped for which not all `conditions` are true.
  RowGroupFilter(const std::vector<ExpressionPtr>& conditions, SchemaPtr schema);
  // May throw what Parquet throws for a damaged footer.
  bool MayHoldRows(const ParquetFileLayout& file, int group) const;

 private:
  std::vector<ExpressionPtr> conditions_;  // none where they cannot be made use of
  SchemaPtr schema_;
};

}  // namespace tideway::dataset
