#include <arrow/io/file.h>
#include <gmock/gmock.h>
#include <parquet/arrow/writer.h>

#include <random>

#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"
#include "core/dataset/op/drop_nulls.h"
#include "core/dataset/op/filter_by.h"
#include "core/dataset/op/select.h"
#include "core/dataset/op/tap.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::HasSubstr;

ExpressionPtr Col(const std::string& name) { return MakeColumn(name); }
template <typename Value>
ExpressionPtr Lit(Value value) {
  return MakeLiteral(arrow::MakeScalar(value));
}
ExpressionPtr Call(const std::string& function, std::vector<ExpressionPtr> arguments) {
  return Must(MakeCall(function, std::move(arguments)));
}

class RowGroupFilterTest : public SourceTest {
 protected:
  std::string Write(const std::string& name, const BatchPtr& batch, int64_t group_rows,
                    bool statistics = true) {
    const auto table = Must(arrow::Table::FromRecordBatches(batch->schema(), {batch}));
    const auto file = Must(arrow::io::FileOutputStream::Open(Path(name)));
    parquet::WriterProperties::Builder properties;
    if (!statistics) properties.disable_statistics();
    EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, group_rows,
                                           properties.build())
                    .ok());
    EXPECT_TRUE(file->Close().ok());
    return Path(name);
  }
  // The rows that groups were passed over with, after checking that the filter gives what it gives
  // where none is.
  int64_t PassedOver(const std::vector<std::string>& paths, const ExpressionPtr& condition) {
    const NodePtr source = ReadParquet(paths);
    RunContext plain_run({.workers = 2}), run({.workers = 2});
    const auto expected =
        TryCollect(*MakeFilterBy(Must(MakeTap(source, "all")), condition), plain_run);
    const auto rows = TryCollect(*MakeFilterBy(source, condition), run);
    EXPECT_EQ(rows.ok(), expected.ok()) << condition->ToString();
    if (!rows.ok() || !expected.ok()) {
      EXPECT_EQ(rows.status().message(), expected.status().message());
      return -1;
    }
    EXPECT_TRUE((*rows)->Equals(**expected, arrow::EqualOptions().nans_equal(true)))
        << condition->ToString();
    const StepCounts counted = run.steps().back(), all = plain_run.steps().back();
    EXPECT_EQ(counted.rows_in, all.rows_in);
    EXPECT_EQ(counted.rows_out, all.rows_out);
    const auto passed = counted.dropped.find("row group without a match");
    return passed == counted.dropped.end() ? 0 : passed->second;
  }
};

BatchPtr Numbered(int64_t rows) {
  arrow::Int64Builder ids;
  for (int64_t row = 0; row < rows; ++row) EXPECT_TRUE(ids.Append(row).ok());
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("id", arrow::int64())}), rows,
                                  {*ids.Finish()});
}

TEST_F(RowGroupFilterTest, PassesOverGroupsWhoseBoundsExcludeEveryMatch) {
  const std::vector<std::string> paths{Write("a.parquet", Numbered(100), 10)};
  const ExpressionPtr id = Col("id");
  EXPECT_EQ(PassedOver(paths, Call("ge", {id, Lit<int64_t>(90)})), 90);
  EXPECT_EQ(PassedOver(paths, Call("gt", {id, Lit<int64_t>(89)})), 90);
  EXPECT_EQ(PassedOver(paths, Call("lt", {id, Lit<int64_t>(10)})), 90);
  EXPECT_EQ(PassedOver(paths, Call("le", {id, Lit<int64_t>(10)})), 80);
  EXPECT_EQ(PassedOver(paths, Call("eq", {Lit<int64_t>(55), id})), 90);
  EXPECT_EQ(PassedOver(paths, Call("gt", {Lit<int64_t>(10), id})), 90);
  EXPECT_EQ(PassedOver(paths, Call("ge", {id, Lit(89.5)})), 90);
  EXPECT_EQ(PassedOver(paths, Call("not", {Call("lt", {id, Lit<int64_t>(90)})})), 90);
  EXPECT_EQ(PassedOver(paths, Call("is_in", {id, MakeList({arrow::MakeScalar(int64_t{3}),
                                                           arrow::MakeScalar(int64_t{55})})})),
            80);
  EXPECT_EQ(PassedOver(paths, Call("is_null", {id})), 100);
  EXPECT_EQ(PassedOver(paths, Call("not_null", {id})), 0);
  EXPECT_EQ(PassedOver(paths, Call("ne", {id, Lit<int64_t>(5)})), 0);
  EXPECT_EQ(PassedOver(paths, Call("and", {Call("ge", {id, Lit<int64_t>(20)}),
                                           Call("lt", {id, Lit<int64_t>(30)})})),
            90);
  EXPECT_EQ(PassedOver(paths, Call("or", {Call("lt", {id, Lit<int64_t>(20)}),
                                          Call("eq", {id, Lit<int64_t>(95)})})),
            70);
}

