// The steps of a plan as counts and receipts name them, and how rows came and went at each.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tideway::dataset {

// StepOf() in node.h makes it from a node.
struct Step {
  std::vector<std::string> sources;  // where its rows come from: "query SELECT ...", in order
  int depth = 0;                     // steps from the farthest source; 1 for a source
  std::string name;                  // "encode department"

  auto operator<=>(const Step&) const = default;
};

struct StepCounts {
  Step step = {};
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  std::map<std::string, int64_t> dropped = {};  // reason -> rows
  std::map<std::string, int64_t> changed = {};  // what was changed in the rows -> how often
};

}  // namespace tideway::dataset
