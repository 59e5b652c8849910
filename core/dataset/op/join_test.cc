#include "core/dataset/op/join.h"

#include <fmt/core.h>

#include <random>

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using ::testing::HasSubstr;
using testing::NumberedRows;
using testing::Rows;
using testing::SourceOf;

class JoinTest : public testing::DatasetTest {
 protected:
  const SchemaPtr left_schema_ =
      arrow::schema({arrow::field("key", arrow::utf8()), arrow::field("id", arrow::int64())});
  const SchemaPtr right_schema_ =
      arrow::schema({arrow::field("name", arrow::utf8()), arrow::field("key", arrow::utf8())});

  NodePtr Left() const {
    return SourceOf(
        CutEvery(Rows(left_schema_, {R"(["b", "a", null, "é", "b"])", "[1, 2, 3, 4, 5]"}), 2));
  }
  NodePtr Right() const {
    return SourceOf(CutEvery(
        Rows(right_schema_, {R"(["B1", "A", "N", "B2", "X"])", R"(["b", "a", null, "b", "x"])"}),
        2));
  }
  static NodePtr Make(NodePtr left, NodePtr right, JoinOptions options) {
    return MakeJoin(std::move(left), std::move(right), std::move(options)).ValueOrDie();
  }
  static std::string FaultOf(const Node& plan, RunContext& run) {
    return plan.schema(run).status().message();
  }
};

void ExpectRows(const arrow::Table& table, const std::vector<std::string>& columns) {
  ASSERT_EQ(table.num_columns(), static_cast<int>(columns.size()));
  for (int i = 0; i < table.num_columns(); ++i) {
    const auto expected = std::make_shared<arrow::ChunkedArray>(
        testing::Column(table.field(i)->type(), columns[static_cast<size_t>(i)]));
    EXPECT_TRUE(table.column(i)->Equals(*expected))
        << table.field(i)->name() << ": " << table.column(i)->ToString();
  }
}

// Memory for both ways: with the right side in memory, and dealt out.
constexpr int64_t kMemories[] = {int64_t{512} << 20, 64};

TEST_F(JoinTest, PairsEqualKeysInTheOrderOfTheLeftThenTheRight) {
  for (const int64_t memory : kMemories) {
    RunContext run(Options(2, memory));
    ExpectRows(
        *Collect(*Make(Left(), Right(), {.on = {{"key", "key"}}}), run),
        {R"(["b", "b", "a", "b", "b"])", "[1, 1, 2, 5, 5]", R"(["B1", "B2", "A", "B1", "B2"])"});
  }
}

TEST_F(JoinTest, LeftKeepsRowsWithoutAMatchAndANullMatchesNothing) {
  for (const int64_t memory : kMemories) {
    RunContext run(Options(2, memory));
    const auto plan = Make(Left(), Right(), {.on = {{"key", "key"}}, .kind = JoinKind::kLeft});
    ExpectRows(*Collect(*plan, run),
               {R"(["b", "b", "a", null, "é", "b", "b"])", "[1, 1, 2, 3, 4, 5, 5]",
                R"(["B1", "B2", "A", null, null, "B1", "B2"])"});
  }
}

TEST_F(JoinTest, SemiAndAntiShareTheLeftRowsOut) {
  for (const int64_t memory : kMemories) {
    RunContext run(Options(2, memory));
    const auto semi = Make(Left(), Right(), {.on = {{"key", "key"}}, .kind = JoinKind::kSemi});
    ExpectRows(*Collect(*semi, run), {R"(["b", "a", "b"])", "[1, 2, 5]"});
    const auto anti = Make(Left(), Right(), {.on = {{"key", "key"}}, .kind = JoinKind::kAnti});
    ExpectRows(*Collect(*anti, run), {R"([null, "é"])", "[3, 4]"});
  }
}

TEST_F(JoinTest, AnEmptySideGivesNoPairs) {
  const auto none = SourceOf({Rows(right_schema_, {"[]", "[]"})});
  for (const int64_t memory : kMemories) {
    RunContext run(Options(2, memory));
    EXPECT_EQ(Collect(*Make(Left(), none, {.on = {{"key", "key"}}}), run)->num_rows(), 0);
    const auto left = Make(Left(), none, {.on = {{"key", "key"}}, .kind = JoinKind::kLeft});
    EXPECT_EQ(Collect(*left, run)->num_rows(), 5);
    EXPECT_EQ(
        Collect(*Make(none, Right(), {.on = {{"key", "key"}}, .suffix = "_r"}), run)->num_rows(),
        0);
  }
}

