#include "core/dataset/op/gather.h"

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Column;

struct Case {
  std::shared_ptr<arrow::DataType> type;
  std::string first, second, gathered;  // rows 2 and 0 of the second, row 1 of the first twice
};

class GatherTest : public ::testing::TestWithParam<Case> {};

TEST_P(GatherTest, TakesRowsOfAllBatchesInTheOrderGiven) {
  const auto& [type, first, second, gathered] = GetParam();
  const auto schema = arrow::schema({arrow::field("x", type)});
  const auto batch = [&](const std::string& json) {
    const auto column = Column(type, json);
    // From the middle of a longer one, so that offsets matter.
    const auto longer = arrow::Concatenate({column, column, column}).ValueOrDie();
    return arrow::RecordBatch::Make(schema, 3, {longer->Slice(3, 3)});
  };
  const std::vector<BatchPtr> batches{batch(first), batch(second)};
  const std::vector<RowRef> rows{{1, 2}, {1, 0}, {0, 1}, {0, 1}};
  const BatchPtr taken = GatherRows(schema, batches, rows).ValueOrDie();
  ASSERT_TRUE(taken->ValidateFull().ok());
  EXPECT_TRUE(taken->column(0)->Equals(Column(type, gathered))) << taken->ToString();
}

INSTANTIATE_TEST_SUITE_P(
    Types, GatherTest,
    ::testing::Values(Case{arrow::int8(), "[1, null, 3]", "[4, 5, 6]", "[6, 4, null, null]"},
                      Case{arrow::uint16(), "[1, 2, 3]", "[4, 5, 6]", "[6, 4, 2, 2]"},
                      Case{arrow::float32(), "[1, 2.5, 3]", "[null, 5, 6]", "[6, null, 2.5, 2.5]"},
                      Case{arrow::int64(), "[1, 2, 3]", "[null, 5, null]", "[null, null, 2, 2]"},
                      Case{arrow::boolean(), "[true, true, false]", "[false, null, null]",
                           "[null, false, true, true]"},
                      Case{arrow::utf8(), R"(["a", "", null])", R"(["ü", "x", "long"])",
                           R"(["long", "ü", "", ""])"},
                      Case{arrow::large_utf8(), R"(["a", null, "c"])", R"(["d", "e", "f"])",
                           R"(["f", "d", null, null])"},
                      Case{arrow::binary(), R"(["a", "b", "c"])", R"(["d", "e", "f"])",
                           R"(["f", "d", "b", "b"])"},
                      Case{arrow::decimal128(5, 1), R"(["1.0", "2.0", "3.0"])",
                           R"([null, "5.0", "6.0"])", R"(["6.0", null, "2.0", "2.0"])"},
                      Case{arrow::list(arrow::int64()), "[[1], [2, 3], []]", "[null, [4], [5]]",
                           "[[5], null, [2, 3], [2, 3]]"},
                      Case{arrow::struct_({arrow::field("a", arrow::utf8())}),
                           R"([{"a": "x"}, null, {"a": "z"}])", R"([{"a": "p"}, null, {"a": "q"}])",
                           R"([{"a": "q"}, {"a": "p"}, null, null])"},
                      Case{arrow::null(), "[null, null, null]", "[null, null, null]",
                           "[null, null, null, null]"}),
    [](const auto& test) { return test.param.type->name() + std::to_string(test.index); });

TEST(GatherRowsTest, NoRowsGiveAnEmptyBatch) {
  const auto schema = arrow::schema({arrow::field("x", arrow::utf8())});
  EXPECT_EQ(GatherRows(schema, {}, {}).ValueOrDie()->num_rows(), 0);
}

}  // namespace
}  // namespace tideway::dataset
