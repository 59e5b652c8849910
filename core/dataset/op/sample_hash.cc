#include "core/dataset/op/sample_hash.h"

#include <arrow/array/array_primitive.h>
#include <arrow/compute/cast.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/core.h>

#include <bit>
#include <cmath>

#include "core/base/hash.h"
#include "core/dataset/columns.h"
#include "core/dataset/op/sample.h"

namespace tideway::dataset {
namespace {

Result<int> WeightColumn(const arrow::Schema& schema, const std::string& column) {
  if (column.empty()) return -1;
  ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(schema, column, "sample"));
  const arrow::DataType& type = *schema.field(index)->type();
  if (arrow::is_integer(type.id()) || arrow::is_decimal(type.id()) ||
      type.id() == arrow::Type::FLOAT || type.id() == arrow::Type::DOUBLE) {
    return index;
  }
  return Error(ErrorKind::kUsage,
               "sample: weights must be numbers: column `" + column + "` is " + type.ToString());
}

Status CheckWeight(bool null, double weight, const std::string& column, int64_t position) {
  if (null) {
    return Error(ErrorKind::kData,
                 fmt::format("sample: weight `{}` is null (row {})", column, position + 1))
        .Hint("leave such rows out first: filter { not_null = \"" + column + "\" }");
  }
  if (weight >= 0 && std::isfinite(weight)) return Status::OK();
  return Error(ErrorKind::kData,
               fmt::format("sample: weight `{}` must be finite and not negative: {} (row {})",
                           column, weight, position + 1))
      .Hint("a weight is a row's odds beside the others; one of weight 0 is never taken");
}

// -log(1 - hash / 2^64) / weight as an integer that sorts as it does.
uint64_t Weigh(uint64_t hash, double weight) {
  if (weight == 0) return SampleHash::kNever;
  const double below_one = std::nextafter(1.0, 0.0);
  const double share = std::min(std::ldexp(static_cast<double>(hash), -64), below_one);
  return std::bit_cast<uint64_t>(std::abs(std::log1p(-share)) / weight);
}

}  // namespace

Result<SampleHash> SampleHash::Make(const arrow::Schema& schema, const SampleOptions& options) {
  SampleHash hash;
  hash.seed_ = options.seed;
  if (!options.key.empty()) {
    ARROW_ASSIGN_OR_RAISE(hash.key_, KeyColumns::Make(schema, options.key, "sample"));
  }
  ARROW_ASSIGN_OR_RAISE(hash.weights_, WeightColumn(schema, options.weights));
  return hash;
}

Result<std::vector<uint64_t>> SampleHash::Of(const arrow::RecordBatch& batch,
                                             int64_t first_row) const {
  std::vector<uint64_t> hashes;
  if (key_) {
    RETURN_NOT_OK(key_->CheckNoNulls(batch, first_row));
    ARROW_ASSIGN_OR_RAISE(hashes, key_->Hash(batch, seed_));
  } else {
    const auto first = static_cast<uint64_t>(first_row);
    for (uint64_t row = 0; row < static_cast<uint64_t>(batch.num_rows()); ++row) {
      hashes.push_back(Mix64(first + row, seed_));
    }
  }
  if (weights_ < 0) return hashes;
  ARROW_ASSIGN_OR_RAISE(const auto cast,
                        arrow::compute::Cast(*batch.column(weights_), arrow::float64(),
                                             arrow::compute::CastOptions::Unsafe()));
  const auto& weights = static_cast<const arrow::DoubleArray&>(*cast);
  const std::string& column = batch.schema()->field(weights_)->name();
  for (int64_t row = 0; row < weights.length(); ++row) {
    const double weight = weights.Value(row);
    RETURN_NOT_OK(CheckWeight(weights.IsNull(row), weight, column, first_row + row));
    uint64_t& hash = hashes[static_cast<size_t>(row)];
    hash = Weigh(hash, weight);
  }
  return hashes;
}

}  // namespace tideway::dataset
