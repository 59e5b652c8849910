#include "core/dataset/expression/expression.h"

#include <arrow/scalar.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "core/dataset/row_error.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Column;
using testing::Rows;

template <typename Value>
ExpressionPtr Literal(Value value) {
  return MakeLiteral(arrow::MakeScalar(value));
}
ExpressionPtr Typed(const TypePtr& type, const std::string& json) {
  return MakeLiteral(Column(type, "[" + json + "]")->GetScalar(0).ValueOrDie());
}

ExpressionPtr Call(std::string_view name, std::vector<ExpressionPtr> arguments) {
  return MakeCall(name, std::move(arguments)).ValueOrDie();
}

class ExpressionTest : public ::testing::Test {
 protected:
  // The value of `expression` over columns a, b, ... of the types and cells given; or the error.
  Result<std::shared_ptr<arrow::Array>> TryEvaluate(const ExpressionPtr& expression,
                                                    const arrow::ArrayVector& columns) {
    arrow::FieldVector fields;
    for (size_t i = 0; i < columns.size(); ++i) {
      fields.push_back(
          arrow::field(std::string(1, static_cast<char>('a' + i)), columns[i]->type()));
    }
    const auto schema = arrow::schema(fields);
    ARROW_ASSIGN_OR_RAISE(const Bound bound, expression->Bind(*schema, "filter"));
    ARROW_ASSIGN_OR_RAISE(
        auto result,
        EvaluateColumn(bound, *arrow::RecordBatch::Make(schema, columns[0]->length(), columns)));
    EXPECT_TRUE(result->type()->Equals(bound.type)) << result->type()->ToString();
    EXPECT_TRUE(result->ValidateFull().ok());
    return result;
  }

  void ExpectValue(const ExpressionPtr& expression, const arrow::ArrayVector& columns,
                   const std::shared_ptr<arrow::Array>& expected) {
    const auto result = TryEvaluate(expression, columns);
    ASSERT_TRUE(result.ok()) << expression->ToString() << ": " << result.status().ToString();
    EXPECT_TRUE((*result)->Equals(*expected, arrow::EqualOptions().nans_equal(true)))
        << expression->ToString() << " = " << (*result)->ToString();
  }
  void ExpectBools(const ExpressionPtr& expression, const arrow::ArrayVector& columns,
                   const std::string& expected) {
    ExpectValue(expression, columns, Column(arrow::boolean(), expected));
  }
  std::string FaultOf(const ExpressionPtr& expression, const arrow::ArrayVector& columns,
                      ErrorKind kind = ErrorKind::kUsage) {
    const Status status = ResolveRow(TryEvaluate(expression, columns).status());
    EXPECT_EQ(KindOf(status), kind) << status.ToString();
    return status.message();
  }

  RunContext run_{RunOptions{}};
  const ExpressionPtr a_ = MakeColumn("a"), b_ = MakeColumn("b");
};

TEST_F(ExpressionTest, ComparesAndKeepsNulls) {
  const auto ids = Column(arrow::int64(), "[1, 2, null, 3]");
  ExpectBools(Call("eq", {a_, Literal<int64_t>(2)}), {ids}, "[false, true, null, false]");
  ExpectBools(Call("ne", {a_, Literal<int64_t>(2)}), {ids}, "[true, false, null, true]");
  ExpectBools(Call("lt", {a_, Literal<int64_t>(2)}), {ids}, "[true, false, null, false]");
  ExpectBools(Call("le", {a_, Literal<int64_t>(2)}), {ids}, "[true, true, null, false]");
  ExpectBools(Call("gt", {a_, Literal<int64_t>(2)}), {ids}, "[false, false, null, true]");
  ExpectBools(Call("ge", {a_, Literal<int64_t>(2)}), {ids}, "[false, true, null, true]");
}

TEST_F(ExpressionTest, HasNoRowsForNoRows) {
  const auto none = Column(arrow::int64(), "[]");
  ExpectBools(Call("gt", {a_, Literal(2.5)}), {none}, "[]");
  ExpectValue(Call("add", {a_, Literal<int64_t>(1)}), {none}, none);
  ExpectValue(Literal<int64_t>(1), {none}, none);
}

