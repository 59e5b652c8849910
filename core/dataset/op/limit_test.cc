#include "core/dataset/op/limit.h"

#include <arrow/table.h>

#include <numeric>

#include "core/dataset/dataset.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/op/concat.h"
#include "core/dataset/op/drop_nulls.h"
#include "core/dataset/op/map_column.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using testing::DatasetTest;
using testing::Failure;
using ::testing::HasSubstr;
using testing::NumberedRows;
using testing::Numbers;
using testing::SourceOf;

std::vector<int64_t> Counting(int64_t first, int64_t end) {
  std::vector<int64_t> numbers(static_cast<size_t>(std::max<int64_t>(end - first, 0)));
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

class LimitTest : public DatasetTest {
 protected:
  static NodePtr Limit(NodePtr input, int64_t rows) { return *MakeLimit(std::move(input), rows); }
  static NodePtr Skip(NodePtr input, int64_t rows) { return *MakeSkip(std::move(input), rows); }
  // Rows 0 ... rows - 1 in batches of 10.
  static std::shared_ptr<testing::BatchSource> Tens(int64_t rows, bool tells_rows = false) {
    auto source = SourceOf(CutEvery(NumberedRows(rows), 10));
    source->tells_rows = tells_rows;
    return source;
  }
  StepCounts CountsOf(const RunContext& run, const std::string& step) {
    for (const StepCounts& counts : run.steps()) {
      if (counts.step.name == step) return counts;
    }
    ADD_FAILURE() << "no step " << step;
    return {};
  }

  RunContext run_{Options()};
};

TEST_F(LimitTest, LimitKeepsTheFirstRowsAndSkipTheOthersForAnyNumberOfWorkers) {
  for (const int workers : {1, 2, 8}) {
    RunContext run(Options(workers));
    for (const bool tells_rows : {false, true}) {
      for (const int64_t n : {0, 1, 9, 10, 11, 55, 99, 100, 101, 1'000'000}) {
        const NodePtr source = Tens(100, tells_rows);
        const int64_t cut = std::min<int64_t>(n, 100);
        EXPECT_EQ(Numbers(*Collect(*Limit(source, n), run)), Counting(0, cut)) << n;
        EXPECT_EQ(Numbers(*Collect(*Skip(source, n), run)), Counting(cut, 100)) << n;
      }
    }
  }
}

TEST_F(LimitTest, RangesMayStandOnOneAnother) {
  const NodePtr source = Tens(100);
  EXPECT_EQ(Numbers(*Collect(*Limit(Skip(source, 25), 30), run_)), Counting(25, 55));
  EXPECT_EQ(Numbers(*Collect(*Skip(Limit(source, 30), 25), run_)), Counting(25, 30));
  EXPECT_EQ(Numbers(*Collect(*Limit(Limit(source, 30), 70), run_)), Counting(0, 30));
  EXPECT_EQ(Numbers(*Collect(*Skip(Skip(source, 30), 69), run_)), Counting(99, 100));
}

TEST_F(LimitTest, RowsOfAFilterAreCountedExactlyForAnyNumberOfWorkers) {
  // A row in 31 is null, so that batches have 9 or 10 rows.
  std::vector<int64_t> kept;
  for (int64_t row = 0; row < 5000; ++row) {
    if (row % 31 != 30) kept.push_back(row);
  }
  for (const int workers : {1, 2, 8}) {
    RunContext run(Options(workers));
    const NodePtr page = Limit(Skip(MakeDropNulls(Tens(5000), {"label"}), 1234), 2345);
    EXPECT_EQ(Numbers(*Collect(*page, run)),
              std::vector<int64_t>(kept.begin() + 1234, kept.begin() + 1234 + 2345));
  }
}

TEST_F(LimitTest, SourceIsAskedForLittleMoreThanTheRowsKept) {
  const auto source = Tens(100'000);
  EXPECT_EQ(Collect(*Limit(source, 95), run_)->num_rows(), 95);
  EXPECT_LE(source->given, 10 + run_.workers());
  const auto telling = Tens(100'000, true);
  EXPECT_EQ(Collect(*Limit(telling, 95), run_)->num_rows(), 95);
  EXPECT_EQ(telling->given, 10);
  const auto unused = Tens(100);
  EXPECT_EQ(Collect(*Limit(unused, 0), run_)->num_rows(), 0);
  EXPECT_EQ(unused->given, 0);
}

TEST_F(LimitTest, MorselsPassedOverAreNotRunWhereTheirRowsAreKnown) {
  const auto source = Tens(1000, true);
  source->fail_at = 3;
  EXPECT_EQ(Numbers(*Collect(*Skip(source, 985), run_)), Counting(985, 1000));
  EXPECT_EQ(source->computed, 2);
  EXPECT_EQ(CountsOf(run_, "skip 985").rows_in, 1000);
}

TEST_F(LimitTest, ErrorCountsOnlyWhereItsRowsAreNeeded) {
  for (const bool in_next : {false, true}) {
    const auto source = Tens(100);
    source->fail_at = 5;
    source->fail_in_next = in_next;
    EXPECT_EQ(Numbers(*Collect(*Limit(source, 50), run_)), Counting(0, 50));
    EXPECT_EQ(Failure(*Limit(source, 51), run_).message(), "test: the source broke");
    EXPECT_EQ(Failure(*Skip(source, 60), run_).message(), "test: the source broke");
  }
}

TEST_F(LimitTest, CountsAreThoseOfTheRowsThatWentIn) {
  for (const int workers : {1, 2, 8}) {
    RunContext run(Options(workers));
    Collect(*Limit(Skip(MakeDropNulls(Tens(310), {"label"}), 100), 50), run);
    EXPECT_EQ(CountsOf(run, "skip 100").rows_in, 155);  // 16 batches, 5 nulls less
    EXPECT_EQ(CountsOf(run, "skip 100").rows_out, 55);
    EXPECT_EQ(CountsOf(run, "limit 50").rows_in, 50);
    EXPECT_EQ(CountsOf(run, "limit 50").rows_out, 50);
    const auto filter = CountsOf(run, "filter label not null");
    EXPECT_EQ(filter.rows_in - filter.rows_out, filter.dropped.begin()->second);
  }
}

TEST_F(LimitTest, NumberOfRowsIsKnownWhereTheInputsIs) {
  const NodePtr known = SourceOf({NumberedRows(40)}, true);
  EXPECT_EQ(*Limit(known, 30)->KnownRows(run_), 30);
  EXPECT_EQ(*Limit(known, 50)->KnownRows(run_), 40);
  EXPECT_EQ(*Skip(known, 30)->KnownRows(run_), 10);
  EXPECT_EQ(*Skip(known, 50)->KnownRows(run_), 0);
  EXPECT_EQ(*Limit(Tens(40), 10)->KnownRows(run_), std::nullopt);
}

TEST_F(LimitTest, NegativeNumberIsAUsageError) {
  for (const auto& plan : {MakeLimit(Tens(10), -1), MakeSkip(Tens(10), -1)}) {
    EXPECT_EQ(KindOf(plan.status()), ErrorKind::kUsage);
    EXPECT_THAT(plan.status().message(), HasSubstr("n must not be negative: -1"));
  }
}

TEST_F(LimitTest, PlansOfOtherNumbersHaveOtherFingerprints) {
  const NodePtr source = Tens(10);
  const auto print = [&](const NodePtr& plan) { return *Fingerprint(*plan, run_); };
  EXPECT_NE(print(Limit(source, 3)), print(Limit(source, 4)));
  EXPECT_NE(print(Limit(source, 3)), print(Skip(source, 3)));
  EXPECT_EQ(StepName(*Limit(source, 3)), "limit 3");
}

TEST_F(LimitTest, KeptRowsAndJoinedOnesAreCutToo) {
  const Dataset rows(MakeDropNulls(Tens(310), {"label"}));
  EXPECT_EQ(*rows.Count(run_), 300);
  const auto last = Collect(*Skip(rows.plan(), 299), run_);
  EXPECT_EQ(Numbers(*last), Counting(308, 309));
  const NodePtr joined = MakeConcat({Tens(15, true), MakeDropNulls(Tens(15), {"label"})});
  EXPECT_EQ(Collect(*Limit(Skip(joined, 14), 3), run_)->num_rows(), 3);
}

TEST_F(LimitTest, CursorGivesTheSameRows) {
  const auto cursor = *Cursor::Open(Limit(Skip(Tens(100), 5), 17), run_);
  int64_t rows = 0;
  while (const BatchPtr batch = *cursor->Next()) rows += batch->num_rows();
  EXPECT_EQ(rows, 17);
}

}  // namespace
}  // namespace tideway::dataset
