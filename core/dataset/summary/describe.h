// What is in the columns of a plan, told in one pass over its rows, by all workers: counts, extreme
// values, means, histograms. What comes out is the same for any number of workers and any batches;
// memory is bounded, a few hundred kilobytes a column at most.
//
//   ARROW_ASSIGN_OR_RAISE(const Summary summary, Describe(*plan, run));
//
// Blocks while the plan runs.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

struct ColumnSummary {
  static constexpr size_t kTopValues = 10;
  static constexpr size_t kFewValues = 256;  // different ones that are counted each
  static constexpr size_t kTextBytes = 100;  // what is kept of a text
  static constexpr int64_t kBars = 10;

  std::string name = {};
  std::shared_ptr<arrow::DataType> type = {};
  int64_t nulls = 0;
  int64_t nans = 0;
  // Different values, nulls not counted; -1 for lists, structs and the like. Beyond
  // DistinctCount::kExact it is an estimate.
  int64_t distinct = -1;
  bool distinct_is_exact = true;
  // The least and the greatest value, NaN left out, as two rows; null where there are none, or the
  // type has no order. Texts are cut.
  std::shared_ptr<arrow::Array> extremes = {};
  std::optional<double> mean = {};  // of numbers, of booleans as 0 and 1
  struct Lengths {
    int64_t min;
    double mean;
    int64_t max;
  };
  // Of texts in characters, of bytes, of lists in items.
  std::optional<Lengths> lengths = {};
  // Of numbers, times and lengths; NaN and infinity left out. One row in `edges` more than counts;
  // bar i has the values from edge i on, below edge i + 1.
  std::shared_ptr<arrow::Array> edges = {};
  std::vector<int64_t> bars = {};
  // The most frequent values and their counts, the most frequent first, where there are at most
  // kFewValues different ones of an ordered type. Texts are cut.
  std::vector<std::shared_ptr<arrow::Scalar>> top_values = {};
  std::vector<int64_t> top_counts = {};
  std::optional<std::vector<std::string>> labels = {};  // of a column of class labels (features.h)
};

struct Summary {
  int64_t rows = 0;
  std::vector<ColumnSummary> columns = {};
};

// With run.options().check_only, what it is for no rows. Errors: those of the plan.
Result<Summary> Describe(const Node& plan, RunContext& run);

}  // namespace tideway::dataset
