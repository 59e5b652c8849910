#include "core/dataset/trace/trace.h"

#include <gmock/gmock.h>

#include "core/dataset/expression/expression.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/op/cache.h"
#include "core/dataset/op/concat.h"
#include "core/dataset/op/distinct.h"
#include "core/dataset/op/drop_nulls.h"
#include "core/dataset/op/group_by.h"
#include "core/dataset/op/join.h"
#include "core/dataset/op/limit.h"
#include "core/dataset/op/mix.h"
#include "core/dataset/op/sample.h"
#include "core/dataset/op/select.h"
#include "core/dataset/op/sort.h"
#include "core/dataset/op/split.h"
#include "core/dataset/op/tap.h"
#include "core/dataset/testing_internal.h"
#include "core/dataset/trace/origins.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::NumberedRows;
using testing::Rows;
using testing::SourceOf;

// Rows whose column "id" tells where they stand in their source.
NodePtr Source(int64_t rows = 500) { return SourceOf(CutEvery(NumberedRows(rows), 33)); }

int64_t IdOf(const BatchPtr& row) {
  return static_cast<const arrow::Int64Array&>(*row->GetColumnByName("id")).Value(0);
}

// The rows of sources that a row comes from.
std::vector<const TracedRow*> SourcesOf(const TracedRow& row) {
  if (row.origins.empty()) return {&row};
  std::vector<const TracedRow*> sources;
  for (const TracedRow& origin : row.origins) {
    for (const TracedRow* source : SourcesOf(origin)) sources.push_back(source);
  }
  return sources;
}

class TraceTest : public testing::DatasetTest {
 protected:
  // Every row of `plan` traces back to the source row that it is.
  void ExpectFound(const NodePtr& plan) {
    for (const int workers : {1, 3}) {
      RunContext run(Options(workers));
      const auto table = Collect(*plan, run);
      ASSERT_NE(table, nullptr);
      ASSERT_GT(table->num_rows(), 0);
      const std::vector<int64_t> ids = testing::Numbers(*table);
      // All rows of a large plan would take long; the first and the last are among these.
      const int64_t step = std::max<int64_t>(table->num_rows() / 23, 1);
      for (int64_t row = 0; row < table->num_rows();
           row = row == table->num_rows() - 1 ? row + 1
                                              : std::min(row + step, table->num_rows() - 1)) {
        const auto traced = TraceRow(plan, row, run);
        ASSERT_TRUE(traced.ok()) << traced.status().ToString();
        const int64_t id = ids[static_cast<size_t>(row)];
        EXPECT_EQ(IdOf(traced->batch), id);
        const TracedRow& source = *SourcesOf(*traced)[0];
        EXPECT_EQ(source.row, id) << StepName(*plan) << ", row " << row;
        EXPECT_EQ(IdOf(source.batch), id);
      }
    }
  }
  static NodePtr Must(Result<NodePtr> plan) { return plan.ValueOrDie(); }
};

TEST_F(TraceTest, StepsThatKeepRowsInOrder) {
  ExpectFound(MakeSelect(Source(), {"id"}));
  ExpectFound(MakeDrop(Source(), {"label"}));
  ExpectFound(MakeRename(Source(), {{"label", "name"}}));
  ExpectFound(Must(MakeTap(Source(), "seen")));
  ExpectFound(MakeCache(Source()));
}

TEST_F(TraceTest, StepsThatDropRows) {
  ExpectFound(MakeDropNulls(Source(), {"label"}));
  ExpectFound(Must(MakeSkip(Source(), 100)));
  ExpectFound(Must(MakeLimit(MakeDropNulls(Source(), {"label"}), 100)));
  ExpectFound(MakeDistinct(Source(), {"label"}));
  ExpectFound(MakeDistinct(Source(), {}));
}

TEST_F(TraceTest, StepsThatChangeTheOrder) {
  ExpectFound(Must(MakeSort(Source(), {{.column = "label"}})));
  ExpectFound(Must(MakeSort(Source(), {{.column = "id", .descending = true}})));
  ExpectFound(MakeShuffle(Source(), 7));
}

TEST_F(TraceTest, Samples) {
  ExpectFound(Must(MakeSample(Source(), {.n = 100, .seed = 1})));
  ExpectFound(Must(MakeSample(Source(), {.fraction = 0.3, .seed = 1})));
  ExpectFound(Must(MakeSample(Source(), {.fraction = 0.3, .seed = 1, .key = {"id"}})));
  ExpectFound(Must(MakeSample(Source(), {.n = 20, .seed = 1, .per = {"label"}})));
  ExpectFound(Must(MakeSample(Source(), {.n = 100, .seed = 1, .weights = "id"})));
}

TEST_F(TraceTest, PartsOfASplit) {
  for (const std::vector<std::string>& by :
       {std::vector<std::string>{}, std::vector<std::string>{"label"}}) {
    const auto parts =
        MakeSplit(Source(),
                  {.parts = {{.name = "a", .share = "0.7"}, {.name = "b", .share = "0.3"}},
                   .stratify = by,
                   .seed = 5})
            .ValueOrDie();
    for (const auto& [name, part] : parts) ExpectFound(part);
  }
  const auto by_hash =
      MakeSplit(Source(), {.parts = {{.name = "a", .share = "0.7"}, {.name = "b", .share = "0.3"}},
                           .key = {"id"},
                           .seed = 5})
          .ValueOrDie();
  ExpectFound(by_hash[1].second);
}

