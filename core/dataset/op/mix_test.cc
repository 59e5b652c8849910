#include "core/dataset/op/mix.h"

#include <limits>

#include "core/dataset/op/limit.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using testing::Failure;
using testing::NumberedRows;
using testing::Numbers;
using testing::Rows;
using testing::SourceOf;
using Stop = MixOptions::Stop;

class MixTest : public testing::DatasetTest {};

// `rows` rows whose ids begin at `first`.
BatchPtr RowsFrom(int64_t first, int64_t rows) { return NumberedRows(first + rows)->Slice(first); }

NodePtr Mixed(NodePtr a, NodePtr b, MixOptions options, double ratio = 0.7) {
  return *MakeMix({{"a", std::move(a), ratio}, {"b", std::move(b), 1 - ratio}}, options);
}

// How many ids are below 100000: those of the first input.
int64_t OfFirst(const std::vector<int64_t>& ids) {
  return std::ranges::count_if(ids, [](int64_t id) { return id < 100000; });
}

TEST_F(MixTest, RowsAreTheSameForAnyWorkersMemoryAndBatches) {
  const BatchPtr a = NumberedRows(3000), b = RowsFrom(100000, 500);
  for (const Stop stop : {Stop::kFirst, Stop::kAll, Stop::kNever}) {
    std::vector<int64_t> expected;
    for (const int workers : {1, 2, 8}) {
      for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
        RunContext run(Options(workers, memory));
        const auto plan =
            Mixed(SourceOf(CutEvery(a, 70 * workers + 3)), SourceOf(CutEvery(b, 11 * workers)),
                  {.stop = stop,
                   .n = stop == Stop::kNever ? std::optional(9000) : std::nullopt,
                   .seed = 42});
        const auto ids = Numbers(*Collect(*plan, run));
        if (expected.empty()) expected = ids;
        EXPECT_EQ(ids, expected) << workers << " " << memory;
        EXPECT_EQ(run.budget().reserved_bytes(), 0);
      }
    }
  }
}

TEST_F(MixTest, RatiosAreThoseOfTheRowsAndEachInputKeepsItsOrder) {
  RunContext run(Options());
  const auto plan = Mixed(SourceOf(CutEvery(NumberedRows(90000), 1000)),
                          SourceOf(CutEvery(RowsFrom(100000, 90000), 1000)), {.n = 50000});
  const auto ids = Numbers(*Collect(*plan, run));
  EXPECT_EQ(ids.size(), 50000U);
  EXPECT_NEAR(static_cast<double>(OfFirst(ids)), 35000, 400);
  int64_t next_a = 0, next_b = 100000;
  for (const int64_t id : ids) EXPECT_EQ(id, id < 100000 ? next_a++ : next_b++);
}

TEST_F(MixTest, AnotherSeedIsAnotherMix) {
  RunContext run(Options());
  const auto ids = [&](uint64_t seed) {
    return Numbers(*Collect(
        *Mixed(SourceOf({NumberedRows(100)}), SourceOf({RowsFrom(100000, 100)}), {.seed = seed}),
        run));
  };
  EXPECT_EQ(ids(1), ids(1));
  EXPECT_NE(ids(1), ids(2));
}

TEST_F(MixTest, FirstEndsWithTheLastRowOfTheFirstToRunOut) {
  RunContext run(Options());
  const auto ids = Numbers(*Collect(
      *Mixed(SourceOf({NumberedRows(1000)}), SourceOf(CutEvery(RowsFrom(100000, 40), 7)), {}),
      run));
  EXPECT_EQ(ids.back(), 100039);
  EXPECT_EQ(std::ranges::count(ids, 100039), 1);
}

TEST_F(MixTest, AllEndsWhenEachHasRunOutAndRepeatsTheOthers) {
  RunContext run(Options());
  auto small = SourceOf(CutEvery(RowsFrom(100000, 40), 7));
  const auto ids =
      Numbers(*Collect(*Mixed(SourceOf({NumberedRows(1000)}), small, {.stop = Stop::kAll}), run));
  EXPECT_EQ(ids.back(), 999);
  EXPECT_EQ(OfFirst(ids), 1000);
  EXPECT_GT(std::ranges::count(ids, 100000), 5);
  EXPECT_EQ(small->opened, 1);
}

TEST_F(MixTest, NeverGivesExactlyAsManyRowsAsAsked) {
  RunContext run(Options());
  const auto plan = Mixed(SourceOf({NumberedRows(3)}), SourceOf({RowsFrom(100000, 1)}),
                          {.stop = Stop::kNever, .n = 10000});
  EXPECT_EQ(*plan->KnownRows(run), 10000);
  const auto ids = Numbers(*Collect(*plan, run));
  EXPECT_EQ(ids.size(), 10000U);
  EXPECT_NEAR(static_cast<double>(OfFirst(ids)), 7000, 200);
}

