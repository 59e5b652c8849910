// The hash of each row by which `sample` chooses: those with the smallest are taken.
//
// It is of (key, seed), where the key is the row's values in some columns or else its position.
// With weights it is what Efraimidis and Spirakis ("Weighted random sampling with a reservoir",
// 2006) take the smallest of: -log(u) / weight, where u is uniform in (0, 1], here 1 - hash / 2^64.
// The n smallest are then a weighted sample without replacement: the next row is each time drawn
// with odds in proportion to the weights of those that are left. With equal weights the order is
// that of the hashes.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/dataset/op/key_hash.h"

namespace tideway::dataset {

struct SampleOptions;

// Threads: any, once made.
class SampleHash {
 public:
  // Errors of kind usage: a column that is not there, or of a type that cannot be a key or a
  // weight.
  static Result<SampleHash> Make(const arrow::Schema& schema, const SampleOptions& options);

  // The hash of a row of weight 0, which is never taken. Only with weights.
  static constexpr uint64_t kNever = UINT64_MAX;
  // Of a batch whose first row has this position. Errors of kind data, with the row: a null key; a
  // weight that is null, negative, infinite or NaN.
  Result<std::vector<uint64_t>> Of(const arrow::RecordBatch& batch, int64_t first_row) const;

  bool by_position() const { return !key_ && weights_ < 0; }
  // The greatest hash that may be taken.
  uint64_t last() const { return weights_ < 0 ? UINT64_MAX : kNever - 1; }

 private:
  uint64_t seed_ = 0;
  std::optional<KeyColumns> key_;
  int weights_ = -1;  // a column, or none
};

}  // namespace tideway::dataset
