#include <set>

#include "core/dataset/columns.h"
#include "core/dataset/features.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/concat.h"
#include "core/dataset/op/drop_nulls.h"
#include "core/dataset/op/encode.h"
#include "core/dataset/op/map_column.h"
#include "core/dataset/op/select.h"
#include "core/dataset/op/split.h"
#include "core/dataset/op/tap.h"
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
using testing::Rows;
using testing::SourceOf;
using Unknown = EncodeOptions::Unknown;
using Nulls = EncodeOptions::Nulls;

class OperatorsTest : public DatasetTest {
 protected:
  std::string Hint(const Status& status) {
    const ErrorDetail* detail = GetErrorDetail(status);
    return detail == nullptr ? "" : detail->hint;
  }
  SchemaPtr labels_ =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("label", arrow::utf8())});
  NodePtr source_ =
      SourceOf({Rows(labels_, {"[1, 2, 3, 4]", R"(["yes", null, "no", "maybe"])"})}, true);
  RunContext run_{Options()};
};

TEST_F(OperatorsTest, SelectKeepsTheColumnsInTheOrderGiven) {
  const auto plan = MakeSelect(source_, {"label", "id"});
  EXPECT_EQ(ColumnNames(**plan->schema(run_)), (std::vector<std::string>{"label", "id"}));
  const auto table = Collect(*plan, run_);
  EXPECT_EQ(table->schema()->field_names(), (std::vector<std::string>{"label", "id"}));
  EXPECT_EQ(Numbers(*table), (std::vector<int64_t>{1, 2, 3, 4}));
}

TEST_F(OperatorsTest, SelectOfNothingKeepsTheRows) {
  EXPECT_EQ(Collect(*MakeSelect(source_, {}), run_)->num_rows(), 4);
}

TEST_F(OperatorsTest, UnknownColumnsAreNamedWithTheNearest) {
  for (const NodePtr& plan :
       {MakeSelect(source_, {"lable"}), MakeDrop(source_, {"lable"}),
        MakeRename(source_, {{"lable", "x"}}), MakeDropNulls(source_, {"lable"}),
        *MakeEncode(source_, {.column = "lable", .labels = {"yes"}})}) {
    const Status planned = plan->schema(run_).status();
    EXPECT_EQ(planned.message(),
              std::string(plan->op()) + ": no column `lable`; did you mean `label`?");
    EXPECT_EQ(KindOf(planned), ErrorKind::kUsage);
    EXPECT_EQ(Hint(planned), "the columns are: id, label");
    EXPECT_EQ(Failure(*plan, run_).message(), planned.message());
  }
}

TEST_F(OperatorsTest, TwoColumnsOfOneNameAreRefused) {
  EXPECT_EQ(Failure(*MakeSelect(source_, {"id", "id"}), run_).message(),
            "select: two columns would be named `id`");
  EXPECT_EQ(Failure(*MakeRename(source_, {{"id", "label"}}), run_).message(),
            "rename: two columns would be named `label`");
  const auto twice =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("id", arrow::int64())});
  EXPECT_EQ(Failure(*MakeSelect(SourceOf({Rows(twice, {"[1]", "[2]"})}), {"id"}), run_).message(),
            "select: column `id` occurs twice");
}

TEST_F(OperatorsTest, RenameMaySwapNames) {
  const auto plan = MakeRename(source_, {{"id", "label"}, {"label", "id"}});
  EXPECT_EQ(ColumnNames(**plan->schema(run_)), (std::vector<std::string>{"label", "id"}));
}

TEST_F(OperatorsTest, DropLeavesTheRestInOrder) {
  EXPECT_EQ(ColumnNames(**MakeDrop(source_, {"id"})->schema(run_)),
            std::vector<std::string>{"label"});
}

TEST_F(OperatorsTest, NullsAreDroppedAndCountedByColumn) {
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::int64())});
  const auto source = SourceOf({Rows(schema, {"[1, null, null, 4]", "[1, null, 3, null]"})});
  const auto table = Collect(*MakeDropNulls(source, {"a", "b"}), run_);
  EXPECT_EQ(Numbers(*table, "a"), std::vector<int64_t>{1});
  const auto dropped = run_.steps().at(0).dropped;
  EXPECT_EQ(dropped.at("a is null"), 2);
  EXPECT_EQ(dropped.at("b is null"), 1);
}