TEST_F(ExpressionTest, IsTheSameForASliceOfABatch) {
  const auto cells = Column(arrow::float64(), "[0, 1, null, 3]")->Slice(1);
  const auto ids = Column(arrow::int64(), "[0, 1, 2, 2]")->Slice(1);
  ExpectBools(Call("eq", {b_, a_}), {cells, ids}, "[true, null, false]");
}

TEST_F(ExpressionTest, IntegersAndFloatsCompareAsTheNumbersTheyAre) {
  const auto ids = Column(arrow::int64(),
                          "[9007199254740992, 9007199254740993, 9223372036854775807,"
                          " -9223372036854775808, -3, null]");
  const auto two53 = Literal(9007199254740992.0);
  ExpectBools(Call("eq", {a_, two53}), {ids}, "[true, false, false, false, false, null]");
  ExpectBools(Call("gt", {a_, two53}), {ids}, "[false, true, true, false, false, null]");
  ExpectBools(Call("lt", {two53, a_}), {ids}, "[false, true, true, false, false, null]");
  ExpectBools(Call("lt", {a_, Literal(9223372036854775808.0)}), {ids},
              "[true, true, true, true, true, null]");
  ExpectBools(Call("ge", {a_, Literal(-9223372036854775808.0)}), {ids},
              "[true, true, true, true, true, null]");
  ExpectBools(Call("eq", {a_, Literal(-9223372036854775808.0)}), {ids},
              "[false, false, false, true, false, null]");
  ExpectBools(Call("lt", {a_, Literal(-2.5)}), {ids}, "[false, false, false, true, true, null]");
  ExpectBools(Call("gt", {a_, Literal(-std::numeric_limits<double>::infinity())}), {ids},
              "[true, true, true, true, true, null]");
  const auto big = Column(arrow::uint64(), "[18446744073709551615, 0, null]");
  ExpectBools(Call("lt", {a_, Literal(18446744073709551616.0)}), {big}, "[true, true, null]");
  ExpectBools(Call("lt", {a_, Literal(-0.5)}), {big}, "[false, false, null]");
}

TEST_F(ExpressionTest, IntegersOfDifferentWidthAndSignCompareExactly) {
  const auto big = Column(arrow::uint64(), "[18446744073709551615, 1]");
  const auto ids = Column(arrow::int64(), "[-1, 1]");
  ExpectBools(Call("eq", {a_, b_}), {big, ids}, "[false, true]");
  ExpectBools(Call("gt", {a_, b_}), {big, ids}, "[true, false]");
  ExpectBools(Call("lt", {a_, Literal<int64_t>(300)}), {Column(arrow::int8(), "[1, -1]")},
              "[true, true]");
}

TEST_F(ExpressionTest, NanEqualsNothing) {
  const auto scores = Column(arrow::float64(), "[NaN, 1, null]");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ExpectBools(Call("eq", {a_, a_}), {scores}, "[false, true, null]");
  ExpectBools(Call("ne", {a_, Literal(nan)}), {scores}, "[true, true, null]");
  ExpectBools(Call("lt", {a_, Literal<int64_t>(5)}), {scores}, "[false, true, null]");
  ExpectBools(Call("ge", {a_, Literal(nan)}), {Column(arrow::int64(), "[1]")}, "[false]");
  ExpectBools(Call("ne", {a_, Literal(nan)}), {Column(arrow::int64(), "[1]")}, "[true]");
  ExpectBools(Call("is_nan", {a_}), {scores}, "[true, false, null]");
}

TEST_F(ExpressionTest, DecimalsCompareWithIntegersAndOtherScales) {
  const auto prices = Column(arrow::decimal128(5, 2), R"(["12.50", "10.00", null])");
  ExpectBools(Call("gt", {a_, Literal<int64_t>(10)}), {prices}, "[true, false, null]");
  ExpectBools(Call("eq", {a_, Typed(arrow::decimal128(3, 1), R"("12.5")")}), {prices},
              "[true, false, null]");
  ExpectBools(Call("lt", {a_, Typed(arrow::decimal128(6, 3), R"("12.501")")}), {prices},
              "[true, true, null]");
  EXPECT_EQ(FaultOf(Call("gt", {a_, Literal(1.5)}), {prices}),
            "filter: cannot compare `a` (decimal128(5, 2)) with 1.5 (double)");
}

