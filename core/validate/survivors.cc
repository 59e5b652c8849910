#include "core/validate/survivors.h"

#include <arrow/array/builder_binary.h>
#include <arrow/record_batch.h>

#include "core/dataset/op/filter_rows.h"

namespace tideway::validate {

std::vector<uint16_t> FirstFailed(const Rules& rules, const FailedRows& failed, int64_t rows) {
  std::vector<uint16_t> first(static_cast<size_t>(rows), kNoRule);
  for (size_t rule = failed.size(); rule-- > 0;) {
    if (rules.rules[rule].only_counted) continue;
    for (const uint32_t row : failed[rule]) first[row] = static_cast<uint16_t>(rule);
  }
  return first;
}

Result<dataset::BatchPtr> Survivors(const dataset::BatchPtr& batch,
                                    const std::vector<uint16_t>& first_failed) {
  dataset::RowMask mask(batch->num_rows());
  int64_t row = 0;
  for (const uint16_t rule : first_failed) mask.Set(row++, rule == kNoRule);
  return dataset::FilterRows(batch, mask);
}

Result<std::shared_ptr<arrow::Array>> TagsOf(const Rules& rules, const FailedRows& failed,
                                             int64_t rows) {
  std::vector<std::string> names(static_cast<size_t>(rows));
  for (size_t rule = 0; rule < failed.size(); ++rule) {
    if (rules.rules[rule].only_counted) continue;
    for (const uint32_t row : failed[rule]) {
      if (!names[row].empty()) names[row] += ", ";
      names[row] += rules.rules[rule].name;
    }
  }
  arrow::StringBuilder tags;
  RETURN_NOT_OK(tags.Reserve(rows));
  for (const std::string& name : names) {
    RETURN_NOT_OK(name.empty() ? tags.AppendNull() : tags.Append(name));
  }
  return tags.Finish();
}

}  // namespace tideway::validate
