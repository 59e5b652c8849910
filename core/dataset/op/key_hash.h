// Keys as bytes that do not depend on where rows come from: an integer column of any width, a date
// or a timestamp hashes by its value, a string or binary column by its bytes.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway::dataset {

// OK when columns of `type` can be keys: booleans, integers, dates, times, timestamps, strings,
// binary. The error's first word is `operation`.
Status CheckKeyType(const arrow::DataType& type, std::string_view column,
                    std::string_view operation);

// One hash per row; null rows get 0. Integers go through Mix64, so distinct ones never collide.
// REQUIRES: a type that CheckKeyType accepts.
Result<std::vector<uint64_t>> HashKeys(const arrow::Array& column, uint64_t seed);

// The columns whose values together are the key of a row.
//
//   ARROW_ASSIGN_OR_RAISE(const auto key, KeyColumns::Make(*schema, {"id"}, "sample"));
//   RETURN_NOT_OK(key.CheckNoNulls(*batch, first_row));
//   ARROW_ASSIGN_OR_RAISE(const auto hashes, key.Hash(*batch, seed));
class KeyColumns {
 public:
  // Errors of kind usage, with `operation` as the first word: a column that is not there, one given
  // twice, or of a type that CheckKeyType refuses.
  static Result<KeyColumns> Make(const arrow::Schema& schema,
                                 const std::vector<std::string>& columns,
                                 std::string_view operation);

  // One hash per row, by the values in the order of columns; of one column as HashKeys has it.
  // Nulls are equal to each other.
  Result<std::vector<uint64_t>> Hash(const arrow::RecordBatch& batch, uint64_t seed) const;
  // An error of kind data for the first null: "sample: key `id` is null (row 6)". `first_row` is
  // the position of the batch's first row.
  Status CheckNoNulls(const arrow::RecordBatch& batch, int64_t first_row) const;

 private:
  std::string operation_;
  std::vector<int> indices_;
};

}  // namespace tideway::dataset