// `rows` rows of a key out of about `keys`, one of which is in a tenth of them, and their number.
BatchPtr KeyedRows(int64_t rows, uint64_t keys, uint32_t seed, const std::string& number) {
  std::mt19937_64 random(seed);
  arrow::DoubleBuilder key_cells;
  arrow::Int64Builder numbers;
  for (int64_t row = 0; row < rows; ++row) {
    const uint64_t key = row % 10 == 3 ? 7 : random() % keys;
    const double cell = key == 1 ? NAN : static_cast<double>(key);
    EXPECT_TRUE((key == 0 ? key_cells.AppendNull() : key_cells.Append(cell)).ok());
    EXPECT_TRUE(numbers.Append(row).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("key", arrow::float64()), arrow::field(number, arrow::int64())});
  return arrow::RecordBatch::Make(schema, rows,
                                  {key_cells.Finish().ValueOrDie(), numbers.Finish().ValueOrDie()});
}

// With the key as text that begins so, for the way of keys that are not one number.
BatchPtr WithTextKey(const BatchPtr& rows, const std::string& prefix) {
  const auto& keys = static_cast<const arrow::DoubleArray&>(*rows->column(0));
  arrow::StringBuilder texts;
  for (int64_t row = 0; row < keys.length(); ++row) {
    EXPECT_TRUE((keys.IsNull(row) ? texts.AppendNull()
                                  : texts.Append(prefix + std::to_string(keys.Value(row))))
                    .ok());
  }
  return rows->SetColumn(0, arrow::field("key", arrow::utf8()), texts.Finish().ValueOrDie())
      .ValueOrDie();
}

std::vector<std::pair<int64_t, int64_t>> Pairs(const arrow::Table& table) {
  std::vector<std::pair<int64_t, int64_t>> pairs;
  const auto& lefts = static_cast<const arrow::Int64Array&>(*table.column(1)->chunk(0));
  const auto& rights = static_cast<const arrow::Int64Array&>(*table.column(2)->chunk(0));
  for (int64_t i = 0; i < table.num_rows(); ++i) {
    pairs.emplace_back(lefts.Value(i), rights.IsNull(i) ? -1 : rights.Value(i));
  }
  return pairs;
}

// What joining each left row with each right one gives: pairs of numbers, -1 where there is none.
std::vector<std::pair<int64_t, int64_t>> PairsOf(const BatchPtr& left, const BatchPtr& right) {
  const auto& left_keys = static_cast<const arrow::DoubleArray&>(*left->column(0));
  const auto& right_keys = static_cast<const arrow::DoubleArray&>(*right->column(0));
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t i = 0; i < left_keys.length(); ++i) {
    const size_t before = pairs.size();
    for (int64_t j = 0; j < right_keys.length(); ++j) {
      if (left_keys.IsNull(i) || right_keys.IsNull(j)) continue;
      const double a = left_keys.Value(i), b = right_keys.Value(j);
      if (a == b || (std::isnan(a) && std::isnan(b))) pairs.emplace_back(i, j);
    }
    if (pairs.size() == before) pairs.emplace_back(i, -1);
  }
  return pairs;
}

// Memory for all ways, with a filter of right keys among them.
constexpr int64_t kMoreMemories[] = {int64_t{512} << 20, 16 << 10, 64};

TEST_F(JoinTest, GivesTheSameRowsForAnyWorkersMemoryAndBatches) {
  const std::string long_text(50, 'x');
  for (const uint64_t keys : {5U, 300U, 100000U}) {
    const BatchPtr left = KeyedRows(700, keys, 1, "left");
    const BatchPtr right = KeyedRows(500, keys, 2, "right");
    const auto expected = PairsOf(left, right);
    auto matched = expected;
    std::erase_if(matched, [](const auto& pair) { return pair.second < 0; });
    const std::vector<std::pair<BatchPtr, BatchPtr>> sides = {
        {left, right},
        {WithTextKey(left, ""), WithTextKey(right, "")},
        {WithTextKey(left, long_text), WithTextKey(right, long_text)}};
    for (const int workers : {1, 2, 8}) {
      for (const int64_t memory : kMoreMemories) {
        for (const auto& [a, b] : sides) {
          for (const JoinKind kind : {JoinKind::kLeft, JoinKind::kInner}) {
            RunContext run(Options(workers, memory));
            const auto plan = Make(SourceOf(CutEvery(a, 30 * workers + 7)),
                                   SourceOf(CutEvery(b, 20 * workers + 3)),
                                   {.on = {{"key", "key"}}, .kind = kind});
            EXPECT_EQ(Pairs(*Collect(*plan, run)), kind == JoinKind::kLeft ? expected : matched)
                << keys << " " << workers << " " << memory;
          }
        }
      }
    }
  }
}

