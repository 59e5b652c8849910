#include "core/dataset/op/sample.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "core/base/hash.h"
#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/filter_rows.h"
#include "core/dataset/op/sample_hash.h"
#include "core/dataset/op/sample_per.h"
#include "core/dataset/op/smallest.h"
#include "core/dataset/op/strata.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

using Hashes = std::vector<uint64_t>;

// Kept rows carry their hash as one more column, the last.
BatchPtr WithHashes(const BatchPtr& batch, const SchemaPtr& schema, Hashes hashes) {
  auto columns = batch->columns();
  columns.push_back(std::make_shared<arrow::UInt64Array>(
      batch->num_rows(), arrow::Buffer::FromVector(std::move(hashes))));
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

std::span<const uint64_t> HashesOf(const arrow::RecordBatch& batch) {
  const auto& column =
      static_cast<const arrow::UInt64Array&>(*batch.column(batch.num_columns() - 1));
  return {column.raw_values(), static_cast<size_t>(column.length())};
}

// Reads the kept rows up to the cut.
class SampleStream : public Stream {
 public:
  SampleStream(std::shared_ptr<const BatchStore> kept, SchemaPtr schema, HashCut cut,
               std::vector<int64_t> ties_before)
      : kept_(std::move(kept)),
        schema_(std::move(schema)),
        cut_(cut),
        ties_before_(std::move(ties_before)) {}

  const SchemaPtr& schema() const override { return schema_; }

  Result<Morsel> Next() override {
    if (next_ == kept_->batches()) return Morsel();
    return Morsel([this, index = next_++](Worker&) { return ReadBatch(index); });
  }
  std::optional<double> Share() const override {
    return static_cast<double>(next_) / static_cast<double>(kept_->batches());
  }

 private:
  Result<BatchPtr> ReadBatch(int64_t index) const {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, kept_->Read(index));
    RowMask mask(batch->num_rows());
    int64_t row = 0;
    int64_t ties = ties_before_[static_cast<size_t>(index)];
    for (const uint64_t hash : HashesOf(*batch)) {
      const bool tie = hash == cut_.last;
      mask.Set(row++, hash < cut_.last || (tie && ties < cut_.ties));
      ties += tie;
    }
    auto columns = batch->columns();
    columns.pop_back();
    return FilterRows(arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns)),
                      mask);
  }

  const std::shared_ptr<const BatchStore> kept_;
  const SchemaPtr schema_;
  const HashCut cut_;
  const std::vector<int64_t> ties_before_;
  int64_t next_ = 0;
};

class Sample : public Node {
 public:
  Sample(NodePtr input, SampleOptions options)
      : Node({std::move(input)}), options_(std::move(options)) {}

  std::string_view op() const override { return "sample"; }
  std::string Describe() const override {
    const std::string size = options_.n ? fmt::format("{} rows", *options_.n)
                                        : fmt::format("fraction {}", *options_.fraction);
    const std::string per = options_.per.empty() ? "" : " per " + JoinNames(options_.per);
    const std::string key = options_.key.empty() ? "" : " by " + JoinNames(options_.key);
    const std::string weights = options_.weights.empty() ? "" : ", weighted by " + options_.weights;
    return fmt::format("{}{}{}{}, seed {}", size, per, key, weights, options_.seed);
  }
  Result<std::string> Identity(RunContext&) const override {
    return IdentityText({Describe(), options_.per, options_.key, options_.weights});
  }
  NodePtr WithInputs(std::vector<NodePtr> inputs) const override {
    return std::make_shared<Sample>(std::move(inputs[0]), options_);
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(SchemaPtr input, inputs()[0]->schema(run));
    RETURN_NOT_OK(SampleHash::Make(*input, options_).status());
    RETURN_NOT_OK(Strata::CheckColumns(*input, options_.per, op()));
    return input;
  }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    if (!options_.n || !options_.per.empty() || !options_.weights.empty()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const auto rows, PlanRows(*inputs()[0], run));
    if (!rows) return std::nullopt;
    return std::min(*rows, *options_.n);
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override;

 private:
  // Whether the number of rows to take is exact, from each stratum.
  bool per_stratum() const {
    return !options_.per.empty() || (options_.fraction && !options_.weights.empty());
  }
  // The number of rows where all hashes are known without the rows: by position, of rows whose
  // number is known.
  Result<std::optional<int64_t>> KnownPositions(RunContext& run) const;
  struct Kept {
    std::shared_ptr<BatchStore> rows;
    SchemaPtr columns;  // without the hashes
    int64_t rows_in = 0;
  };
  // Of `known` rows, where that is their number; else their hashes come with them.
  Result<Kept> Keep(std::optional<int64_t> known, RunContext& run) const;
  // As many as the source has now, even if it said another number before.
  Result<Kept> KeepExactly(RunContext& run) const;
  uint64_t FractionBound() const;
  Result<std::unique_ptr<Stream>> OpenPerStratum(RunContext& run) const;

  const SampleOptions options_;
};

Result<std::optional<int64_t>> Sample::KnownPositions(RunContext& run) const {
  if (!options_.n || !options_.key.empty() || !options_.weights.empty()) return std::nullopt;
  return PlanRows(*inputs()[0], run);
}

