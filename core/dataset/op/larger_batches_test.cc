#include "core/dataset/op/larger_batches.h"

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::NumberedRows;

std::vector<int64_t> FirstIds(const LargerBatches::Larger& larger) {
  std::vector<int64_t> ids;
  for (const BatchPtr& batch : larger.batches) {
    ids.push_back(static_cast<const arrow::Int64Array&>(*batch->column(0)).Value(0));
  }
  return ids;
}

TEST(LargerBatchesTest, GoTogetherInTheirOrderOnceGroupsComeAgain) {
  const BatchPtr rows = NumberedRows(100);
  const auto batch = [&rows](int64_t index) { return rows->Slice(10 * index, 10); };
  LargerBatches batches(1 << 20, 1);
  for (int64_t index = 0; index < 4; ++index) {
    const auto alone = batches.Put(index, batch(index));
    ASSERT_TRUE(alone.has_value());
    EXPECT_EQ(alone->index, index);
    batches.Grouped(*batch(index), 5);
  }
  EXPECT_FALSE(batches.Put(5, batch(5)).has_value());
  EXPECT_FALSE(batches.Put(6, batch(6)).has_value());
  const auto pair = batches.Put(4, batch(4));
  ASSERT_TRUE(pair.has_value());
  EXPECT_EQ(pair->index, 4);
  EXPECT_EQ(FirstIds(*pair), (std::vector<int64_t>{40, 50}));
  const auto rest = batches.Rest();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].index, 5);
  EXPECT_EQ(FirstIds(rest[0]), std::vector<int64_t>{60});
}

TEST(LargerBatchesTest, StayAsTheyAreWhereThatGainsNothingOrTakesTooMuch) {
  const BatchPtr batch = NumberedRows(100);
  const auto stay = [&batch](int64_t most_bytes, int64_t groups) {
    LargerBatches batches(most_bytes, 1);
    for (int64_t index = 0; index < 20; ++index) {
      if (!batches.Put(index, batch)) return false;
      batches.Grouped(*batch, groups);
    }
    return true;
  };
  EXPECT_FALSE(stay(1 << 20, 50));
  EXPECT_TRUE(stay(1 << 20, 100)) << "no key comes again";
  EXPECT_TRUE(stay(1 << 20, 2)) << "few groups as it is";
  EXPECT_TRUE(stay(1000, 50)) << "no memory";
}

}  // namespace
}  // namespace tideway::dataset
