#include "core/dataset/trace/origins.h"

#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <mutex>
#include <utility>
#include <vector>

#include "core/dataset/execute.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/counted_morsels_internal.h"
#include "core/dataset/op/limit.h"
#include "core/dataset/sinks.h"

namespace tideway::dataset {
namespace {

constexpr int kNumberBits = 48;

class NumberedStream : public Stream {
 public:
  NumberedStream(std::unique_ptr<Stream> input, SchemaPtr schema, size_t input_number,
                 RunContext& run)
      : input_(std::move(input), run),
        schema_(std::move(schema)),
        next_(static_cast<int64_t>(input_number) << kNumberBits) {}
  const SchemaPtr& schema() const override { return schema_; }
  std::optional<int64_t> MorselRows() const override { return rows_; }

  Result<Morsel> Next() override {
    ARROW_ASSIGN_OR_RAISE(auto counted, input_.Next());
    if (!counted) return Morsel();
    const int64_t first = next_;
    rows_ = counted->rows;
    next_ += rows_;
    return Morsel([this, counted = std::move(*counted), first](Worker& worker) {
      return Number(counted, first, worker);
    });
  }

 private:
  Result<BatchPtr> Number(const Counted& counted, int64_t first, Worker& worker) const {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, BatchOf(counted, worker));
    arrow::Int64Builder numbers;
    RETURN_NOT_OK(numbers.Reserve(batch->num_rows()));
    for (int64_t row = 0; row < batch->num_rows(); ++row) numbers.UnsafeAppend(first + row);
    auto columns = batch->columns();
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), numbers.Finish());
    return arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
  }

  CountedMorsels input_;
  const SchemaPtr schema_;
  int64_t next_;
  int64_t rows_ = 0;
};

class NumberedNode : public Node {
 public:
  NumberedNode(NodePtr input, std::string column, size_t input_number)
      : Node({std::move(input)}), column_(std::move(column)), input_number_(input_number) {}
  std::string_view op() const override { return "number"; }
  std::string Describe() const override { return column_; }
  Result<std::string> Identity(RunContext&) const override {
    return fmt::format("{} {}", input_number_, column_);
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr input, inputs()[0]->schema(run));
    return WithNumber(*input);
  }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    return PlanRows(*inputs()[0], run);
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(auto input, OpenPlan(*inputs()[0], run));
    ARROW_ASSIGN_OR_RAISE(SchemaPtr schema, WithNumber(*input->schema()));
    return std::make_unique<NumberedStream>(std::move(input), std::move(schema), input_number_,
                                            run);
  }

 private:
  Result<SchemaPtr> WithNumber(const arrow::Schema& schema) const {
    return schema.AddField(schema.num_fields(), arrow::field(column_, arrow::int64()));
  }

  const std::string column_;
  const size_t input_number_;
};

// The smallest number of first rows of `batch` that give more than `row` rows, less one.
Result<int64_t> RowInBatch(const BatchPtr& batch, int64_t row, const CountRows& count) {
  Worker worker(0);
  int64_t low = 0;
  int64_t high = batch->num_rows();
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    ARROW_ASSIGN_OR_RAISE(const int64_t rows, count(batch->Slice(0, middle), worker));
    (rows > row ? high : low) = middle;
  }
  return low;
}

}  // namespace

NodePtr Numbered(NodePtr input, std::string column, size_t input_number) {
  return std::make_shared<NumberedNode>(std::move(input), std::move(column), input_number);
}

RowOrigin OriginOf(int64_t number) {
  return {.input = static_cast<size_t>(number >> kNumberBits),
          .row = number & ((int64_t{1} << kNumberBits) - 1)};
}

Result<BatchPtr> ReadRow(const NodePtr& plan, int64_t row, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(NodePtr rest, MakeSkip(plan, row));
  ARROW_ASSIGN_OR_RAISE(const NodePtr one, MakeLimit(std::move(rest), 1));
  HeadSink sink(1, run.shared_budget());
  RETURN_NOT_OK(Execute(*one, sink, run));
  if (sink.table()->num_rows() == 1) return sink.table()->CombineChunksToBatch();
  return Error(ErrorKind::kNotFound,
               fmt::format("{}: there is no row {}", StepName(*plan), row + 1));
}

std::optional<RowOrigin> NumberIn(const arrow::RecordBatch& row, const std::string& column) {
  const auto number = row.GetColumnByName(column);
  if (number == nullptr || number->IsNull(0)) return std::nullopt;
  return OriginOf(static_cast<const arrow::Int64Array&>(*number).Value(0));
}

Result<RowOrigins> OriginInOrder(const NodePtr& input, int64_t row, const CountRows& count,
                                 RunContext& run) {
  struct BatchRows {
    int64_t in = 0;
    int64_t out = 0;
  };
  std::mutex mutex;
  std::vector<BatchRows> batches;
  ARROW_ASSIGN_OR_RAISE(const auto stream, OpenPlan(*input, run));
  RETURN_NOT_OK(ForEachBatch(
      *stream,
      [&](int64_t index, int64_t, const BatchPtr& batch, Worker& worker) -> Status {
        ARROW_ASSIGN_OR_RAISE(const int64_t out, count(batch, worker));
        std::lock_guard lock(mutex);
        batches.resize(std::max(batches.size(), static_cast<size_t>(index) + 1));
        batches[static_cast<size_t>(index)] = {batch->num_rows(), out};
        return Status::OK();
      },
      run));
  int64_t first = 0;
  for (const BatchRows& rows : batches) {
    if (row < rows.out) {
      ARROW_ASSIGN_OR_RAISE(NodePtr rest, MakeSkip(input, first));
      ARROW_ASSIGN_OR_RAISE(const NodePtr piece, MakeLimit(std::move(rest), rows.in));
      HeadSink sink(rows.in, run.shared_budget());
      RETURN_NOT_OK(Execute(*piece, sink, run));
      ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, sink.table()->CombineChunksToBatch());
      ARROW_ASSIGN_OR_RAISE(const int64_t in_batch, RowInBatch(batch, row, count));
      return RowOrigins{.rows = {{0, first + in_batch}}, .all = 1};
    }
    row -= rows.out;
    first += rows.in;
  }
  return Error(ErrorKind::kNotFound, "trace: the step gives fewer rows than it gave");
}

Result<RowOrigins> OriginByNumber(const Node& like_this, int64_t row, RunContext& run) {
  // Borrowed for the duration of this call.
  ARROW_ASSIGN_OR_RAISE(const BatchPtr found, ReadRow(NodePtr(NodePtr(), &like_this), row, run));
  const auto origin = NumberIn(*found, kRowNumber);
  if (!origin) return RowOrigins();
  return RowOrigins{.rows = {*origin}, .all = 1};
}

// Of an operator that passes rows on as they are, those of some inputs, in some order: the same
// operator says which, of rows that carry their numbers.
Result<RowOrigins> Node::Origins(int64_t row, RunContext& run) const {
  if (inputs().empty()) return RowOrigins();
  std::vector<NodePtr> numbered;
  for (size_t i = 0; i < inputs().size(); ++i) {
    numbered.push_back(Numbered(inputs()[i], kRowNumber, i));
  }
  const NodePtr like_this = WithInputs(std::move(numbered));
  if (like_this == nullptr) {
    return Error(ErrorKind::kUsage, fmt::format("trace: cannot look behind {}", StepName(*this)));
  }
  return OriginByNumber(*like_this, row, run);
}

}  // namespace tideway::dataset
