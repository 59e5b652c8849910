#include "core/dedup/lines.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/base/hash.h"
#include "core/dataset/columns.h"
#include "core/dataset/execute.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/run_context.h"
#include "core/dedup/documents.h"
#include "core/dedup/repeated_lines.h"

namespace tideway::dedup {
namespace {

using dataset::BatchPtr;
using dataset::BatchStore;
using dataset::RunContext;
using dataset::SchemaPtr;

constexpr std::string_view kOp = "dedup.lines";

// What an execution has found, and the rows.
struct FoundLines {
  LinesOptions options;
  int column;
  SchemaPtr schema;
  std::shared_ptr<BatchStore> rows;
  std::unique_ptr<RepeatedLines> repeated;
};
using FoundPtr = std::shared_ptr<const FoundLines>;

// The hash of a line that is long enough to count.
std::optional<uint64_t> HashOf(std::string_view line, const LinesOptions& options) {
  const std::string_view trimmed = TrimLine(line);
  if (static_cast<int64_t>(trimmed.size()) < options.min_bytes) return std::nullopt;
  return Hash64(trimmed);
}

// The lines of each text, each once.
Status PutLines(int64_t index, const Texts& texts, const LinesOptions& options,
                RepeatedLines& lines) {
  std::vector<uint32_t> rows;
  std::vector<uint64_t> hashes;
  for (int64_t row = 0; row < texts.length(); ++row) {
    const size_t first = hashes.size();
    for (std::string_view text = texts.At(row).value_or(std::string_view()); !text.empty();) {
      if (const auto hash = HashOf(TakeLine(text), options)) hashes.push_back(*hash);
    }
    const auto begin = hashes.begin() + static_cast<ptrdiff_t>(first);
    std::sort(begin, hashes.end());
    hashes.erase(std::unique(begin, hashes.end()), hashes.end());
    rows.resize(hashes.size(), static_cast<uint32_t>(row));
  }
  return lines.Put(index, rows, hashes);
}

// The text without its repeated lines; how many went.
int64_t Rewrite(std::string_view text, uint32_t number, const FoundLines& found,
                std::string& kept) {
  kept.clear();
  int64_t removed = 0;
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    const auto hash = HashOf(line, found.options);
    const auto first = hash ? found.repeated->FirstTextOf(*hash) : std::nullopt;
    if (first && *first != number) {
      ++removed;
    } else {
      kept += line;
    }
  }
  return removed;
}

template <typename Builder>
Result<BatchPtr> RewriteBatch(const BatchPtr& batch, uint32_t first, const FoundLines& found) {
  const Texts texts(batch->column(found.column));
  Builder builder;
  arrow::Int64Builder counts;
  std::string kept;
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    const auto text = texts.At(row);
    if (!text) {
      RETURN_NOT_OK(builder.AppendNull());
      RETURN_NOT_OK(counts.Append(0));
      continue;
    }
    RETURN_NOT_OK(counts.Append(Rewrite(*text, first + static_cast<uint32_t>(row), found, kept)));
    RETURN_NOT_OK(builder.Append(kept));
  }
  auto columns = batch->columns();
  ARROW_ASSIGN_OR_RAISE(const auto rewritten, builder.Finish());
  const auto data = rewritten->data()->Copy();
  data->type = batch->column(found.column)->type();
  columns[static_cast<size_t>(found.column)] = arrow::MakeArray(data);
  if (!found.options.count.empty()) {
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), counts.Finish());
  }
  return arrow::RecordBatch::Make(found.schema, batch->num_rows(), std::move(columns));
}

class RewrittenRows : public dataset::Stream {
 public:
  explicit RewrittenRows(FoundPtr found) : found_(std::move(found)) {}
  const SchemaPtr& schema() const override { return found_->schema; }
  std::optional<int64_t> MorselRows() const override { return found_->rows->batch_rows(next_ - 1); }
  Result<dataset::Morsel> Next() override {
    if (next_ == found_->rows->batches()) return dataset::Morsel();
    return dataset::Morsel([this, index = next_++](dataset::Worker&) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, found_->rows->Read(index));
      const auto first = static_cast<uint32_t>(found_->rows->first_row(index));
      const auto type = batch->column(found_->column)->type_id();
      const bool large = type == arrow::Type::LARGE_STRING || type == arrow::Type::LARGE_BINARY;
      return large ? RewriteBatch<arrow::LargeBinaryBuilder>(batch, first, *found_)
                   : RewriteBatch<arrow::BinaryBuilder>(batch, first, *found_);
    });
  }

 private:
  const FoundPtr found_;
  int64_t next_ = 0;
};

