#include "core/dataset/op/key_filter.h"

#include <gtest/gtest.h>

#include "core/base/hash.h"

namespace tideway::dataset {
namespace {

constexpr int64_t kKeys = 100'000;

TEST(KeyFilter, HoldsEveryKeyThatWasAddedAndFewOthers) {
  const auto filter = KeyFilter::Make(kKeys, 1 << 20);
  for (uint64_t key = 0; key < kKeys; ++key) filter->Add(Mix64(key, 1));
  int64_t others = 0;
  for (uint64_t key = 0; key < kKeys; ++key) {
    ASSERT_TRUE(filter->MayHold(Mix64(key, 1))) << key;
    others += filter->MayHold(Mix64(key + kKeys, 1));
  }
  EXPECT_LT(others, kKeys / 25);
}

TEST(KeyFilter, OfNoKeysHoldsNone) {
  const auto filter = KeyFilter::Make(0, 0);
  for (uint64_t key = 0; key < 1000; ++key) EXPECT_FALSE(filter->MayHold(Mix64(key, 1)));
}

TEST(KeyFilter, IsNotMadeWhereItWouldBeOfNoUse) {
  EXPECT_EQ(KeyFilter::Make(kKeys, kKeys / 2), nullptr);
  EXPECT_NE(KeyFilter::Make(kKeys, kKeys), nullptr);
}

}  // namespace
}  // namespace tideway::dataset
