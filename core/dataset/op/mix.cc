#include "core/dataset/op/mix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/base/hash.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/gather.h"
#include "core/dataset/op/merge_schemas.h"
#include "core/dataset/op/side_by_side_internal.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

using Stop = MixOptions::Stop;

// So that a mix and a sample with the same seed choose independently.
constexpr uint64_t kSeedOfMix = 0x6d6978;

// Which input a position's hash chooses.
class Draw {
 public:
  Draw(const std::vector<MixInput>& inputs, uint64_t seed) : seed_(Mix64(seed, kSeedOfMix)) {
    double total = 0;
    for (const MixInput& input : inputs) total += input.ratio;
    double below = 0;
    for (const MixInput& input : inputs) {
      below += input.ratio;
      ends_.push_back(std::ldexp(below / total, 64));
    }
  }
  size_t operator()(int64_t position) const {
    const auto hash = static_cast<double>(Mix64(static_cast<uint64_t>(position), seed_));
    const auto end = std::upper_bound(ends_.begin(), ends_.end() - 1, hash);
    return static_cast<size_t>(end - ends_.begin());
  }

 private:
  const uint64_t seed_;
  std::vector<double> ends_;
};

// Rows of several batches that make up one.
struct Piece {
  std::vector<BatchPtr> batches;
  std::vector<RowRef> rows;
};

class MixStream : public Stream {
 public:
  MixStream(std::unique_ptr<SideBySide> inputs, SchemaPtr schema, Draw draw,
            const MixOptions& options, Step step, RunContext& run)
      : inputs_(std::move(inputs)),
        schema_(std::move(schema)),
        draw_(std::move(draw)),
        options_(options),
        step_(std::move(step)),
        run_(run),
        ran_out_(inputs_->count()) {
    run.Count({.step = step_});
  }

  const SchemaPtr& schema() const override { return schema_; }
  Result<Morsel> Next() override;
  std::optional<int64_t> MorselRows() const override { return morsel_rows_; }

 private:
  Status DrawAhead();
  Result<Piece> DrawPiece(int64_t rows);
  void NoteLast(size_t input);
  bool ended() const { return ended_ || position_ == options_.n.value_or(INT64_MAX); }

  const std::unique_ptr<SideBySide> inputs_;
  const SchemaPtr schema_;
  const Draw draw_;
  const MixOptions options_;
  const Step step_;
  RunContext& run_;
  std::vector<bool> ran_out_;
  int64_t position_ = 0;
  bool ended_ = false;
  std::deque<Piece> pieces_;  // ahead
  size_t width_ = 1;          // how many at once; grows, for few may be enough
  int64_t morsel_rows_ = 0;
};

// After the last row of an input.
void MixStream::NoteLast(size_t input) {
  ran_out_[input] = true;
  if (options_.stop == Stop::kFirst) ended_ = true;
  if (options_.stop == Stop::kAll) {
    ended_ = std::ranges::all_of(ran_out_, [](bool out) { return out; });
  }
}

Result<Piece> MixStream::DrawPiece(int64_t rows) {
  Piece piece;
  std::vector<const arrow::RecordBatch*> open(inputs_->count());  // the last batch of each input
  std::vector<uint32_t> numbers(inputs_->count());
  for (int64_t i = 0; i < rows && !ended(); ++i) {
    const size_t input = draw_(position_++);
    ARROW_ASSIGN_OR_RAISE(const auto row, inputs_->TakeRow(input));
    if (open[input] != row.batch->get()) {
      open[input] = row.batch->get();
      numbers[input] = static_cast<uint32_t>(piece.batches.size());
      piece.batches.push_back(*row.batch);
    }
    piece.rows.push_back({numbers[input], row.row});
    if (row.is_last) NoteLast(input);
  }
  return piece;
}

// Draws some pieces, once the rows that they take are there.
Status MixStream::DrawAhead() {
  const int64_t rows = inputs_->BatchRows();
  const int64_t left = options_.n.value_or(INT64_MAX) - position_;
  const int64_t draws = std::min(rows * static_cast<int64_t>(width_), left);
  std::vector<int64_t> wanted(inputs_->count());
  for (int64_t i = 0; i < draws; ++i) ++wanted[draw_(position_ + i)];
  RETURN_NOT_OK(inputs_->Read(wanted));
  if (options_.stop == Stop::kFirst && position_ == 0 && inputs_->AnyEmpty()) ended_ = true;
  for (size_t i = 0; i < width_ && !ended(); ++i) {
    ARROW_ASSIGN_OR_RAISE(Piece piece, DrawPiece(rows));
    pieces_.push_back(std::move(piece));
  }
  width_ = std::min(2 * width_, static_cast<size_t>(run_.workers()));
  return Status::OK();
}