TEST_F(ExpressionTest, TimesCompareAcrossUnitsButNotWithAndWithoutZone) {
  const auto seconds = Column(arrow::timestamp(arrow::TimeUnit::SECOND), "[0, 1, null]");
  const auto micros = Column(arrow::timestamp(arrow::TimeUnit::MICRO), "[0, 1000001, 5]");
  ExpectBools(Call("lt", {a_, b_}), {seconds, micros}, "[false, true, null]");
  const auto utc = Column(arrow::timestamp(arrow::TimeUnit::SECOND, "UTC"), "[0, 1, null]");
  const auto tokyo = Column(arrow::timestamp(arrow::TimeUnit::SECOND, "Asia/Tokyo"), "[0, 2, 0]");
  ExpectBools(Call("eq", {a_, b_}), {utc, tokyo}, "[true, false, null]");
  EXPECT_EQ(FaultOf(Call("eq", {a_, b_}), {seconds, utc}),
            "filter: cannot compare `a` (timestamp[s]) with `b` (timestamp[s, tz=UTC])");
}

TEST_F(ExpressionTest, TextsCompareByTheirBytesAndWithTextsOnly) {
  const auto texts = Column(arrow::utf8(), R"(["a", "é", "", null])");
  ExpectBools(Call("gt", {a_, Literal("b")}), {texts}, "[false, true, false, null]");
  const auto large = Column(arrow::large_utf8(), R"(["a", "e", "", ""])");
  ExpectBools(Call("eq", {a_, b_}), {texts, large}, "[true, false, true, null]");
  EXPECT_EQ(FaultOf(Call("eq", {a_, Literal<int64_t>(1)}), {texts}),
            "filter: cannot compare `a` (string) with 1 (int64)");
  EXPECT_EQ(FaultOf(Call("eq", {a_, Literal("10")}), {Column(arrow::int64(), "[1]")}),
            "filter: cannot compare `a` (int64) with \"10\" (string)");
  EXPECT_EQ(FaultOf(Call("eq", {a_, a_}), {Column(arrow::list(arrow::int64()), "[[1]]")}),
            "filter: cannot compare `a` (list<item: int64>) with `a` (list<item: int64>)");
}

TEST_F(ExpressionTest, AColumnOfNullsComparesToNull) {
  ExpectBools(Call("eq", {a_, Literal("x")}), {Column(arrow::null(), "[null, null]")},
              "[null, null]");
  ExpectBools(Call("is_in", {a_, MakeList({arrow::MakeScalar("x")})}),
              {Column(arrow::null(), "[null]")}, "[null]");
  ExpectBools(Call("is_null", {a_}), {Column(arrow::null(), "[null]")}, "[true]");
}

TEST_F(ExpressionTest, DictionariesAreTheValuesTheyStandFor) {
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto labels = Column(type, R"(["x", "y", null, "x"])");
  ExpectBools(Call("eq", {a_, Literal("x")}), {labels}, "[true, false, null, true]");
  ExpectValue(a_, {labels}, Column(arrow::utf8(), R"(["x", "y", null, "x"])"));
}

TEST_F(ExpressionTest, IsInKeepsNullsAndFindsNegativeZero) {
  const auto list = MakeList({arrow::MakeScalar<int64_t>(0), arrow::MakeScalar<int64_t>(7)});
  ExpectBools(Call("is_in", {a_, list}), {Column(arrow::int64(), "[0, 1, null]")},
              "[true, false, null]");
  ExpectBools(Call("is_in", {a_, list}), {Column(arrow::int8(), "[7, 1, null]")},
              "[true, false, null]");
  ExpectBools(Call("is_in", {a_, list}), {Column(arrow::float64(), "[-0.0, NaN, null]")},
              "[true, false, null]");
  ExpectBools(Call("not", {Call("is_in", {a_, MakeList({})})}),
              {Column(arrow::utf8(), R"(["a", null])")}, "[true, null]");
  ExpectBools(Call("is_in", {a_, MakeList({arrow::MakeScalar("é")})}),
              {Column(arrow::large_utf8(), R"(["é", "e"])")}, "[true, false]");
}

