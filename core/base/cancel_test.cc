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

}  // namespace
}  // namespace tideway