Result<Morsel> MixStream::Next() {
  RETURN_NOT_OK(run_.cancel().Check());
  if (pieces_.empty() && !ended()) RETURN_NOT_OK(DrawAhead());
  if (pieces_.empty()) return Morsel();
  auto piece = std::make_shared<const Piece>(std::move(pieces_.front()));
  pieces_.pop_front();
  morsel_rows_ = static_cast<int64_t>(piece->rows.size());
  return Morsel([this, piece](Worker& worker) -> Result<BatchPtr> {
    const auto rows = static_cast<int64_t>(piece->rows.size());
    worker.CountStep(step_, rows, rows);
    return GatherRows(schema_, piece->batches, piece->rows);
  });
}

std::vector<NodePtr> PlansOf(const std::vector<MixInput>& inputs) {
  std::vector<NodePtr> plans;
  for (const MixInput& input : inputs) plans.push_back(input.plan);
  return plans;
}

class Mix : public Node {
 public:
  Mix(std::vector<MixInput> inputs, MixOptions options)
      : Node(PlansOf(inputs)), inputs_(std::move(inputs)), options_(options) {}

  std::string_view op() const override { return "mix"; }
  std::string Describe() const override {
    std::string text;
    for (const MixInput& input : inputs_) text += fmt::format("{} {}, ", input.name, input.ratio);
    if (options_.n) text += fmt::format("{} rows, ", *options_.n);
    constexpr const char* kStops[] = {"first", "all", "never"};
    return text +
           fmt::format("seed {}, stop {}", options_.seed, kStops[static_cast<int>(options_.stop)]);
  }
  Result<std::string> Identity(RunContext&) const override {
    nlohmann::json ratios = nlohmann::json::array();
    for (const MixInput& input : inputs_) ratios.push_back(fmt::format("{}", input.ratio));
    return IdentityText({std::move(ratios), options_.n.value_or(-1), options_.seed,
                         static_cast<int>(options_.stop)});
  }

  NodePtr WithInputs(std::vector<NodePtr> inputs) const override {
    std::vector<MixInput> mixed = inputs_;
    for (size_t i = 0; i < mixed.size(); ++i) mixed[i].plan = std::move(inputs[i]);
    return std::make_shared<Mix>(std::move(mixed), options_);
  }

  Result<SchemaPtr> schema(RunContext& run) const override {
    std::lock_guard lock(mutex_);
    if (schema_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(schema_, Merge(run));
    }
    return schema_;
  }

  Result<std::optional<int64_t>> KnownRows(RunContext&) const override {
    return options_.stop == Stop::kNever ? options_.n : std::nullopt;
  }

  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(SchemaPtr merged, schema(run));
    std::vector<std::string> names;
    for (const MixInput& input : inputs_) names.push_back(input.name);
    ARROW_ASSIGN_OR_RAISE(auto streams, SideBySide::Open(inputs(), std::move(names), op(),
                                                         options_.stop != Stop::kFirst, run));
    return std::make_unique<MixStream>(std::move(streams), std::move(merged),
                                       Draw(inputs_, options_.seed), options_, StepOf(*this), run);
  }

 private:
  Result<SchemaPtr> Merge(RunContext& run) const {
    ARROW_ASSIGN_OR_RAISE(SchemaPtr merged, inputs()[0]->schema(run));
    for (size_t i = 1; i < inputs_.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const SchemaPtr next, inputs()[i]->schema(run));
      ARROW_ASSIGN_OR_RAISE(merged, MergeSchemas(merged, next,
                                                 fmt::format("mix: `{}` does not fit `{}`",
                                                             inputs_[i].name, inputs_[0].name)));
    }
    return merged;
  }

  const std::vector<MixInput> inputs_;
  const MixOptions options_;
  mutable std::mutex mutex_;
  mutable SchemaPtr schema_;
};

Error MixMisuse(const std::string& what) { return {ErrorKind::kUsage, "mix: " + what}; }

}  // namespace

Result<NodePtr> MakeMix(std::vector<MixInput> inputs, MixOptions options) {
  if (inputs.empty()) {
    return MixMisuse("no datasets")
        .Hint("pass a table of datasets by name: { a = rows, b = others }");
  }
  for (const MixInput& input : inputs) {
    if (input.ratio > 0 && std::isfinite(input.ratio)) continue;
    return MixMisuse(
        fmt::format("ratio of `{}` must be a number above 0: {}", input.name, input.ratio));
  }
  if (options.n && *options.n < 0) {
    return MixMisuse(fmt::format("n must not be negative: {}", *options.n));
  }
  if (options.stop == Stop::kNever && !options.n) {
    return MixMisuse("with stop = \"never\" the rows have no end").Hint("say how many: n = 100000");
  }
  return std::make_shared<Mix>(std::move(inputs), options);
}

}  // namespace tideway::dataset