TEST_F(ExpressionTest, IsInRefusesWhatTheColumnCannotHave) {
  EXPECT_EQ(FaultOf(Call("is_in", {a_, MakeList({arrow::MakeScalar(2.5)})}),
                    {Column(arrow::int64(), "[1]")}),
            "filter: is_in: `a` (int64) cannot be 2.5 (double)");
  EXPECT_EQ(FaultOf(Call("is_in", {a_, MakeList({arrow::MakeScalar("1")})}),
                    {Column(arrow::int64(), "[1]")}),
            "filter: is_in: `a` (int64) cannot be \"1\" (string)");
  EXPECT_EQ(
      FaultOf(Call("is_in",
                   {a_, MakeList({arrow::MakeScalar(std::numeric_limits<double>::quiet_NaN())})}),
              {Column(arrow::float64(), "[1]")}),
      "filter: is_in: the list has a NaN, which equals nothing");
}

TEST_F(ExpressionTest, LogicHasThreeValues) {
  const auto x =
      Column(arrow::boolean(), "[true, true, true, false, false, false, null, null, null]");
  const auto y =
      Column(arrow::boolean(), "[true, false, null, true, false, null, true, false, null]");
  ExpectBools(Call("and", {a_, b_}), {x, y},
              "[true, false, null, false, false, false, null, false, null]");
  ExpectBools(Call("or", {a_, b_}), {x, y},
              "[true, true, true, true, false, null, true, null, null]");
  ExpectBools(Call("not", {a_}), {x}, "[false, false, false, true, true, true, null, null, null]");
  ExpectBools(Call("and", {a_}), {x}, "[true, true, true, false, false, false, null, null, null]");
  EXPECT_EQ(FaultOf(Call("and", {a_, b_}), {x, Column(arrow::int64(), "[1]")}),
            "filter: and_ takes conditions, not `b` (int64)");
}

TEST_F(ExpressionTest, IntegersAreCalculatedAsInt64AndDoNotOverflow) {
  const auto small = Column(arrow::int8(), "[127, null]");
  ExpectValue(Call("add", {a_, Literal<int64_t>(1)}), {small},
              Column(arrow::int64(), "[128, null]"));
  ExpectValue(Call("neg", {a_}), {small}, Column(arrow::int64(), "[-127, null]"));
  const auto edge = Column(arrow::int64(), "[1, null, 9223372036854775807, -9223372036854775808]");
  ExpectValue(Call("mul", {a_, Literal<int64_t>(1)}), {edge}, edge);
  EXPECT_EQ(FaultOf(Call("add", {a_, Literal<int64_t>(1)}), {edge}, ErrorKind::kData),
            "a + 1: overflow: 9223372036854775807, 1 (row 3)");
  EXPECT_EQ(FaultOf(Call("sub", {a_, Literal<int64_t>(1)}), {edge}, ErrorKind::kData),
            "a - 1: overflow: -9223372036854775808, 1 (row 4)");
  EXPECT_EQ(FaultOf(Call("mul", {Literal<int64_t>(2), a_}), {edge}, ErrorKind::kData),
            "2 * a: overflow: 2, 9223372036854775807 (row 3)");
  EXPECT_EQ(FaultOf(Call("neg", {a_}), {edge}, ErrorKind::kData),
            "-a: overflow: -9223372036854775808 (row 4)");
}