// A left side that is read twice: its keys first, in other batches than its rows.
std::shared_ptr<testing::BatchSource> ReadTwice(const BatchPtr& rows, int64_t size) {
  const auto source = SourceOf(CutEvery(rows, size), /*known=*/true);
  source->tells_rows = true;
  arrow::ArrayVector columns = rows->columns();
  columns[1] = arrow::MakeArrayOfNull(arrow::null(), rows->num_rows()).ValueOrDie();
  const auto schema = arrow::schema(
      {rows->schema()->field(0), arrow::field(rows->schema()->field(1)->name(), arrow::null())});
  source->narrow = SourceOf(
      CutEvery(arrow::RecordBatch::Make(schema, rows->num_rows(), std::move(columns)), size / 2));
  return source;
}

TEST_F(JoinTest, ALeftSideThatIsReadTwiceGivesTheSameRows) {
  const auto options = [](JoinKind kind) {
    return JoinOptions{.on = {{"key", "key"}}, .kind = kind};
  };
  const auto nans_equal = arrow::EqualOptions::Defaults().nans_equal(true);
  for (const uint64_t keys : {5U, 300U, 100000U}) {
    const BatchPtr left = KeyedRows(700, keys, 1, "left");
    const BatchPtr right = KeyedRows(500, keys, 2, "right");
    for (const JoinKind kind :
         {JoinKind::kLeft, JoinKind::kInner, JoinKind::kSemi, JoinKind::kAnti}) {
      RunContext roomy(Options());
      const auto expected =
          Collect(*Make(SourceOf({left}), SourceOf({right}), options(kind)), roomy);
      for (const int workers : {1, 2, 8}) {
        for (const int64_t memory : {16 << 10, 64}) {
          RunContext run(Options(workers, memory));
          const auto source = ReadTwice(left, 30 * workers + 7);
          const auto plan = Make(source, SourceOf(CutEvery(right, 33)), options(kind));
          EXPECT_TRUE(Collect(*plan, run)->Equals(*expected, nans_equal)) << keys << " " << workers;
          EXPECT_EQ(source->computed > 0, expected->num_rows() > 0);
          EXPECT_EQ(static_cast<const testing::BatchSource&>(*source->narrow).opened, 1);
        }
      }
    }
  }
}

TEST_F(JoinTest, ALeftSideOfWhichFewRowsMayComeOutIsReadOnce) {
  const auto left = ReadTwice(KeyedRows(700, 300, 1, "left"), 50);
  RunContext run(Options(2, 64));
  Collect(*Make(left, SourceOf({KeyedRows(20, 300, 2, "right")}), {.on = {{"key", "key"}}}), run);
  EXPECT_EQ(static_cast<const testing::BatchSource&>(*left->narrow).opened, 0);
}

TEST_F(JoinTest, RefusesALeftSideThatChangesBetweenItsReadings) {
  const auto right = SourceOf({KeyedRows(500, 300, 2, "right")});
  for (const int64_t rows : {699, 701}) {
    auto left = ReadTwice(KeyedRows(rows, 300, 1, "left"), 50);
    left->narrow = ReadTwice(KeyedRows(700, 300, 1, "left"), 50)->narrow;
    RunContext run(Options(2, 64));
    EXPECT_EQ(
        testing::Failure(*Make(left, right, {.on = {{"key", "key"}}}), run).message(),
        fmt::format("join: the left side had 700 rows at first, and {} when read again", rows));
  }
}

TEST_F(JoinTest, AFailureOfTheSecondReadingIsTheError) {
  for (const bool in_next : {true, false}) {
    auto left = ReadTwice(KeyedRows(700, 300, 1, "left"), 50);
    left->fail_at = 7;
    left->fail_in_next = in_next;
    const auto right = SourceOf({KeyedRows(500, 300, 2, "right")});
    RunContext run(Options(2, 64));
    EXPECT_EQ(testing::Failure(*Make(left, right, {.on = {{"key", "key"}}}), run).message(),
              "test: the source broke");
  }
}