class WithoutRepeatedLines : public dataset::Node {
 public:
  WithoutRepeatedLines(dataset::NodePtr input, LinesOptions options)
      : Node({std::move(input)}), options_(std::move(options)) {}
  std::string_view op() const override { return kOp; }
  std::string Describe() const override {
    return fmt::format("{}: of {} bytes, in more than {} texts", options_.column,
                       options_.min_bytes, options_.most_texts);
  }
  Result<std::string> Identity(RunContext&) const override {
    return dataset::IdentityText(
        {options_.column, options_.min_bytes, options_.most_texts, options_.count});
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const auto input, inputs()[0]->schema(run));
    return OutputSchema(*input);
  }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    return dataset::PlanRows(*inputs()[0], run);
  }
  Result<dataset::RowOrigins> Origins(int64_t row, RunContext&) const override {
    return dataset::RowOrigins{.rows = {{0, row}}, .all = 1};
  }
  Result<std::unique_ptr<dataset::Stream>> Open(RunContext& run) const override;

 private:
  Result<SchemaPtr> OutputSchema(const arrow::Schema& input) const {
    ARROW_ASSIGN_OR_RAISE(const int column, dataset::ColumnIndex(input, options_.column, kOp));
    RETURN_NOT_OK(Texts::CheckType(*input.field(column)->type(), std::string(kOp)));
    if (options_.count.empty()) return arrow::schema(input.fields(), input.metadata());
    if (input.GetFieldIndex(options_.count) >= 0) {
      return Error(ErrorKind::kUsage,
                   fmt::format("{}: count: there is a column `{}` already", kOp, options_.count));
    }
    return input.AddField(input.num_fields(), arrow::field(options_.count, arrow::int64()));
  }

  const LinesOptions options_;
};

Result<std::unique_ptr<dataset::Stream>> WithoutRepeatedLines::Open(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto input, dataset::OpenPlan(*inputs()[0], run));
  auto found = std::make_shared<FoundLines>();
  found->options = options_;
  ARROW_ASSIGN_OR_RAISE(found->schema, OutputSchema(*input->schema()));
  ARROW_ASSIGN_OR_RAISE(found->column,
                        dataset::ColumnIndex(*input->schema(), options_.column, kOp));
  ARROW_ASSIGN_OR_RAISE(found->rows, BatchStore::Create(input->schema(), run));
  ARROW_ASSIGN_OR_RAISE(found->repeated, RepeatedLines::Create(run));
  const auto visit = [&](int64_t index, int64_t, const BatchPtr& batch,
                         dataset::Worker&) -> Status {
    const Texts texts(batch->column(found->column));
    RETURN_NOT_OK(PutLines(index, texts, options_, *found->repeated));
    return found->rows->Put(index, batch);
  };
  RETURN_NOT_OK(dataset::ForEachBatch(*input, visit, run, kOp));
  found->rows->Seal();
  const int64_t rows = found->rows->rows();
  if (rows >= int64_t{Documents::kNone}) {
    return Error(ErrorKind::kData, "dedup.lines: more than 4,294,967,294 rows");
  }
  std::vector<uint32_t> firsts;
  for (int64_t i = 0; i < found->rows->batches(); ++i) {
    firsts.push_back(static_cast<uint32_t>(found->rows->first_row(i)));
  }
  RETURN_NOT_OK(found->repeated->Find(firsts, options_.most_texts));
  run.Count({.step = StepOf(*this), .rows_in = rows, .rows_out = rows});
  return std::make_unique<RewrittenRows>(std::move(found));
}

}  // namespace

std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
  text.remove_prefix(line.size());
  return line;
}

std::string_view TrimLine(std::string_view line) {
  constexpr std::string_view kSpaces = " \t\n\v\f\r";
  const size_t first = line.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kSpaces) + 1 - first);
}

Result<dataset::NodePtr> MakeWithoutRepeatedLines(dataset::NodePtr input, LinesOptions options) {
  if (options.min_bytes < 1 || options.most_texts < 1) {
    return Error(ErrorKind::kUsage,
                 fmt::format("dedup.lines: min_bytes and most_texts must be 1 or more: {}, {}",
                             options.min_bytes, options.most_texts));
  }
  return std::make_shared<WithoutRepeatedLines>(std::move(input), std::move(options));
}

}  // namespace tideway::dedup