TEST_F(ExpressionTest, DivisionAndFloatsGiveFloats) {
  const auto ids = Column(arrow::int64(), "[7, 0, -1, null]");
  ExpectValue(Call("div", {a_, Literal<int64_t>(2)}), {ids},
              Column(arrow::float64(), "[3.5, 0, -0.5, null]"));
  ExpectValue(Call("div", {a_, Literal<int64_t>(0)}), {ids},
              Column(arrow::float64(), "[Inf, NaN, -Inf, null]"));
  ExpectValue(Call("add", {a_, Literal(0.5)}), {ids},
              Column(arrow::float64(), "[7.5, 0.5, -0.5, null]"));
  EXPECT_EQ(FaultOf(Call("mul", {a_, Literal(1.0)}),
                    {Column(arrow::int64(), "[1, 9007199254740993]")}, ErrorKind::kData),
            "9007199254740993 does not fit double (row 2)");
  EXPECT_EQ(FaultOf(Call("add", {a_, Literal<int64_t>(1)}), {Column(arrow::utf8(), R"(["1"])")}),
            "filter: `+` takes integers and floats, not `a` (string)");
}

TEST_F(ExpressionTest, TextsAreCountedAndChangedByCharacters) {
  for (const auto& type : {arrow::utf8(), arrow::large_utf8()}) {
    const auto texts = Column(type, R"(["É😀", " \u00a0x\n", "", null])");
    ExpectValue(Call("length", {a_}), {texts}, Column(arrow::int64(), "[2, 4, 0, null]"));
    ExpectValue(Call("bytes", {a_}), {texts}, Column(arrow::int64(), "[6, 5, 0, null]"));
    ExpectValue(Call("lower", {a_}), {texts}, Column(type, R"(["é😀", " \u00a0x\n", "", null])"));
    ExpectValue(Call("upper", {a_}), {texts}, Column(type, R"(["É😀", " \u00a0X\n", "", null])"));
    ExpectValue(Call("trim", {a_}), {texts}, Column(type, R"(["É😀", "x", "", null])"));
    ExpectValue(Call("replace", {a_, Literal("😀"), Literal("")}), {texts},
                Column(type, R"(["É", " \u00a0x\n", "", null])"));
    ExpectValue(Call("join", {Literal("<"), Call("join", {a_, Literal(">")})}), {texts},
                Column(type, R"(["<É😀>", "< \u00a0x\n>", "<>", null])"));
  }
  EXPECT_EQ(FaultOf(Call("length", {a_}), {Column(arrow::int64(), "[1]")}),
            "filter: length takes texts and lists, not `a` (int64)");
  EXPECT_EQ(FaultOf(Call("join", {a_, Literal<int64_t>(1)}), {Column(arrow::utf8(), R"(["x"])")}),
            "filter: `..` takes texts, not 1 (int64)");
}

TEST_F(ExpressionTest, ListsAreCountedByItems) {
  for (const auto& type : {arrow::list(arrow::int32()), arrow::large_list(arrow::int32())}) {
    ExpectValue(Call("length", {a_}), {Column(type, "[[1, null, 3], [], null]")},
                Column(arrow::int64(), "[3, 0, null]"));
  }
  ExpectValue(Call("length", {a_}),
              {Column(arrow::fixed_size_list(arrow::int32(), 2), "[[1, 2], null]")},
              Column(arrow::int64(), "[2, null]"));
  EXPECT_EQ(FaultOf(Call("bytes", {a_}), {Column(arrow::list(arrow::int32()), "[[1]]")}),
            "filter: bytes takes texts, not `a` (list<item: int32>)");
}

TEST_F(ExpressionTest, PatternsAreFound) {
  const auto texts = Column(arrow::utf8(), R"(["a.b", "axb", "", null])");
  ExpectBools(Call("contains", {a_, Literal("a.b")}), {texts}, "[true, false, false, null]");
  ExpectBools(Call("contains", {a_, Literal("")}), {texts}, "[true, true, true, null]");
  ExpectBools(Call("starts_with", {a_, Literal("a.")}), {texts}, "[true, false, false, null]");
  ExpectBools(Call("ends_with", {a_, Literal("xb")}), {texts}, "[false, true, false, null]");
  ExpectBools(Call("matches", {a_, Literal("A.b")}), {texts}, "[false, false, false, null]");
  ExpectBools(Call("matches", {a_, Literal("(?i)A.b$")}), {texts}, "[true, true, false, null]");
}

