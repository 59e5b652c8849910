#include <arrow/scalar.h>

#include "core/dataset/columns.h"
#include "core/dataset/features.h"
#include "core/dataset/op/encode.h"
#include "core/dataset/op/filter_by.h"
#include "core/dataset/op/with.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using testing::DatasetTest;
using testing::Failure;
using testing::NumberedRows;
using testing::Numbers;
using testing::Rows;
using testing::SourceOf;

ExpressionPtr Int(int64_t value) { return MakeLiteral(arrow::MakeScalar(value)); }
ExpressionPtr Text(const std::string& text) { return MakeLiteral(arrow::MakeScalar(text)); }
ExpressionPtr Call(std::string_view name, std::vector<ExpressionPtr> arguments) {
  return MakeCall(name, std::move(arguments)).ValueOrDie();
}

class ExpressionOperatorsTest : public DatasetTest {
 protected:
  NodePtr Numbered(int64_t rows) { return SourceOf(CutEvery(NumberedRows(rows), 7), true); }
  RunContext run_{Options()};
  const ExpressionPtr id_ = MakeColumn("id"), label_ = MakeColumn("label");
};

TEST_F(ExpressionOperatorsTest, FilterKeepsOnlyWhatIsTrue) {
  const auto plan = MakeFilterBy(Numbered(40), Call("ne", {label_, Text("a")}));
  const auto table = Collect(*plan, run_);
  EXPECT_EQ(Numbers(*table),
            (std::vector<int64_t>{6, 7, 8, 9, 16, 17, 18, 19, 26, 27, 28, 29, 36, 37, 38, 39}));
  EXPECT_EQ(run_.steps().at(0).rows_in, 40);
  EXPECT_EQ(run_.steps().at(0).rows_out, 16);
}

TEST_F(ExpressionOperatorsTest, FilterIsTheSameForAnyNumberOfWorkers) {
  for (const int workers : {1, 2, 8}) {
    RunContext run(Options(workers));
    const auto plan = MakeFilterBy(Numbered(1000), Call("ge", {id_, Int(990)}));
    EXPECT_EQ(Numbers(*Collect(*plan, run)),
              (std::vector<int64_t>{990, 991, 992, 993, 994, 995, 996, 997, 998, 999}));
  }
}

TEST_F(ExpressionOperatorsTest, FilterMayKeepAllOrNothing) {
  EXPECT_EQ(Collect(*MakeFilterBy(Numbered(20), Call("ge", {id_, Int(0)})), run_)->num_rows(), 20);
  const auto none = Collect(*MakeFilterBy(Numbered(20), Call("lt", {id_, Int(0)})), run_);
  EXPECT_EQ(none->num_rows(), 0);
  EXPECT_EQ(none->schema()->field_names(), (std::vector<std::string>{"id", "label"}));
}

TEST_F(ExpressionOperatorsTest, FilterPrintsItsConditionAndKnowsNoCount) {
  const auto plan = MakeFilterBy(Numbered(20), Call("ge", {id_, Int(10)}));
  EXPECT_EQ(StepName(*plan), "filter id >= 10");
  EXPECT_EQ(*plan->KnownRows(run_), std::nullopt);
  const auto other = MakeFilterBy(Numbered(20), Call("ge", {id_, Int(11)}));
  EXPECT_NE(*Fingerprint(*plan, run_), *Fingerprint(*other, run_));
}

TEST_F(ExpressionOperatorsTest, FaultsAreFoundWithoutRunning) {
  const auto source = SourceOf({NumberedRows(3)});
  const auto fault = [&](const NodePtr& plan) {
    const Status status = plan->schema(run_).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
    return status.message();
  };
  EXPECT_EQ(fault(MakeFilterBy(source, Call("eq", {MakeColumn("lable"), Text("a")}))),
            "filter: no column `lable`; did you mean `label`?");
  EXPECT_EQ(fault(MakeFilterBy(source, id_)),
            "filter: condition must be true or false, not int64: id");
  EXPECT_EQ(fault(*MakeWith(source, {{"x", Call("add", {label_, Int(1)})}})),
            "with x: `+` takes integers and floats, not `label` (string)");
  EXPECT_EQ(fault(*MakeCast(source, {{"idd", "int8"}})),
            "cast idd: no column `idd`; did you mean `id`?");
  EXPECT_EQ(source->opened, 0);
}

TEST_F(ExpressionOperatorsTest, WithReplacesInPlaceAndAddsByName) {
  const auto plan = *MakeWith(
      Numbered(3),
      {{"z", Int(1)}, {"id", Call("mul", {id_, Int(2)})}, {"b", Call("add", {id_, Int(100)})}});
  EXPECT_EQ(ColumnNames(**plan->schema(run_)), (std::vector<std::string>{"id", "label", "b", "z"}));
  const auto table = Collect(*plan, run_);
  EXPECT_EQ(Numbers(*table, "id"), (std::vector<int64_t>{0, 2, 4}));
  EXPECT_EQ(Numbers(*table, "b"), (std::vector<int64_t>{100, 101, 102}));
  EXPECT_EQ(Numbers(*table, "z"), (std::vector<int64_t>{1, 1, 1}));
  EXPECT_EQ(StepName(*plan), "with b = id + 100, id = id * 2, z = 1");
  EXPECT_EQ(*plan->KnownRows(run_), 3);
}

TEST_F(ExpressionOperatorsTest, AnErrorNamesTheRowOfAllRows) {
  const auto plan = *MakeWith(
      Numbered(100), {{"x", Call("add", {id_, Int(std::numeric_limits<int64_t>::max() - 50)})}});
  const Status status = Failure(*plan, run_);
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_EQ(status.message(),
            "with x: id + 9223372036854775757: overflow: 51, 9223372036854775757 (row 52)");
}

TEST_F(ExpressionOperatorsTest, CastChangesColumnsInPlace) {
  const auto plan = *MakeCast(Numbered(3), {{"id", "string"}});
  const auto schema = *plan->schema(run_);
  EXPECT_EQ(schema->ToString(), "id: string\nlabel: string");
  EXPECT_EQ(StepName(*plan), "cast id to string");
  EXPECT_EQ(Failure(**MakeCast(Numbered(8), {{"label", "int64"}}), run_).message(),
            "cast label: \"a\" does not fit int64 (row 1)");
  EXPECT_EQ(MakeCast(Numbered(3), {{"id", "strnig"}}).status().message(),
            "cast: unknown type `strnig`; did you mean `string`?");
  EXPECT_EQ(MakeCast(Numbered(3), {}).status().message(), "cast: no columns given");
}

TEST_F(ExpressionOperatorsTest, CastToTheSameTypeKeepsTheLabels) {
  const auto encoded = *MakeEncode(Numbered(3), {.column = "label", .labels = {"a", "b"}});
  const auto plan = *MakeCast(encoded, {{"label", "int64"}});
  EXPECT_EQ(LabelsOf(*(*plan->schema(run_))->field(1)), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace tideway::dataset
