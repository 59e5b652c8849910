// What becomes of the rows of a batch that fail rules.
//
// Threads: functions are pure.
#pragma once

#include <cstdint>
#include <vector>

#include "core/validate/row_rules.h"

namespace tideway::validate {

inline constexpr uint16_t kNoRule = UINT16_MAX;
// The number of the first rule that each of `rows` rows fails, those that are only counted aside,
// or kNoRule.
std::vector<uint16_t> FirstFailed(const Rules& rules, const FailedRows& failed, int64_t rows);
// The rows whose entry is kNoRule.
Result<dataset::BatchPtr> Survivors(const dataset::BatchPtr& batch,
                                    const std::vector<uint16_t>& first_failed);
// The names of all rules that each row fails, "size.min, path.matches", or null.
Result<std::shared_ptr<arrow::Array>> TagsOf(const Rules& rules, const FailedRows& failed,
                                             int64_t rows);

}  // namespace tideway::validate
