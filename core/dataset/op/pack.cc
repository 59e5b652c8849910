#include "core/dataset/op/pack.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/packed_rows.h"
#include "core/dataset/op/select.h"
#include "core/dataset/parallel.h"
#include "core/dataset/pipeline_internal.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

constexpr int64_t kMaxLength = 1 << 20;

// Computes some batches side by side, and packs them one after another: that is a copy, far less
// work than what made the tokens.
class PackStream : public Stream {
 public:
  // `ahead` stands for the batches that are computed ahead.
  PackStream(std::unique_ptr<Stream> input, SchemaPtr schema, int column,
             const PackOptions& options, Step step, std::unique_ptr<RunContext::Executing> ahead,
             RunContext& run)
      : input_(std::move(input)),
        schema_(std::move(schema)),
        column_(column),
        rows_(options),
        step_(std::move(step)),
        executing_(std::move(ahead)),
        run_(run) {
    run.Count({.step = step_});
  }

  const SchemaPtr& schema() const override { return schema_; }
  std::optional<double> Share() const override { return ended_ ? 1.0 : input_->Share(); }
  std::optional<int64_t> MorselRows() const override { return morsel_rows_; }

  Result<Morsel> Next() override {
    while (!given_all_) {
      RETURN_NOT_OK(run_.cancel().Check());
      if (ahead_.empty() && !ended_) RETURN_NOT_OK(Fetch());
      StepCounts counts{.step = step_};
      if (ahead_.empty()) {
        rows_.End(counts.dropped);
        given_all_ = true;
      } else {
        RETURN_NOT_OK(TakeBatch(counts));
      }
      if (rows_.rows() == 0 && !given_all_) {
        run_.Count(counts);
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(BatchPtr batch, rows_.Take(schema_));
      morsel_rows_ = counts.rows_out = batch->num_rows();
      run_.Count(counts);
      return Morsel([batch = std::move(batch)](Worker&) { return batch; });
    }
    return Morsel();
  }

 private:
  // As many batches as there are workers.
  Status Fetch() {
    std::vector<Morsel> morsels;
    while (!ended_ && static_cast<int>(morsels.size()) < run_.workers()) {
      ARROW_ASSIGN_OR_RAISE(Morsel morsel, input_->Next());
      ended_ = !morsel;
      if (morsel) morsels.push_back(std::move(morsel));
    }
    std::vector<std::optional<internal::Computed>> computed(morsels.size());
    ParallelFor(morsels.size(),
                [&](size_t i) { computed[i] = internal::Compute(morsels[i], workers_, run_); });
    for (auto& one : computed) ahead_.push_back(std::move(*one));
    return Status::OK();
  }

  Status TakeBatch(StepCounts& counts) {
    const internal::Computed next = std::move(ahead_.front());
    ahead_.pop_front();
    RETURN_NOT_OK(next.batch.status());
    run_.CountAll(next.counts);
    const BatchPtr& batch = *next.batch;
    counts.rows_in = batch->num_rows();
    return rows_.Add(*batch->column(column_), counts.dropped);
  }

  const std::unique_ptr<Stream> input_;
  const SchemaPtr schema_;
  const int column_;
  PackedRows rows_;
  const Step step_;
  const std::unique_ptr<RunContext::Executing> executing_;
  RunContext& run_;
  internal::WorkerPool workers_;
  std::deque<internal::Computed> ahead_;
  bool ended_ = false;      // the input
  bool given_all_ = false;  // what came of it
  int64_t morsel_rows_ = 0;
};

class Pack : public Node {
 public:
  Pack(NodePtr input, PackOptions options)
      : Node({std::move(input)}), options_(std::move(options)) {}
  std::string_view op() const override { return "pack"; }
  std::string Describe() const override {
    return fmt::format("{}: {} tokens a row", options_.column, options_.length);
  }
  Result<std::string> Identity(RunContext&) const override {
    const auto number = [](std::optional<int32_t> id) { return id ? int64_t{*id} : -1; };
    return IdentityText({options_.column, options_.length, number(options_.separator),
                         static_cast<int>(options_.remainder), number(options_.padding)});
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr input, inputs()[0]->schema(run));
    ARROW_ASSIGN_OR_RAISE(const int column, Column(*input));
    return OutputSchema(*input->field(column));
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    auto ahead = std::make_unique<RunContext::Executing>(run, run.workers());
    ARROW_ASSIGN_OR_RAISE(auto input, OpenPlan(*inputs()[0], run));
    ARROW_ASSIGN_OR_RAISE(const int column, Column(*input->schema()));
    const SchemaPtr output = OutputSchema(*input->schema()->field(column));
    return std::make_unique<PackStream>(std::move(input), output, column, options_, StepOf(*this),
                                        std::move(ahead), run);
  }
  Result<RowOrigins> Origins(int64_t row, RunContext& run) const override;