TEST_F(ExpressionTest, BrokenPatternsAndTypesAreRefusedAtOnce) {
  const auto fault = [&](std::string_view name, std::vector<ExpressionPtr> arguments) {
    const Status status = MakeCall(name, std::move(arguments)).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
    return status.message();
  };
  EXPECT_THAT(fault("matches", {a_, Literal("(a")}), ::testing::StartsWith("matches: `(a`: "));
  EXPECT_EQ(fault("contains", {a_, Literal<int64_t>(1)}), "contains: takes a text, not 1");
  EXPECT_EQ(fault("contains", {a_, b_}), "contains: takes a text, not b");
  EXPECT_EQ(fault("replace", {a_, Literal(""), Literal("x")}),
            "replace: the text to replace must not be empty");
  EXPECT_EQ(fault("cast", {a_, Literal("strnig")}),
            "cast: unknown type `strnig`; did you mean `string`?");
}

TEST_F(ExpressionTest, CastsKeepValuesOrSayWhichDoesNotFit) {
  const auto cast = [&](const std::string& type) { return Call("cast", {a_, Literal(type)}); };
  const auto texts = Column(arrow::utf8(), R"(["12", "-3", null])");
  ExpectValue(cast("int64"), {texts}, Column(arrow::int64(), "[12, -3, null]"));
  ExpectValue(cast("decimal128(5, 1)"), {texts},
              Column(arrow::decimal128(5, 1), R"(["12.0", "-3.0", null])"));
  ExpectValue(cast("string"), {Column(arrow::int64(), "[12, null]")},
              Column(arrow::utf8(), R"(["12", null])"));
  ExpectValue(cast("bool"), {Column(arrow::utf8(), R"(["true", "false"])")},
              Column(arrow::boolean(), "[true, false]"));
  ExpectValue(cast("int64"), {Column(arrow::float64(), "[2.0, null]")},
              Column(arrow::int64(), "[2, null]"));
  const auto fault = [&](const std::string& type, const std::shared_ptr<arrow::Array>& column) {
    return FaultOf(cast(type), {column}, ErrorKind::kData);
  };
  EXPECT_EQ(fault("int64", Column(arrow::utf8(), R"(["1", null, "1.5", "x"])")),
            "\"1.5\" does not fit int64 (row 3)");
  EXPECT_EQ(fault("int8", Column(arrow::int64(), "[1, 300]")), "300 does not fit int8 (row 2)");
  EXPECT_EQ(fault("int64", Column(arrow::float64(), "[1.5]")), "1.5 does not fit int64 (row 1)");
  EXPECT_EQ(fault("int64", Column(arrow::float64(), "[NaN]")), "nan does not fit int64 (row 1)");
  EXPECT_EQ(fault("float64", Column(arrow::int64(), "[9007199254740993]")),
            "9007199254740993 does not fit double (row 1)");
}

TEST_F(ExpressionTest, CastsThatMeanNothingAreRefused) {
  const auto fault = [&](const std::string& type, const std::shared_ptr<arrow::Array>& column) {
    return FaultOf(Call("cast", {a_, Literal(type)}), {column});
  };
  EXPECT_EQ(fault("bool", Column(arrow::int64(), "[1]")),
            "filter: `a` (int64) cannot be cast to bool");
  EXPECT_EQ(fault("date32", Column(arrow::float64(), "[1]")),
            "filter: `a` (double) cannot be cast to date32[day]");
  EXPECT_EQ(fault("string", Column(arrow::list(arrow::int64()), "[[1]]")),
            "filter: `a` (list<item: int64>) cannot be cast to string");
}

