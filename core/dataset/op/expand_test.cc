#include "core/dataset/op/expand.h"

#include "core/dataset/op/limit.h"
#include "core/dataset/row_error.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using testing::Failure;
using testing::NumberedRows;
using testing::Numbers;
using testing::SourceOf;

// Gives row `id` id % 4 times, and row 7 very often; three rows fit in a batch.
class Repeat : public ExpandOperator {
 public:
  explicit Repeat(NodePtr input, int64_t fail_at = -1)
      : ExpandOperator({std::move(input)}), fail_at_(fail_at) {}
  std::string_view op() const override { return "repeat"; }
  std::string Describe() const override { return ""; }
  Result<std::string> Identity(RunContext&) const override { return std::string(); }
  static int64_t TimesOf(int64_t id) { return id == 7 ? 1000 : id % 4; }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override { return input; }
  Result<Apply> Bind(const SchemaPtr&, const SchemaPtr& output, RunContext&) const override {
    return Apply(
        [this, output](const BatchPtr& batch, Position at, int64_t end, Worker&) -> Result<Piece> {
          constexpr size_t kBatchRows = 3;
          const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
          std::vector<BatchPtr> rows;
          while (at.row < end && rows.size() < kBatchRows) {
            if (ids.Value(at.row) == fail_at_) {
              return AtRow(at.row, Error(ErrorKind::kData, "repeat: broken"));
            }
            if (at.item < TimesOf(ids.Value(at.row))) {
              rows.push_back(batch->Slice(at.row, 1));
              ++at.item;
            } else {
              at = {at.row + 1, 0};
            }
          }
          ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches(output, rows));
          ARROW_ASSIGN_OR_RAISE(BatchPtr piece, table->CombineChunksToBatch());
          return Piece{std::move(piece), at};
        });
  }

 private:
  const int64_t fail_at_;
};

std::vector<int64_t> Expected(int64_t rows) {
  std::vector<int64_t> ids;
  for (int64_t id = 0; id < rows; ++id) {
    ids.insert(ids.end(), static_cast<size_t>(Repeat::TimesOf(id)), id);
  }
  return ids;
}

class ExpandTest : public testing::DatasetTest {};

TEST_F(ExpandTest, GivesTheSameRowsInOrderForAnyWorkersAndBatches) {
  const BatchPtr rows = NumberedRows(300);
  const auto expected = Expected(300);
  for (const int workers : {1, 2, 8}) {
    for (const int64_t cut : {1, 7, 300}) {
      RunContext run(Options(workers, 4096));
      const Repeat plan(SourceOf(CutEvery(rows, cut)));
      EXPECT_EQ(Numbers(*Collect(plan, run)), expected) << workers << " " << cut;
      ASSERT_EQ(run.steps().size(), 1U);
      EXPECT_EQ(run.steps()[0].rows_in, 300);
      EXPECT_EQ(run.steps()[0].rows_out, static_cast<int64_t>(expected.size()));
      EXPECT_EQ(run.budget().reserved_bytes(), 0);
    }
  }
}

TEST_F(ExpandTest, NoRowsStayNone) {
  RunContext run(Options());
  EXPECT_EQ(Collect(Repeat(SourceOf({NumberedRows(4)->Slice(0, 0)})), run)->num_rows(), 0);
}

TEST_F(ExpandTest, AnErrorNamesTheRowOfTheInput) {
  for (const int workers : {1, 8}) {
    RunContext run(Options(workers));
    const Repeat plan(SourceOf(CutEvery(NumberedRows(300), 10)), 205);
    EXPECT_EQ(Failure(plan, run).message(), "repeat: broken (row 206)");
  }
}

TEST_F(ExpandTest, AnErrorBeyondTheLastRowWantedIsNone) {
  RunContext run(Options(8));
  const auto plan = std::make_shared<Repeat>(SourceOf(CutEvery(NumberedRows(300), 1)), 12);
  const NodePtr first = *MakeLimit(plan, 1000);
  EXPECT_EQ(Collect(*first, run)->num_rows(), 1000);
}

TEST_F(ExpandTest, AFailureOfTheSourceIsTheError) {
  for (const bool in_next : {false, true}) {
    auto source = SourceOf(CutEvery(NumberedRows(1000), 50));
    source->fail_at = 7;
    source->fail_in_next = in_next;
    RunContext run(Options());
    EXPECT_EQ(Failure(Repeat(source), run).message(), "test: the source broke");
  }
}

}  // namespace
}  // namespace tideway::dataset
