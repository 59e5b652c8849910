// What a dataset is checked by: rules about single rows, and what is told of all of them.
//
// Threads: values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/dataset/expression/expression.h"
#include "core/dataset/node.h"
#include "core/dataset/summary/profile.h"

namespace tideway::validate {

// The values of some columns occur once, or occur in another dataset. A row with a null among them
// passes, as a constraint of SQL has it.
struct KeyRule {
  std::vector<std::string> columns = {};
  dataset::NodePtr reference = nullptr;  // null: they occur once
  std::vector<std::string> reference_columns = {};
};

// A number lies within fences that the column itself sets. Nulls pass, NaN fails.
//
//   mad   |0.6745 (x - median) / MAD| <= limit, MAD being the median distance from the median
//         (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993, who take 3.5); where it
//         is 0, |(x - median) / (1.253314 * mean distance)| <= limit
//   iqr   q1 - limit * (q3 - q1) <= x <= q3 + limit * (q3 - q1) (Tukey, "Exploratory Data
//         Analysis", 1977, who takes 1.5)
//
// Medians and quartiles are those of value_sketch.h. Where more than half of the values are one and
// the same, iqr has no fences to tell others by: then mad's are better.
struct OutlierRule {
  std::string column = {};
  bool is_iqr = false;
  double limit = 3.5;
};

// One of condition, keys and outliers.
struct Rule {
  std::string name = {};
  dataset::ExpressionPtr condition = nullptr;  // a row fails where it is false; null passes
  std::optional<KeyRule> keys = {};
  std::optional<OutlierRule> outliers = {};
  bool only_counted = false;  // neither drops nor tags a row
};

enum class Mode {
  kRefuse,  // rows stay as they are
  kDrop,    // rows that fail a rule are left out
  kTag,     // a column names the rules that a row fails
};

struct Rules {
  Mode mode = Mode::kRefuse;
  std::vector<Rule> rules = {};
  std::string tag_column = "failed";
  dataset::ProfileColumns profile = {};
  bool rows_are_read = true;  // after the check; else they need not be kept
};

// Equal only for rules that find the same.
nlohmann::json IdentityOf(const Rules& rules);
// The columns that the rules and the profile look at.
std::vector<std::string> ColumnsOf(const Rules& rules);
// The datasets that keys are looked up in, in the order of the rules.
std::vector<dataset::NodePtr> ReferencesOf(const Rules& rules);

}  // namespace tideway::validate
