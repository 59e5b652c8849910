// The distributions of some columns of a plan, told in one pass by all workers: sketches of numbers
// (value_sketch.h) and counts of values. As JSON it is what later versions of a dataset are
// compared with. What comes out is the same for any number of workers and any batches.
//
//   ARROW_ASSIGN_OR_RAISE(auto profile, Profile::Make(*schema, columns, "validate", run));
//   RETURN_NOT_OK(profile->Add(*batch));       // for each batch, by any worker
//   ordered_json json = profile->Finish();
//
// The JSON: {"rows": n, "numbers": {column: NUMBERS}, "categories": [{"columns": [...], "values":
// [{"value": [...], "count": n}]}], "groups": [{"value": [...], "rows": n, "numbers": {...}}]}.
// NUMBERS: type, count (of finite ones), nulls, nans, infinite, min, max, mean, sum, whole, the
// quantiles p1 ... p99, and bins: [[edge, count], ...]. The most frequent value comes first, groups
// in the order of their values (row_key.h). Where a combination of columns has more than
// kMostCategories values, or one that takes more than kLongestCategory bytes, its "values" are
// null.
//
// Threads: Add() from any thread, several at once; Finish() after the last of them.
#pragma once

#include <arrow/type_fwd.h>

#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/held_memory.h"
#include "core/dataset/node.h"
#include "core/dataset/op/row_key.h"
#include "core/dataset/summary/column_numbers.h"
#include "core/dataset/summary/fixed_point_sum.h"
#include "core/dataset/summary/value_sketch.h"

namespace tideway::dataset {

struct ProfileColumns {
  std::vector<std::string> numbers = {};
  std::vector<std::vector<std::string>> categories = {};  // combinations that are counted
  std::vector<std::string> by = {};  // numbers are told for each combination of these, too

  bool empty() const { return numbers.empty() && categories.empty() && by.empty(); }
  // All that are looked at.
  std::vector<std::string> names() const;
};

class Profile {
 public:
  static constexpr size_t kMostCategories = 10'000;
  static constexpr size_t kMostGroups = 1000;
  static constexpr size_t kLongestCategory = 1024;

  // Errors of kind usage, with `operation` as the first word: a column that is not there, or whose
  // type has no numbers or no order. `run` must outlive the profile.
  static Result<std::unique_ptr<Profile>> Make(const arrow::Schema& schema,
                                               const ProfileColumns& columns, std::string operation,
                                               RunContext& run);
  // `batch` has the schema. Errors: data, for more than kMostGroups groups; memory.
  Status Add(const arrow::RecordBatch& batch);
  nlohmann::ordered_json Finish() const;

 private:
  // What is known of a column of numbers.
  struct Numbers {
    void Add(double value);
    void Merge(const Numbers& other);
    ValueSketch sketch;
    FixedPointSum sum;
    int64_t nulls = 0;
    int64_t nans = 0;
    int64_t infinite = 0;
  };
  struct Group {
    std::string value;  // JSON
    int64_t rows = 0;
    std::vector<Numbers> numbers;
  };
  using Groups = std::map<std::string, Group>;  // by key
  struct Counted {
    std::string value;  // JSON
    int64_t count = 0;
  };
  struct Categories {
    std::vector<int> columns;
    std::optional<RowKeys> keys;
    std::map<std::string, Counted> counts;
    bool too_many = false;
  };

  Profile(SchemaPtr schema, std::string operation, RunContext& run);
  Result<Groups> GroupsOf(const arrow::RecordBatch& batch) const;
  Status MergeGroups(Groups groups);
  Status AddCategories(const arrow::RecordBatch& batch, Categories& categories);
  std::string ValueOf(const arrow::RecordBatch& batch, const std::vector<int>& columns,
                      int64_t row) const;
  nlohmann::ordered_json NumbersJson(const std::vector<Numbers>& numbers) const;
  nlohmann::ordered_json CategoriesJson(const Categories& categories) const;

  const SchemaPtr schema_;
  const std::string operation_;
  HeldMemory memory_;
  std::vector<int> numbers_;
  std::vector<int> by_;
  std::optional<RowKeys> by_keys_;
  std::mutex mutex_;
  int64_t rows_ = 0;
  Groups groups_;
  std::vector<Categories> categories_;
};

// The profile of a plan. With run.pretends(), that of no rows. Blocks while the plan runs.
Result<nlohmann::ordered_json> ProfileOf(const NodePtr& plan, const ProfileColumns& columns,
                                         std::string_view operation, RunContext& run);
// NUMBERS that Finish() gave, as a sketch. An error of kind data for what is none.
Result<ValueSketch> SketchOfJson(const nlohmann::ordered_json& numbers);

}  // namespace tideway::dataset
