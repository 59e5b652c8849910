// What a check of a dataset found.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace tideway::validate {

// Of one rule.
struct RuleFindings {
  int64_t failed = 0;                  // rows
  int64_t first_failed = 0;            // of those, the ones that fail no earlier rule
  std::vector<int64_t> examples = {};  // the first rows that fail, from 0
  std::optional<std::pair<double, double>> fences = {};  // of outliers
};

struct Findings {
  int64_t rows = 0;
  int64_t failed_rows = 0;  // rows that fail a rule, those that are only counted aside; see `exact`
  bool is_exact = true;     // whether failed_rows and first_failed were found out
  std::vector<RuleFindings> rules = {};
  nlohmann::ordered_json profile = {};  // profile.h; with Mode::kDrop of the rows that are left
};

}  // namespace tideway::validate