TEST_F(OperatorsTest, EncodeAppendsIdsAndCarriesTheNames) {
  const auto plan =
      *MakeEncode(source_, {.column = "label", .labels = {"no", "yes", "maybe"}, .as = "label_id"});
  const auto table = Collect(*plan, run_);
  EXPECT_EQ(table->schema()->field_names(), (std::vector<std::string>{"id", "label", "label_id"}));
  EXPECT_EQ(table->column(2)->chunk(0)->ToString(),
            testing::Column(arrow::int64(), "[1, null, 0, 2]")->ToString());
  EXPECT_EQ(LabelsOf(*table->schema()->field(2)), (std::vector<std::string>{"no", "yes", "maybe"}));
}

TEST_F(OperatorsTest, EncodeInPlaceReplacesTheColumn) {
  const auto table =
      Collect(**MakeEncode(source_, {.column = "label", .labels = {"no", "yes", "maybe"}}), run_);
  EXPECT_EQ(table->schema()->field_names(), (std::vector<std::string>{"id", "label"}));
  EXPECT_TRUE(table->schema()->field(1)->type()->Equals(arrow::int64()));
}

TEST_F(OperatorsTest, EncodeReadsLargeStrings) {
  const auto schema = arrow::schema({arrow::field("label", arrow::large_utf8())});
  const auto source = SourceOf({Rows(schema, {R"(["b", "a"])"})});
  EXPECT_EQ(Numbers(*Collect(**MakeEncode(source, {.column = "label", .labels = {"a", "b"}}), run_),
                    "label"),
            (std::vector<int64_t>{1, 0}));
}

TEST_F(OperatorsTest, AnUnknownLabelIsAnErrorWithValueRowAndLabels) {
  const Status status =
      Failure(**MakeEncode(source_, {.column = "label", .labels = {"yes", "no", "maybee"}}), run_);
  EXPECT_EQ(status.message(),
            "encode label: unknown label: `maybe`; did you mean `maybee`? (row 4)");
  EXPECT_THAT(Hint(status), HasSubstr("the labels are: yes, no, maybee"));
}

TEST_F(OperatorsTest, UnknownAndNullLabelsPassOrGoAsTold) {
  const auto ids = [&](Unknown on_unknown, Nulls nulls) {
    const auto plan = *MakeEncode(
        source_,
        {.column = "label", .labels = {"no", "yes"}, .on_unknown = on_unknown, .nulls = nulls});
    return Collect(*plan, run_)->GetColumnByName("label")->chunk(0)->ToString();
  };
  const auto expected = [](const std::string& json) {
    return testing::Column(arrow::int64(), json)->ToString();
  };
  EXPECT_EQ(ids(Unknown::kNull, Nulls::kKeep), expected("[1, null, 0, null]"));
  EXPECT_EQ(ids(Unknown::kDrop, Nulls::kKeep), expected("[1, null, 0]"));
  EXPECT_EQ(ids(Unknown::kDrop, Nulls::kDrop), expected("[1, 0]"));
  EXPECT_EQ(ids(Unknown::kNull, Nulls::kDrop), expected("[1, 0, null]"));
  const auto strict =
      *MakeEncode(source_, {.column = "label", .labels = {"no", "yes"}, .nulls = Nulls::kError});
  EXPECT_EQ(Failure(*strict, run_).message(), "encode label: null label (row 2)");
}

TEST_F(OperatorsTest, BadEncodeOptionsAreRefused) {
  EXPECT_EQ(MakeEncode(source_, {.column = "label"}).status().message(),
            "encode: labels must not be empty");
  EXPECT_EQ(MakeEncode(source_, {.column = "label", .labels = {"a", "b", "a"}}).status().message(),
            "encode: label given twice: `a`");
  EXPECT_EQ(Failure(**MakeEncode(source_, {.column = "id", .labels = {"a"}}), run_).message(),
            "encode: column `id` must be string: int64");
  EXPECT_EQ(Failure(**MakeEncode(source_, {.column = "label", .labels = {"a"}, .as = "id"}), run_)
                .message(),
            "encode: there is a column `id` already");
}

class Lengths : public ColumnKernel {
 public:
  std::string_view name() const override { return "test.lengths"; }
  std::string OptionsJson() const override { return "{}"; }
  Result<std::shared_ptr<arrow::DataType>> OutputType(const arrow::DataType& input) const override {
    if (input.id() == arrow::Type::STRING) return arrow::int64();
    return Error(ErrorKind::kUsage, "test.lengths: column must be string: " + input.ToString());
  }
  Result<std::shared_ptr<arrow::Array>> Apply(const std::shared_ptr<arrow::Array>& column,
                                              Worker&) const override {
    arrow::Int64Builder lengths;
    const auto& strings = static_cast<const arrow::StringArray&>(*column);
    for (int64_t row = 0; row < strings.length(); ++row) {
      RETURN_NOT_OK(strings.IsNull(row) ? lengths.AppendNull()
                                        : lengths.Append(strings.value_length(row)));
    }
    return lengths.Finish();
  }
};

