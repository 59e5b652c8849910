#include "core/dedup/decision.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "core/dataset/columns.h"
#include "core/dataset/run_context.h"

namespace tideway::dedup {

Result<SourceCounts> CountSources(const Decision& decision, const std::string& column,
                                  dataset::RunContext& run) {
  const dataset::BatchStore& rows = decision.rows();
  ARROW_ASSIGN_OR_RAISE(const int index, dataset::ColumnIndex(*rows.schema(), column, "dedup"));
  SourceCounts counts;
  uint32_t document = decision.first();
  for (int64_t i = 0; i < rows.batches(); ++i) {
    RETURN_NOT_OK(run.cancel().Check());
    ARROW_ASSIGN_OR_RAISE(const auto batch, rows.Read(i));
    const Texts sources(batch->column(index));
    for (int64_t row = 0; row < batch->num_rows(); ++row, ++document) {
      const std::string_view source = sources.At(row).value_or(std::string_view());
      auto found = counts.find(source);
      if (found == counts.end()) found = counts.emplace(source, SourceCount()).first;
      ++found->second.rows;
      found->second.removed += decision.Goes(document) ? 1 : 0;
    }
  }
  return counts;
}

int64_t CountRemoved(const Decision& decision) {
  int64_t removed = 0;
  for (uint32_t i = decision.first(); i < decision.documents.count(); ++i) {
    removed += decision.Goes(i) ? 1 : 0;
  }
  return removed;
}

}  // namespace tideway::dedup
