#include "core/dataset/byte_count.h"

#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary

BatchPtr One(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return MakeBatch(arrow::schema({arrow::field("x", type)}), {json});
}

TEST(ByteCountTest, CountsWhatCardsCount) {
  EXPECT_EQ(BatchBytes(*One(arrow::int64(), "[1, 2, 3]")), 24);
  EXPECT_EQ(BatchBytes(*One(arrow::int64(), "[1, null, 3]")), 25);
  EXPECT_EQ(BatchBytes(*One(arrow::boolean(), "[true, false, true]")), 1);
  EXPECT_EQ(BatchBytes(*One(arrow::utf8(), R"(["ab", "", "c"])")), 15);
  EXPECT_EQ(BatchBytes(*One(arrow::large_utf8(), R"(["ab", "", "c"])")), 27);
  EXPECT_EQ(BatchBytes(*One(arrow::list(arrow::utf8()), R"([["ab"], [], ["c", "d"]])")), 28);
  EXPECT_EQ(BatchBytes(*One(arrow::fixed_size_list(arrow::float32(), 2), "[[1, 2], [3, 4]]")), 16);
  EXPECT_EQ(BatchBytes(*One(arrow::struct_({arrow::field("a", arrow::int32())}), R"([{"a": 1}])")),
            4);
  EXPECT_EQ(BatchBytes(*One(arrow::null(), "[null, null]")), 0);
}

TEST(ByteCountTest, EmptyBatchesOfEveryShapeCountNothing) {
  for (const auto& type : {arrow::int64(), arrow::utf8(), arrow::boolean(), arrow::utf8_view(),
                           arrow::list(arrow::utf8()), arrow::large_list(arrow::int8())}) {
    EXPECT_EQ(BatchBytes(*One(type, "[]")), 0);
  }
}

TEST(ByteCountTest, DoesNotDependOnHowRowsAreCut) {
  const auto whole =
      One(arrow::list(arrow::utf8()),
          R"([["ab", null], null, [], ["cde"], ["f", "g"], null, ["h"], [], ["i"]])");
  for (int64_t size = 1; size <= whole->num_rows(); ++size) {
    ByteCounter counter;
    int64_t weights = 0;
    for (int64_t at = 0; at < whole->num_rows(); at += size) {
      const auto piece = whole->Slice(at, size);
      counter.Add(*piece);
      ByteCounter alone;
      alone.Add(*piece);
      weights += alone.weight();
    }
    EXPECT_EQ(counter.total(), BatchBytes(*whole));
    EXPECT_EQ(counter.weight(), weights);
    EXPECT_EQ(counter.rows(), whole->num_rows());
  }
}

}  // namespace
}  // namespace tideway::dataset