TEST_F(OperatorsTest, MapChangesTheColumnAndItsType) {
  const auto plan = MakeMapColumn(source_, "label", std::make_shared<Lengths>());
  EXPECT_TRUE((*plan->schema(run_))->field(1)->type()->Equals(arrow::int64()));
  EXPECT_EQ(Collect(*plan, run_)->column(1)->chunk(0)->ToString(),
            testing::Column(arrow::int64(), "[3, null, 2, 5]")->ToString());
  EXPECT_EQ(*PlanRows(*plan, run_), 4);
}

TEST_F(OperatorsTest, MapAsAnotherColumnKeepsTheFirst) {
  const auto plan = MakeMapColumn(source_, "label", std::make_shared<Lengths>(), "size");
  const auto rows = Collect(*plan, run_);
  EXPECT_EQ(rows->schema()->field_names(), (std::vector<std::string>{"id", "label", "size"}));
  EXPECT_TRUE(rows->column(1)->type()->Equals(arrow::utf8()));
  EXPECT_EQ(rows->column(2)->chunk(0)->ToString(),
            testing::Column(arrow::int64(), "[3, null, 2, 5]")->ToString());
  EXPECT_NE(*plan->Identity(run_),
            *MakeMapColumn(source_, "label", std::make_shared<Lengths>())->Identity(run_));
  const auto taken = MakeMapColumn(source_, "label", std::make_shared<Lengths>(), "id");
  EXPECT_EQ(Failure(*taken, run_).message(), "map: there is a column `id` already");
}

TEST_F(OperatorsTest, MapOnAWrongTypeNamesTheColumn) {
  const auto plan = MakeMapColumn(source_, "id", std::make_shared<Lengths>());
  EXPECT_EQ(Failure(*plan, run_).message(), "map id: test.lengths: column must be string: int64");
}

