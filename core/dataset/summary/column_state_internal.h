// What is known of one column while its rows go by.
#pragma once

#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "core/dataset/op/row_key.h"
#include "core/dataset/summary/describe.h"
#include "core/dataset/summary/distinct_count.h"
#include "core/dataset/summary/fixed_point_sum.h"
#include "core/dataset/summary/histogram.h"

namespace tideway::dataset::internal {

// Threads: Add() from any thread, several at once; Finish() once, after the last of them.
class ColumnState {
 public:
  static Result<std::unique_ptr<ColumnState>> Make(std::shared_ptr<arrow::Field> field);
  Status Add(const std::shared_ptr<arrow::Array>& column);
  Result<ColumnSummary> Finish() const;

 private:
  explicit ColumnState(std::shared_ptr<arrow::Field> field);
  // Sums and shapes of numbers, or of lengths.
  struct Numbers {
    explicit Numbers(bool whole) : histogram(whole) {}
    void Add(double value);
    void Merge(const Numbers& other);
    double Mean() const;

    Histogram histogram;
    FixedPointSum sum;
    int64_t finite = 0;
    int64_t infinite[2] = {0, 0};  // negative, positive
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();
  };
  struct Value {
    std::string key;  // sorts as the value does
    std::shared_ptr<arrow::Scalar> value;
  };
  struct Counted {
    Value value;
    int64_t count = 0;
  };
  using Counts = std::map<uint64_t, Counted>;  // by hash

  // What one batch adds.
  struct Part;
  Status AddKeys(const std::shared_ptr<arrow::Array>& values, Part& part) const;
  Result<Value> ValueAt(const arrow::Array& values, std::string_view key, int64_t row) const;
  Status AddNumbers(const std::shared_ptr<arrow::Array>& values, Part& part) const;
  void Merge(Part part);
  void FinishTop(ColumnSummary& summary) const;
  Status FinishNumbers(ColumnSummary& summary) const;
  Status FinishExtremes(ColumnSummary& summary) const;

  const std::shared_ptr<arrow::Field> field_;
  std::shared_ptr<arrow::DataType> type_;  // of the values: that of a dictionary's
  std::optional<RowKeys> keys_;            // where the type has an order
  bool is_temporal_ = false;
  bool has_lengths_ = false;
  bool has_numbers_ = false;  // or lengths
  bool is_float_ = false;
  bool shows_values_ = false;  // extremes and frequent ones

  mutable std::mutex mutex_;
  std::atomic<uint64_t> hash_bound_{UINT64_MAX};
  std::atomic<bool> few_values_{true};
  int64_t rows_ = 0;
  int64_t nulls_ = 0;
  int64_t nans_ = 0;
  DistinctCount distinct_;
  std::optional<Value> least_;
  std::optional<Value> greatest_;
  Counts counts_;
  Numbers numbers_;
};

}  // namespace tideway::dataset::internal
