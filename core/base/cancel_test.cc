#include "core/base/cancel.h"

#include <gtest/gtest.h>

namespace tideway {
namespace {

TEST(CancelToken, ChecksOkUntilCancelled) {
  CancelToken cancel;
  EXPECT_TRUE(cancel.Check().ok());
  cancel.Cancel();
  EXPECT_TRUE(cancel.cancelled());
  EXPECT_EQ(KindOf(cancel.Check()), ErrorKind::kInterrupted);
}

TEST(CancelToken, APartIsCancelledWithTheWholeOrAlone) {
  CancelToken whole;
  CancelToken one(&whole), other(&whole);
  one.Cancel();
  EXPECT_TRUE(one.cancelled());
  EXPECT_FALSE(whole.cancelled());
  EXPECT_FALSE(other.cancelled());
  whole.Cancel();
  EXPECT_TRUE(other.cancelled());
}

}  // namespace
}  // namespace tideway