TEST_F(OperatorsTest, ConcatKeepsTheOrderOfInputs) {
  const auto first = SourceOf(CutEvery(NumberedRows(10), 3));
  const auto second = SourceOf(CutEvery(NumberedRows(4), 1));
  for (const int workers : {1, 2, 8}) {
    RunContext run(Options(workers));
    EXPECT_EQ(Numbers(*Collect(*MakeConcat({first, second, first}), run)),
              (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1,
                                    2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  }
}

TEST_F(OperatorsTest, ConcatOpensAnInputWhenItsTurnComes) {
  const auto first = SourceOf(CutEvery(NumberedRows(10'000), 1));
  const auto second = SourceOf({NumberedRows(4)});
  HeadSink head(1, run_.shared_budget());
  ASSERT_TRUE(Execute(*MakeConcat({first, second}), head, run_).ok());
  EXPECT_EQ(second->opened, 0);
}

TEST_F(OperatorsTest, ConcatTakesEitherNullabilityAndNamesOtherDifferences) {
  const auto field = [](const char* name, const auto& type, bool nullable = true) {
    return arrow::field(name, type, nullable);
  };
  const auto source = [](const std::shared_ptr<arrow::Field>& id, const char* cells) {
    return SourceOf({Rows(arrow::schema({id}), {cells})});
  };
  const NodePtr plain = source(field("id", arrow::int64(), false), "[1]");
  const auto merged = MakeConcat({plain, source(field("id", arrow::int64()), "[null]")});
  EXPECT_TRUE((*merged->schema(run_))->field(0)->nullable());
  EXPECT_EQ(Collect(*merged, run_)->num_rows(), 2);
  const auto message = [&](const NodePtr& other) {
    const Status status = Failure(*MakeConcat({plain, other}), run_);
    EXPECT_EQ(KindOf(status), ErrorKind::kData);
    return status.message();
  };
  EXPECT_EQ(message(source(field("id", arrow::utf8()), R"(["1"])")),
            "concat: input 2 does not fit the first: column `id` is int64 there and string here");
  EXPECT_EQ(message(source(field("key", arrow::int64()), "[1]")),
            "concat: input 2 does not fit the first: column `key` where `id` is expected");
  EXPECT_EQ(message(source_),
            "concat: input 2 does not fit the first: columns id, label instead of id");
}

TEST_F(OperatorsTest, ConcatRefusesOtherLabelNames) {
  const auto one = *MakeEncode(source_, {.column = "label", .labels = {"yes", "no", "maybe"}});
  const auto other = *MakeEncode(source_, {.column = "label", .labels = {"no", "yes", "maybe"}});
  EXPECT_THAT(Failure(*MakeConcat({one, other}), run_).message(),
              HasSubstr("column `label` means"));
  EXPECT_EQ(Collect(*MakeConcat({one, one}), run_)->num_rows(), 8);
}

TEST_F(OperatorsTest, KnownRowsAddUpAndFallAwayWithAnUnknownInput) {
  EXPECT_EQ(*PlanRows(*MakeConcat({source_, source_}), run_), 8);
  EXPECT_EQ(*PlanRows(*MakeConcat({source_, MakeDropNulls(source_, {"id"})}), run_), std::nullopt);
}

TEST_F(OperatorsTest, FingerprintsTellPlansApartAndAgreeOnEqualOnes) {
  const auto print = [&](const NodePtr& plan) { return *Fingerprint(*plan, run_); };
  EXPECT_EQ(print(MakeSelect(source_, {"id"})), print(MakeSelect(source_, {"id"})));
  EXPECT_NE(print(MakeSelect(source_, {"id"})), print(MakeDrop(source_, {"id"})));
  EXPECT_NE(print(MakeSelect(source_, {"id"})), print(MakeSelect(source_, {"label"})));
  EXPECT_NE(print(MakeConcat({source_, MakeConcat({source_})})),
            print(MakeConcat({MakeConcat({source_}), source_})));
  EXPECT_EQ(print(source_).size(), 32U);
}

TEST_F(OperatorsTest, WhatPlansShareIsPrintedOnce) {
  const NodePtr shared = MakeSelect(source_, {"id"});
  const NodePtr twice = MakeConcat({shared, shared});
  const std::string source(StepName(*source_));
  EXPECT_EQ(PrintPlan(*twice), "concat\n  select id\n    " + source + "\n  select id (as above)\n");
  EXPECT_EQ(PrintParts({{"one", shared}, {"two", twice}, {"three", source_}}),
            "  one\n    select id\n      " + source +
                "\n  two\n    concat\n      select id (as above)\n      select id (as above)\n"
                "  three\n    " +
                source + "\n");
}

TEST_F(OperatorsTest, APrintedPlanIndentsInputs) {
  EXPECT_EQ(PrintPlan(*MakeConcat({MakeSelect(source_, {"id"}), MakeDrop(source_, {"label"})})),
            "concat\n  select id\n    test_rows\n  drop label\n    test_rows\n");
}

TEST_F(OperatorsTest, NamesThatAreNoUtf8HaveFingerprintsOfTheirOwn) {
  std::set<std::string> prints;
  for (const char* name : {"\xff", "\xfe", "\xc3"}) {
    for (const NodePtr& plan :
         {MakeSelect(source_, {name}), MakeDrop(source_, {name}),
          MakeRename(source_, {{"id", name}}), MakeDropNulls(source_, {name}),
          *MakeEncode(source_, {.column = "label", .labels = {name}}),
          MakeSplit(source_, {.parts = {{name, "1"}}}).ValueOrDie()[0].second}) {
      prints.insert(*Fingerprint(*plan, run_));
    }
  }
  EXPECT_EQ(prints.size(), 18U);
}

TEST_F(OperatorsTest, AFingerprintOfATableDoesNotDependOnItsChunks) {
  const BatchPtr rows = NumberedRows(10'000);
  const auto print = [&](const std::vector<BatchPtr>& batches) {
    return *Fingerprint(*FromTable(*arrow::Table::FromRecordBatches(batches)), run_);
  };
  EXPECT_EQ(print({rows}), print(CutEvery(rows, 777)));
  EXPECT_NE(print({rows}), print({rows->Slice(0, 9'999)}));
  EXPECT_NE(print({rows}), print({NumberedRows(10'001)->Slice(1)}));
}

TEST_F(OperatorsTest, TapPassesRowsAndCountsThemUnderItsName) {
  const NodePtr plan = *MakeTap(*MakeTap(source_, "read"), "kept");
  EXPECT_EQ(Collect(*plan, run_)->num_rows(), 4);
  ASSERT_EQ(run_.steps().size(), 2U);
  EXPECT_EQ(run_.steps()[0].step.name, "tap read");
  EXPECT_EQ(run_.steps()[0].rows_out, 4);
  EXPECT_EQ(run_.steps()[1].step.name, "tap kept");
  EXPECT_EQ(*plan->KnownRows(run_), 4);
}

TEST_F(OperatorsTest, AnUnknownLabelIsCutAtACharacter) {
  const std::string label = "\"" + std::string(99, 'x') + "é\"";
  const auto source = SourceOf({Rows(labels_, {"[1]", "[" + label + "]"})});
  EXPECT_THAT(Failure(**MakeEncode(source, {.column = "label", .labels = {"yes"}}), run_).message(),
              HasSubstr("`" + std::string(99, 'x') + "...`"));
}

}  // namespace
}  // namespace tideway::dataset
