#include "core/dataset/op/drop_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr int64_t kRows = 10;

class DropRowsTest : public ::testing::Test {
 protected:
  template <typename ReasonOf>
  BatchPtr Dropped(const ReasonOf& reason_of) {
    return DropRows(rows_, worker_, reason_of).ValueOrDie();
  }
  std::map<std::string, int64_t> Counts() {
    worker_.CountStep({}, 0, 0);
    return worker_.TakeCounts()[0].dropped;
  }
  const BatchPtr rows_ = testing::NumberedRows(kRows);
  Worker worker_{0};
};

TEST_F(DropRowsTest, CountsRowsByTheirReason) {
  const auto left = Dropped([](int64_t row) -> std::optional<std::string_view> {
    if (row < 3) return "small";
    if (row == 7) return "";
    return std::nullopt;
  });
  EXPECT_TRUE(left->column(0)->Equals(testing::Column(arrow::int64(), "[3, 4, 5, 6, 8, 9]")));
  EXPECT_THAT(Counts(), ElementsAre(Pair("", 1), Pair("small", 3)));
}

TEST_F(DropRowsTest, ABatchOfWhichAllStaysIsItself) {
  EXPECT_EQ(Dropped([](int64_t) { return std::optional<std::string_view>(); }), rows_);
  EXPECT_THAT(Counts(), IsEmpty());
}

TEST_F(DropRowsTest, ABatchOfWhichNothingStaysHasNoRows) {
  const auto left = Dropped([](int64_t) { return std::optional<std::string_view>("all"); });
  EXPECT_EQ(left->num_rows(), 0);
  EXPECT_THAT(Counts(), ElementsAre(Pair("all", kRows)));
}

}  // namespace
}  // namespace tideway::dataset