TEST_F(MixTest, KeepsNullsNanAndTheLargestIntegers) {
  const auto schema =
      arrow::schema({arrow::field("x", arrow::float64()), arrow::field("n", arrow::int64()),
                     arrow::field("t", arrow::list(arrow::utf8()))});
  const BatchPtr a =
      Rows(schema, {"[NaN, null]", "[9223372036854775807, null]", R"([["नेपाल", null], []])"});
  const BatchPtr b = Rows(schema, {"[-0.0]", "[-9223372036854775808]", "[null]"});
  RunContext run(Options());
  const auto rows = Collect(
      *Mixed(SourceOf({a, a->Slice(0, 0)}), SourceOf({b->Slice(0, 0), b}), {.stop = Stop::kAll}),
      run);
  const auto& last = static_cast<const arrow::Int64Array&>(*rows->column(1)->chunk(0));
  bool greatest = false;
  for (int64_t row = 0; row < last.length(); ++row) {
    greatest |= last.IsValid(row) && last.Value(row) == std::numeric_limits<int64_t>::max();
  }
  EXPECT_TRUE(greatest);
  EXPECT_GE(rows->num_rows(), 3);
}

TEST_F(MixTest, AnInputWithoutRowsEndsItOrIsAnError) {
  RunContext run(Options());
  const auto mixed = [&](MixOptions options) {
    return Mixed(SourceOf({NumberedRows(10)}), SourceOf({NumberedRows(4)->Slice(0, 0)}), options);
  };
  EXPECT_EQ(Collect(*mixed({}), run)->num_rows(), 0);
  EXPECT_EQ(Failure(*mixed({.stop = Stop::kAll}), run).message(),
            "mix: `b` has no rows to begin again with");
}

TEST_F(MixTest, ReadsNoMoreThanItNeeds) {
  for (const int workers : {1, 8}) {
    RunContext run(Options(workers));
    auto a = SourceOf(CutEvery(NumberedRows(50000), 10));
    Collect(*Mixed(a, SourceOf(CutEvery(RowsFrom(100000, 50000), 10)), {.n = 100}), run);
    EXPECT_LT(a->computed, 50);
  }
}

TEST_F(MixTest, CountsTheRowsOfEachStepInTheReceipt) {
  RunContext run(Options());
  Collect(*Mixed(SourceOf({NumberedRows(10)}), SourceOf({RowsFrom(100000, 9)}), {.n = 7}, 0.75),
          run);
  ASSERT_EQ(run.steps().size(), 1U);
  EXPECT_EQ(run.steps()[0].step.name, "mix a 0.75, b 0.25, 7 rows, seed 0, stop first");
  EXPECT_EQ(run.steps()[0].rows_out, 7);
}

TEST_F(MixTest, AFailureIsTheErrorOnlyWhereItsRowsAreWanted) {
  for (const bool in_next : {false, true}) {
    auto source = SourceOf(CutEvery(NumberedRows(1000), 50));
    source->fail_at = 7;
    source->fail_in_next = in_next;
    RunContext run(Options(8));
    const auto other = SourceOf({RowsFrom(100000, 1000)});
    EXPECT_EQ(Failure(*Mixed(source, other, {}), run).message(), "test: the source broke");
    EXPECT_EQ(Collect(*Mixed(source, other, {.n = 300}), run)->num_rows(), 300);
  }
}

TEST_F(MixTest, RefusesWhatCannotBeMixed) {
  RunContext run(Options());
  const auto rows = SourceOf({NumberedRows(4)});
  const auto error = [&](double ratio, MixOptions options) {
    return MakeMix({{"a", rows, ratio}}, options).status().message();
  };
  EXPECT_EQ(error(0, {}), "mix: ratio of `a` must be a number above 0: 0");
  EXPECT_EQ(error(std::numeric_limits<double>::quiet_NaN(), {}),
            "mix: ratio of `a` must be a number above 0: nan");
  EXPECT_EQ(error(1, {.n = -1}), "mix: n must not be negative: -1");
  EXPECT_EQ(error(1, {.stop = Stop::kNever}), "mix: with stop = \"never\" the rows have no end");
  EXPECT_EQ(MakeMix({}, {}).status().message(), "mix: no datasets");
  const auto other = SourceOf({Rows(
      arrow::schema({arrow::field("id", arrow::utf8()), arrow::field("label", arrow::utf8())}),
      {"[]", "[]"})});
  EXPECT_EQ(Mixed(rows, other, {})->schema(run).status().message(),
            "mix: `b` does not fit `a`: column `id` is int64 there and string here");
}

}  // namespace
}  // namespace tideway::dataset