TEST_F(TraceTest, SeveralInputs) {
  ExpectFound(MakeConcat({Source(100), Source(50), Source(70)}));
  ExpectFound(Must(MakeMix({{.name = "a", .plan = Source(200), .ratio = 1},
                            {.name = "b", .plan = Source(300), .ratio = 2}},
                           {.n = 150, .seed = 1})));
}

TEST_F(TraceTest, ConcatTellsWhichInput) {
  RunContext run(Options());
  const NodePtr first = Source(100);
  const NodePtr second = MakeDropNulls(Source(50), {"id"});
  const TracedRow traced = *TraceRow(MakeConcat({first, second}), 120, run);
  EXPECT_EQ(traced.origins[0].step, StepName(*second));
  EXPECT_EQ(SourcesOf(traced)[0]->row, 20);
}

TEST_F(TraceTest, AJoinTellsBothSides) {
  const auto right = [] { return MakeRename(MakeShuffle(Source(300), 3), {{"label", "other"}}); };
  for (const auto kind : {JoinKind::kInner, JoinKind::kLeft}) {
    const NodePtr plan =
        Must(MakeJoin(MakeShuffle(Source(), 2), right(), {.on = {{"id", "id"}}, .kind = kind}));
    ExpectFound(plan);
    RunContext run(Options());
    const TracedRow traced = *TraceRow(plan, 5, run);
    const auto sources = SourcesOf(traced);
    if (IdOf(traced.batch) >= 300) continue;
    ASSERT_EQ(sources.size(), 2U);
    EXPECT_EQ(sources[1]->row, IdOf(traced.batch));
  }
  for (const auto kind : {JoinKind::kSemi, JoinKind::kAnti}) {
    ExpectFound(Must(MakeJoin(Source(), right(), {.on = {{"id", "id"}}, .kind = kind})));
  }
}

TEST_F(TraceTest, ARowOfALeftJoinWithoutMatchHasOneOrigin) {
  RunContext run(Options());
  const NodePtr plan = Must(MakeJoin(Source(10), MakeRename(Source(5), {{"label", "other"}}),
                                     {.on = {{"id", "id"}}, .kind = JoinKind::kLeft}));
  EXPECT_EQ(TraceRow(plan, 9, run)->origins.size(), 1U);
  EXPECT_EQ(TraceRow(plan, 4, run)->origins.size(), 2U);
}

TEST_F(TraceTest, AGroupNamesItsFirstRowsAndCountsTheRest) {
  RunContext run(Options());
  const NodePtr plan = MakeGroupBy(Source(100), {"label"},
                                   {{.name = "n", .kind = AggregateKind::kCount, .column = ""}});
  const TracedRow b = *TraceRow(plan, 1, run);
  std::vector<int64_t> rows;
  for (const TracedRow& origin : b.origins) rows.push_back(origin.row);
  EXPECT_THAT(rows, ElementsAre(6, 7, 8));
  const auto n = std::static_pointer_cast<arrow::Int64Array>(b.batch->GetColumnByName("n"));
  EXPECT_EQ(b.more_origins, n->Value(0) - 3);
}

TEST_F(TraceTest, LongChainsAreFollowedToTheirSource) {
  NodePtr plan = MakeDropNulls(Source(), {"label"});
  plan = Must(MakeSort(plan, {{.column = "label"}}));
  plan = Must(MakeSample(plan, {.n = 200, .seed = 3}));
  plan = MakeShuffle(MakeDistinct(plan, {"id"}), 9);
  ExpectFound(Must(MakeSkip(MakeConcat({plan}), 10)));
}

TEST_F(TraceTest, ARowThatIsNotThereIsAnError) {
  RunContext run(Options());
  const Status status = TraceRow(MakeShuffle(Source(10), 1), 10, run).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("there is no row 11"));
}

TEST_F(TraceTest, ASourceOfSeveralFilesTellsTheFileAndItsRow) {
  for (const char* name : {"a", "b", "c"}) {
    const std::string path = folder_ + "/" + name + ".csv";
    ASSERT_TRUE(WriteFileAtomic(path, "id\n10\n11\n12\n").ok());
  }
  RunContext run(Options());
  const TracedRow traced = *TraceRow(ReadCsv({folder_ + "/*.csv"}, {}), 4, run);
  EXPECT_THAT(traced.place, HasSubstr("b.csv, row 2"));
  EXPECT_EQ(IdOf(traced.batch), 11);
}

TEST_F(TraceTest, TheErrorsOfAPlanAreThoseOfTheTrace) {
  RunContext run(Options());
  const Status status = TraceRow(MakeSelect(Source(), {"nothing"}), 0, run).status();
  EXPECT_THAT(status.message(), HasSubstr("nothing"));
}

}  // namespace
}  // namespace tideway::dataset