TEST_F(JoinTest, TellsTheEdgesOfEveryTypeOfNumberApart) {
  const std::vector<std::pair<std::shared_ptr<arrow::DataType>, std::string>> cases{
      {arrow::boolean(), "[false, null, true, null]"},
      {arrow::int8(), "[-128, 127, -1, 0]"},
      {arrow::uint8(), "[255, 128, 127, 0]"},
      {arrow::int16(), "[-32768, 32767, -1, 0]"},
      {arrow::uint16(), "[65535, 32768, 32767, null]"},
      {arrow::int32(), "[-2147483648, 2147483647, -1, null]"},
      {arrow::uint32(), "[4294967295, 2147483648, 1, 0]"},
      {arrow::int64(), "[-9223372036854775808, 9223372036854775807, -1, null]"},
      {arrow::uint64(), "[18446744073709551615, 9223372036854775808, 1, 0]"},
      {arrow::float32(), "[-Inf, NaN, 0, null]"},
      {arrow::date32(), "[-1, 0, 1, null]"},
      {arrow::date64(), "[-86400000, 0, 86400000, null]"},
      {arrow::time32(arrow::TimeUnit::SECOND), "[0, 86399, 1, 2]"},
      {arrow::time64(arrow::TimeUnit::NANO), "[0, 86399999999999, 1, 2]"},
      {arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[-1, 0, 1, null]"},
      {arrow::duration(arrow::TimeUnit::SECOND), "[-1, 0, 1, null]"},
  };
  for (const auto& [type, cells] : cases) {
    const auto keys = testing::Column(type, cells);
    const auto rows = [&](const std::string& name, const std::string& numbers) {
      const auto schema =
          arrow::schema({arrow::field("key", type), arrow::field(name, arrow::int64())});
      return arrow::RecordBatch::Make(schema, 4, {keys, testing::Column(arrow::int64(), numbers)});
    };
    std::vector<std::pair<int64_t, int64_t>> expected;
    for (int64_t row = 0; row < 4; ++row) {
      expected.emplace_back(row, keys->IsNull(row) ? -1 : row);
    }
    for (const int64_t memory : kMemories) {
      RunContext run(Options(2, memory));
      // Cut, so that keys begin within their buffers.
      const auto plan = Make(SourceOf(CutEvery(rows("left", "[0, 1, 2, 3]"), 3)),
                             SourceOf(CutEvery(rows("right", "[0, 1, 2, 3]"), 1)),
                             {.on = {{"key", "key"}}, .kind = JoinKind::kLeft});
      EXPECT_EQ(Pairs(*Collect(*plan, run)), expected) << type->ToString() << " " << memory;
    }
  }
}

TEST_F(JoinTest, KeepsManyRightRowsOfOneNumberEachInLittleMemory) {
  const int64_t rows = 200'000;
  constexpr int64_t kRowBytes = 14, kTableBytes = 7;
  RunContext run(Options(2, 4 * rows * (kRowBytes + kTableBytes)));
  const auto right = SourceOf(CutEvery(NumberedRows(rows), 1 << 16));
  const auto left = SourceOf({NumberedRows(10)});
  const auto plan = Make(left, right, {.on = {{"id", "id"}}, .suffix = "_right"});
  const auto stream = plan->Open(run).ValueOrDie();
  EXPECT_EQ(Files(), 0);
}

TEST_F(JoinTest, OneLeftBatchWithVeryManyMatchesComesInSeveral) {
  const BatchPtr left = KeyedRows(200, 3, 1, "left");
  const BatchPtr right = KeyedRows(2000, 3, 2, "right");
  const size_t expected = PairsOf(left, right).size();
  constexpr int64_t kRowBytes = 2 * sizeof(double) + sizeof(int64_t);
  const std::vector<std::pair<NodePtr, int64_t>> ways{
      {SourceOf({left}), 64 << 20}, {SourceOf({left}), 4096}, {ReadTwice(left, 200), 4096}};
  for (const auto& [source, memory] : ways) {
    RunContext run(Options(2, memory));
    const auto plan =
        Make(source, SourceOf({right}), {.on = {{"key", "key"}}, .kind = JoinKind::kLeft});
    std::atomic<int64_t> rows = 0, batches = 0, most_rows = 0;
    const auto stream = plan->Open(run).ValueOrDie();
    ASSERT_TRUE(ForEachBatch(
                    *stream,
                    [&](int64_t, int64_t, const BatchPtr& batch, Worker&) {
                      rows += batch->num_rows();
                      ++batches;
                      most_rows = std::max<int64_t>(most_rows, batch->num_rows());
                      return Status::OK();
                    },
                    run)
                    .ok());
    EXPECT_EQ(rows, static_cast<int64_t>(expected));
    EXPECT_GT(batches, 1);
    EXPECT_LE(most_rows * kRowBytes, 2 * run.batch_bytes());
  }
}

TEST_F(JoinTest, JoinsColumnsOfOtherNamesAndSeveralAtOnce) {
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int8()), arrow::field("b", arrow::date32()),
                     arrow::field("c", arrow::int64())});
  const auto left = SourceOf({Rows(schema, {"[1, 1]", "[5, 6]", "[10, 11]"})});
  const auto right_schema =
      arrow::schema({arrow::field("x", arrow::int8()), arrow::field("y", arrow::date32()),
                     arrow::field("c", arrow::utf8())});
  const auto right = SourceOf({Rows(right_schema, {"[1, 2]", "[6, 5]", R"(["p", "q"])"})});
  RunContext run(Options());
  const JoinOptions options{.on = {{"a", "x"}, {"b", "y"}}, .suffix = "_right"};
  const auto plan = Make(left, right, options);
  const auto table = Collect(*plan, run);
  EXPECT_EQ(table->schema()->field(3)->name(), "c_right");
  ExpectRows(*table, {"[1]", "[6]", "[11]", R"(["p"])"});
}