// Tells `bound` the hashes of the first `rows` positions.
void AddPositions(RunningBound& bound, int64_t rows, uint64_t seed) {
  constexpr int64_t kPiece = 64 * 1024;
  Hashes hashes;
  for (int64_t first = 0; first < rows; first += kPiece) {
    hashes.clear();
    const int64_t end = std::min(rows, first + kPiece);
    for (int64_t row = first; row < end; ++row) {
      hashes.push_back(Mix64(static_cast<uint64_t>(row), seed));
    }
    bound.Add(hashes);
  }
}

// The largest hash in the share; nothing may be taken at all when it is 0.
uint64_t Sample::FractionBound() const {
  const double end = std::ldexp(*options_.fraction, 64);
  if (end < 1) return 0;
  return end >= std::ldexp(1.0, 64) ? UINT64_MAX : static_cast<uint64_t>(end) - 1;
}

Result<Sample::Kept> Sample::Keep(std::optional<int64_t> known, RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto input, OpenPlan(*inputs()[0], run));
  const SchemaPtr& columns = input->schema();
  ARROW_ASSIGN_OR_RAISE(const SampleHash hash, SampleHash::Make(*columns, options_));
  ARROW_ASSIGN_OR_RAISE(
      const SchemaPtr schema,
      columns->AddField(columns->num_fields(), arrow::field("", arrow::uint64())));
  ARROW_ASSIGN_OR_RAISE(auto kept, BatchStore::Create(schema, run));
  const bool exact = options_.n.has_value();
  RunningBound bound(options_.n.value_or(0));
  if (known) AddPositions(bound, *known, options_.seed);
  std::atomic<int64_t> rows_in = 0;
  const auto keep = [&](int64_t index, int64_t first_row, const BatchPtr& batch,
                        Worker&) -> Status {
    rows_in += batch->num_rows();
    ARROW_ASSIGN_OR_RAISE(Hashes hashes, hash.Of(*batch, first_row));
    if (exact && !known) bound.Add(hashes);
    const uint64_t last = std::min(exact ? bound.bound() : FractionBound(), hash.last());
    RowMask mask(batch->num_rows());
    int64_t row = 0;
    for (const uint64_t of_row : hashes) mask.Set(row++, of_row <= last);
    ARROW_ASSIGN_OR_RAISE(const BatchPtr rows,
                          FilterRows(WithHashes(batch, schema, std::move(hashes)), mask));
    return kept->Put(index, rows);
  };
  RETURN_NOT_OK(ForEachBatch(*input, keep, run, op()));
  kept->Seal();
  return Kept{std::move(kept), columns, rows_in};
}

Result<Sample::Kept> Sample::KeepExactly(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto known, KnownPositions(run));
  ARROW_ASSIGN_OR_RAISE(Kept kept, Keep(known, run));
  // A query that draws lots gives other rows each time; then too few may have been kept.
  if (!known || kept.rows_in == *known) return kept;
  return Keep(std::nullopt, run);
}

Result<std::unique_ptr<Stream>> Sample::OpenPerStratum(RunContext& run) const {
  RETURN_NOT_OK(schema(run).status());
  ARROW_ASSIGN_OR_RAISE(auto rows, Materialise(*inputs()[0], run));
  ARROW_ASSIGN_OR_RAISE(auto taken, SamplePer(std::move(rows), options_, run));
  run.Count({.step = StepOf(*this), .rows_in = taken.rows->rows(), .rows_out = taken.sizes[0]});
  return OpenPart(std::make_shared<const PartAssignment>(std::move(taken)), 0);
}

Result<std::unique_ptr<Stream>> Sample::Open(RunContext& run) const {
  if (per_stratum()) return OpenPerStratum(run);
  ARROW_ASSIGN_OR_RAISE(const auto keeping, KeepExactly(run));
  const std::shared_ptr<BatchStore>& kept = keeping.rows;
  run.Count({.step = StepOf(*this),
             .rows_in = keeping.rows_in,
             .rows_out = std::min(kept->rows(), options_.n.value_or(kept->rows()))});

  const auto scan = [&](const std::function<void(std::span<const uint64_t>)>& take) -> Status {
    for (int64_t i = 0; i < kept->batches(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, kept->Read(i));
      take(HashesOf(*batch));
    }
    return Status::OK();
  };
  HashCut cut;
  if (options_.n || FractionBound() == 0) {
    ARROW_ASSIGN_OR_RAISE(cut, CutSmallest(options_.n.value_or(0), scan));
  }
  std::vector<int64_t> ties_before;
  int64_t ties = 0;
  RETURN_NOT_OK(scan([&](std::span<const uint64_t> hashes) {
    ties_before.push_back(ties);
    ties += std::count(hashes.begin(), hashes.end(), cut.last);
  }));
  return std::make_unique<SampleStream>(kept, keeping.columns, cut, std::move(ties_before));
}

}  // namespace

Result<NodePtr> MakeSample(NodePtr input, SampleOptions options) {
  if (options.n.has_value() == options.fraction.has_value()) {
    return Error(ErrorKind::kUsage, "sample: give either n or fraction");
  }
  if (options.n && *options.n < 0) {
    return Error(ErrorKind::kUsage, fmt::format("sample: n must not be negative: {}", *options.n));
  }
  if (options.fraction && !(*options.fraction >= 0 && *options.fraction <= 1)) {
    return Error(ErrorKind::kUsage,
                 fmt::format("sample: fraction must be from 0 to 1: {}", *options.fraction));
  }
  return std::make_shared<Sample>(std::move(input), std::move(options));
}

}  // namespace tideway::dataset