 private:
  Result<int> Column(const arrow::Schema& schema) const {
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(schema, options_.column, op()));
    const auto& type = *schema.field(index)->type();
    if (!type.Equals(arrow::list(arrow::int32()))) {
      return Error(ErrorKind::kUsage, fmt::format("pack: column `{}` must be list<int32>: {}",
                                                  options_.column, type.ToString()))
          .Hint("make it by rows:map(column, tokenizer:ids())");
    }
    return index;
  }
  static SchemaPtr OutputSchema(const arrow::Field& field) {
    return arrow::schema({arrow::field(field.name(), field.type(), /*nullable=*/false)});
  }

  const PackOptions options_;
};

// The documents of which some tokens are in the row, by the number of tokens before each.
Result<RowOrigins> Pack::Origins(int64_t row, RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto input, OpenPlan(*inputs()[0], run));
  ARROW_ASSIGN_OR_RAISE(const int column, Column(*input->schema()));
  std::mutex mutex;
  std::map<int64_t, std::vector<int32_t>> sizes;  // of documents, by the number of the first
  RETURN_NOT_OK(ForEachBatch(
      *input,
      [&](int64_t, int64_t first_row, const BatchPtr& batch, Worker&) {
        const auto& lists = static_cast<const arrow::ListArray&>(*batch->column(column));
        std::vector<int32_t> of_batch;
        for (int64_t i = 0; i < lists.length(); ++i) {
          of_batch.push_back(lists.IsNull(i) ? 0 : lists.value_length(i));
        }
        const std::lock_guard lock(mutex);
        sizes.emplace(first_row, std::move(of_batch));
        return Status::OK();
      },
      run));
  RowOrigins origins;
  constexpr size_t kShown = 1000;
  const int64_t begin = row * options_.length;
  const int64_t end = begin + options_.length;
  int64_t at = 0;
  for (const auto& [first_row, of_batch] : sizes) {
    for (size_t i = 0; i < of_batch.size(); ++i) {
      if (of_batch[i] == 0) continue;
      const int64_t after = at + of_batch[i] + (options_.separator ? 1 : 0);
      if (at < end && after > begin) {
        ++origins.all;
        const RowOrigin origin{0, first_row + static_cast<int64_t>(i)};
        if (origins.rows.size() < kShown) origins.rows.push_back(origin);
      }
      at = after;
    }
  }
  return origins;
}

Error PackMisuse(const std::string& what) { return Error(ErrorKind::kUsage, "pack: " + what); }

}  // namespace

Result<NodePtr> MakePack(NodePtr input, PackOptions options) {
  if (options.length < 1 || options.length > kMaxLength) {
    return PackMisuse(fmt::format("length must be 1 to {}: {}", kMaxLength, options.length));
  }
  if ((options.remainder == Remainder::kPad) != options.padding.has_value()) {
    return PackMisuse("padding goes with remainder = \"pad\", and that with padding")
        .Hint("padding is the token that fills the last row, as tokenizer:id \"<pad>\"");
  }
  input = Narrowed(std::move(input), {options.column});
  return std::make_shared<Pack>(std::move(input), std::move(options));
}

}  // namespace tideway::dataset