TEST_F(JoinTest, CountsRowsInAndOut) {
  for (const int64_t memory : kMemories) {
    RunContext run(Options(2, memory));
    Collect(*Make(Left(), Right(), {.on = {{"key", "key"}}}), run);
    ASSERT_EQ(run.steps().size(), 1U);
    EXPECT_EQ(run.steps()[0].step.name, "join inner on key");
    EXPECT_EQ(run.steps()[0].rows_in, 5);
    EXPECT_EQ(run.steps()[0].rows_out, 5);
  }
}

TEST_F(JoinTest, RefusesRepeatedRightKeysWhereOneIsAskedFor) {
  for (const int64_t memory : kMemories) {
    RunContext run(Options(2, memory));
    const auto plan = Make(Left(), Right(), {.on = {{"key", "key"}}, .unique_right = true});
    EXPECT_EQ(testing::Failure(*plan, run).message(),
              "join: several rows on the right have key = b");
  }
}

TEST_F(JoinTest, NamesTheFirstOfTheNumbersThatAreRepeated) {
  const auto schema = arrow::schema({arrow::field("key", arrow::int32())});
  const auto right = SourceOf(CutEvery(Rows(schema, {"[null, 1, 5, 3, null, 3, 5, 2]"}), 3));
  RunContext run(Options());
  const auto plan = Make(SourceOf({Rows(schema, {"[2]"})}), right,
                         {.on = {{"key", "key"}}, .unique_right = true});
  EXPECT_EQ(testing::Failure(*plan, run).message(), "join: several rows on the right have key = 5");
}

TEST_F(JoinTest, RefusesWhatCannotBeJoined) {
  RunContext run(Options());
  EXPECT_THAT(MakeJoin(Left(), Right(), {}).status().message(), HasSubstr("no columns to join on"));
  EXPECT_THAT(FaultOf(*Make(Left(), Right(), {.on = {{"kee", "key"}}}), run),
              HasSubstr("did you mean `key`?"));
  EXPECT_EQ(FaultOf(*Make(Left(), Right(), {.on = {{"id", "key"}}}), run),
            "join: `id` is int64 and `key` on the right is string");
  EXPECT_EQ(FaultOf(*Make(Left(), Left(), {.on = {{"key", "key"}}}), run),
            "join: both sides have a column `id`");
}

TEST_F(JoinTest, AFailureOfEitherSideIsTheError) {
  for (const bool of_left : {true, false}) {
    auto broken = SourceOf(CutEvery(KeyedRows(1000, 9, 1, "n"), 50));
    broken->fail_at = 7;
    const NodePtr whole = SourceOf({KeyedRows(10, 9, 1, "m")});
    RunContext run(Options());
    const auto plan = of_left ? Make(broken, whole, {.on = {{"key", "key"}}})
                              : Make(whole, broken, {.on = {{"key", "key"}}});
    EXPECT_EQ(testing::Failure(*plan, run).message(), "test: the source broke");
  }
}

}  // namespace
}  // namespace tideway::dataset
