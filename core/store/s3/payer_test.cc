#include "core/store/s3/payer.h"

#include <gmock/gmock.h>

#include "core/base/file.h"
#include "core/store/backend_test.h"

namespace tideway::store {
namespace {

class PayerTest : public testing::Test {
 protected:
  Payer Make(double limit_usd) {
    return Payer({.ledger = folder_.path("paid/bucket"), .limit_usd = limit_usd});
  }
  const TestFolder folder_;
};

TEST_F(PayerTest, TheLimitHoldsOverRestarts) {
  ASSERT_TRUE(Make(0.1).Spend(int64_t{1} << 30).ok());
  const Status refused = Make(0.1).Spend(int64_t{1} << 30);
  EXPECT_EQ(KindOf(refused), ErrorKind::kUsage);
  EXPECT_THAT(refused.message(), testing::HasSubstr("$0.10"));
  EXPECT_NEAR(*Make(0.1).Spent(), 0.090005, 1e-9);
  EXPECT_TRUE(Make(0.2).Spend(int64_t{1} << 30).ok());
}

TEST_F(PayerTest, WithoutALimitNothingIsSpent) {
  EXPECT_FALSE(Make(0).Spend(0).ok());
  EXPECT_EQ(*Make(0).Spent(), 0);
}

TEST_F(PayerTest, ALedgerThatMakesNoSenseIsNotReadAsNothing) {
  for (const char* text : {"x\n", "-5\n", "12", "1e3\n"}) {
    ASSERT_TRUE(MakeFolders(folder_.path("paid")).ok());
    ASSERT_TRUE(WriteFileAtomic(folder_.path("paid/bucket"), text).ok());
    EXPECT_EQ(KindOf(Make(1).Spend(1)), ErrorKind::kData) << text;
  }
}

}  // namespace
}  // namespace tideway::store