TEST_F(RowGroupFilterTest, FiltersOneAboveAnotherAndThroughSelectAllCount) {
  const NodePtr source = ReadParquet({Write("a.parquet", Numbered(100), 10)});
  const NodePtr upper = MakeFilterBy(source, Call("ge", {Col("id"), Lit<int64_t>(50)}));
  const NodePtr plan = MakeFilterBy(MakeDropNulls(MakeSelect(upper, {"id"}), {"id"}),
                                    Call("lt", {Col("id"), Lit<int64_t>(60)}));
  EXPECT_THAT(PrintPlan(*plan), HasSubstr("row groups where id >= 50 and id < 60"));
  RunContext run({.workers = 2});
  EXPECT_EQ(testing::Numbers(*Collect(*plan, run)).size(), 10u);
  ASSERT_EQ(run.steps().size(), 4u);
  EXPECT_EQ(run.steps()[0].rows_in, 100);
  EXPECT_EQ(run.steps()[0].dropped.at("row group without a match"), 90);
  EXPECT_EQ(run.steps()[3].rows_in, 10);
}

TEST_F(RowGroupFilterTest, ErrorsTellTheRowWithThoseThatWerePassedOver) {
  const NodePtr source = ReadParquet({Write("a.parquet", Numbered(100), 10)});
  const NodePtr kept = MakeFilterBy(source, Call("ge", {Col("id"), Lit<int64_t>(50)}));
  RunContext run({.workers = 2});
  // What cannot be computed is met in a group that the first condition alone would pass over.
  const NodePtr fails = MakeFilterBy(
      kept,
      Call("gt", {Call("div", {Col("id"), Call("mul", {Col("id"), Lit(INT64_MAX)})}), Lit(0.0)}));
  EXPECT_THAT(Failure(*fails, run).message(), HasSubstr("(row 1)"));
  const NodePtr early = MakeFilterBy(
      source,
      Call("and", {Call("ge", {Col("id"), Lit<int64_t>(50)}),
                   Call("gt", {Call("mul", {Col("id"), Lit(INT64_MAX)}), Lit<int64_t>(0)})}));
  EXPECT_THAT(Failure(*early, run).message(), HasSubstr("(row 3)"));
}

TEST_F(RowGroupFilterTest, NansNullsAndMissingStatisticsHideNoRow) {
  const auto schema = arrow::schema({arrow::field("x", arrow::float64())});
  const BatchPtr rows =
      MakeBatch(schema, {"[1, 2, NaN, NaN, null, null, -0.0, 0.0, NaN, 5, null, 7, Inf, -Inf]"});
  const ExpressionPtr x = Col("x");
  for (const bool statistics : {true, false}) {
    const std::vector<std::string> paths{Write("x.parquet", rows, 2, statistics)};
    EXPECT_EQ(PassedOver(paths, Call("ge", {x, Lit(5.0)})), statistics ? 6 : 0);
    PassedOver(paths, Call("not", {Call("lt", {x, Lit(5.0)})}));
    PassedOver(paths, Call("ne", {x, Lit(1.0)}));
    PassedOver(paths, Call("is_nan", {x}));
    PassedOver(paths, Call("eq", {x, Lit(0.0)}));
    PassedOver(paths, Call("eq", {x, Lit(-0.0)}));
    PassedOver(paths, Call("lt", {x, Lit(0.0)}));
    PassedOver(paths, Call("eq", {x, Lit(std::nan(""))}));
    EXPECT_EQ(PassedOver(paths, Call("is_null", {x})), statistics ? 10 : 0);
    EXPECT_EQ(PassedOver(paths, Call("not_null", {x})), statistics ? 2 : 0);
  }
}

TEST_F(RowGroupFilterTest, AFileWithoutTheColumnHasNoMatchAndItsNullsAreKept) {
  const std::vector<std::string> paths{
      Write("a.parquet", Numbered(10), 5),
      Write("b.parquet", MakeBatch(arrow::schema({arrow::field("x", arrow::int64())}), {"[1, 2]"}),
            5)};
  EXPECT_EQ(PassedOver(paths, Call("ge", {Col("id"), Lit<int64_t>(5)})), 7);
  EXPECT_EQ(PassedOver(paths, Call("is_null", {Col("id")})), 10);
}