TEST_F(ExpressionTest, CoalesceFillsNullsWithTheSameKind) {
  ExpectValue(Call("coalesce", {a_, Literal<int64_t>(0)}), {Column(arrow::int8(), "[1, null]")},
              Column(arrow::int8(), "[1, 0]"));
  ExpectValue(Call("coalesce", {a_, Literal<int64_t>(300)}), {Column(arrow::int8(), "[1, null]")},
              Column(arrow::int64(), "[1, 300]"));
  ExpectValue(Call("coalesce", {a_, Literal<int64_t>(0)}),
              {Column(arrow::float64(), "[NaN, null]")}, Column(arrow::float64(), "[NaN, 0]"));
  ExpectValue(Call("coalesce", {a_, Literal("x")}), {Column(arrow::null(), "[null]")},
              Column(arrow::utf8(), R"(["x"])"));
  EXPECT_EQ(FaultOf(Call("coalesce", {a_, Literal(0.5)}), {Column(arrow::int64(), "[1]")}),
            "filter: coalesce takes values of one kind, not `a` (int64) and 0.5 (double)");
}

TEST_F(ExpressionTest, PrintsAsThePlanShowsIt) {
  const auto good = Call("ge", {MakeColumn("stars"), Literal<int64_t>(4)});
  const auto text = MakeColumn("full text");
  EXPECT_EQ(good->ToString(), "stars >= 4");
  EXPECT_EQ(Call("and", {good, Call("not", {Call("is_null", {text})})})->ToString(),
            "(stars >= 4) and (not is_null(`full text`))");
  EXPECT_EQ(Call("mul", {Call("neg", {a_}), Call("add", {b_, Literal(0.5)})})->ToString(),
            "(-a) * (b + 0.5)");
  EXPECT_EQ(Call("contains", {a_, Literal("\"\n")})->ToString(), R"(contains(a, "\"\n"))");
  EXPECT_EQ(Call("eq", {a_, Literal(std::string(100, 'x'))})->ToString(),
            "a == \"" + std::string(60, 'x') + "\"...");
  std::vector<ScalarPtr> many(1000, arrow::MakeScalar<int64_t>(7));
  EXPECT_EQ(Call("is_in", {a_, MakeList(many)})->ToString(),
            "is_in(a, {7, 7, 7, 7, 7, ... 1000 values})");
}

TEST_F(ExpressionTest, TellsApartWhatPrintsAlike) {
  const auto equal = [](const ExpressionPtr& x, const ExpressionPtr& y) {
    EXPECT_EQ(x->ToString(), y->ToString());
    return x->Identity() == y->Identity();
  };
  EXPECT_TRUE(equal(Call("eq", {a_, Literal("x")}), Call("eq", {a_, Literal("x")})));
  EXPECT_FALSE(equal(Literal(std::string(99, 'x')), Literal(std::string(98, 'x'))));
  EXPECT_FALSE(equal(Literal<int64_t>(1), Literal(1.0)));
  EXPECT_FALSE(equal(Call("sub", {a_}), Call("neg", {a_})));
  EXPECT_FALSE(equal(Literal(std::string("a\xFF")), Literal(std::string("a\xFE"))));
}

TEST_F(ExpressionTest, NumbersPrintInFull) {
  EXPECT_EQ(Literal(0.1)->ToString(), "0.1");
  EXPECT_EQ(Literal(0.1 + 0.2)->ToString(), "0.30000000000000004");
  EXPECT_EQ(Literal(1234567.0)->ToString(), "1234567");
  EXPECT_EQ(Typed(arrow::decimal128(5, 2), R"("12.50")")->ToString(), "12.50");
}

TEST_F(ExpressionTest, MayNotGrowWithoutEnd) {
  ExpressionPtr sum = a_;
  Status status;
  while (status.ok()) {
    const auto more = MakeCall("add", {sum, sum});
    status = more.status();
    if (more.ok()) sum = *more;
  }
  EXPECT_EQ(status.message(), "add: an expression may have at most 1000 parts: 1023");
  ExpectValue(sum, {Column(arrow::int64(), "[1]")}, Column(arrow::int64(), "[256]"));
}

TEST_F(ExpressionTest, MayBeAsDeepAsItIsLong) {
  ExpressionPtr deep = a_;
  for (size_t size = 1; size < kMaxExpressionSize; ++size) deep = Call("not", {deep});
  ExpectBools(deep, {Column(arrow::boolean(), "[true, null]")}, "[false, null]");
}

}  // namespace
}  // namespace tideway::dataset