TEST_F(RowGroupFilterTest, RandomConditionsOverRandomColumnsGiveTheSameRows) {
  std::mt19937_64 random(11);
  const auto pick = [&random](size_t count) { return static_cast<int64_t>(random() % count); };
  const int64_t rows = 400;
  arrow::Int32Builder ints;
  arrow::UInt64Builder wide;
  arrow::FloatBuilder floats;
  arrow::StringBuilder texts;
  arrow::BooleanBuilder flags;
  arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::MICRO),
                                arrow::default_memory_pool());
  arrow::Date32Builder dates;
  for (int64_t row = 0; row < rows; ++row) {
    const auto near = row / 10 + pick(5);
    const bool null = pick(7) == 0 || (row / 20) % 5 == 4;
    ASSERT_STATUS(null ? ints.AppendNull() : ints.Append(static_cast<int32_t>(near - 20)));
    ASSERT_STATUS(null ? wide.AppendNull()
                       : wide.Append(pick(4) == 0 ? UINT64_MAX - static_cast<uint64_t>(pick(3))
                                                  : static_cast<uint64_t>(near)));
    ASSERT_STATUS(null ? floats.AppendNull()
                       : floats.Append(pick(9) == 0 ? NAN : static_cast<float>(near) / 3));
    ASSERT_STATUS(null ? texts.AppendNull()
                       : texts.Append((near % 2 == 0 ? "\xC3\xA9" : "z") + std::to_string(near)));
    ASSERT_STATUS(null ? flags.AppendNull() : flags.Append(near % 20 < 10));
    ASSERT_STATUS(null ? times.AppendNull() : times.Append(near * 1000));
    ASSERT_STATUS(null ? dates.AppendNull() : dates.Append(static_cast<int32_t>(near)));
  }
  const auto schema =
      arrow::schema({arrow::field("i", arrow::int32()), arrow::field("u", arrow::uint64()),
                     arrow::field("f", arrow::float32()), arrow::field("t", arrow::utf8()),
                     arrow::field("b", arrow::boolean()),
                     arrow::field("s", arrow::timestamp(arrow::TimeUnit::MICRO)),
                     arrow::field("d", arrow::date32())});
  const std::vector<std::string> paths{Write(
      "r.parquet",
      arrow::RecordBatch::Make(schema, rows,
                               {*ints.Finish(), *wide.Finish(), *floats.Finish(), *texts.Finish(),
                                *flags.Finish(), *times.Finish(), *dates.Finish()}),
      20)};
  const auto literal = [&](const std::string& column) -> ExpressionPtr {
    if (column == "t")
      return Lit<std::string>((pick(2) == 0 ? "\xC3\xA9" : "z") + std::to_string(pick(50)));
    if (column == "b") return Lit(pick(2) == 0);
    if (column == "s") {
      return MakeLiteral(std::make_shared<arrow::TimestampScalar>(
          pick(50) * 1000, arrow::timestamp(arrow::TimeUnit::MICRO)));
    }
    if (column == "d") {
      return MakeLiteral(std::make_shared<arrow::Date32Scalar>(static_cast<int32_t>(pick(50))));
    }
    if (pick(2) == 0) return Lit(static_cast<double>(pick(100)) / 2 - 10);
    return column == "u" && pick(3) == 0 ? Lit(UINT64_MAX - 1) : Lit(pick(60) - 20);
  };
  const std::vector<std::string> columns{"i", "u", "f", "t", "b", "s", "d"};
  const std::vector<std::string> tests{"eq", "ne", "lt", "le", "gt", "ge"};
  const std::function<ExpressionPtr(int)> make = [&](int depth) -> ExpressionPtr {
    const std::string& column = columns[static_cast<size_t>(pick(columns.size()))];
    switch (depth == 0 ? 3 + pick(5) : pick(8)) {
      case 0:
        return Call("and", {make(depth - 1), make(depth - 1)});
      case 1:
        return Call("or", {make(depth - 1), make(depth - 1)});
      case 2:
        return Call("not", {make(depth - 1)});
      case 3:
        return Call(pick(2) == 0 ? "is_null" : "not_null", {Col(column)});
      case 4:
        if (column == "i") {
          return Call("is_in", {Col("i"), MakeList({arrow::MakeScalar(pick(40) - 20),
                                                    arrow::MakeScalar(pick(40) - 20)})});
        }
        [[fallthrough]];
      default:
        return Call(tests[static_cast<size_t>(pick(tests.size()))], {Col(column), literal(column)});
    }
  };
  int64_t passed = 0;
  for (int i = 0; i < 600; ++i) passed += PassedOver(paths, make(2));
  EXPECT_GT(passed, 600 * rows / 10);
}

}  // namespace
}  // namespace tideway::dataset
