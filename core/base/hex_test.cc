#include "core/base/hex.h"

#include <gtest/gtest.h>

namespace tideway {
namespace {

TEST(Hex, IsTwoDigitsForEachByteThereAndBack) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  EXPECT_EQ(Hex(bytes).substr(0, 6), "000102");
  EXPECT_EQ(Hex(bytes).substr(506), "fdfeff");
  EXPECT_EQ(BytesOfHex(Hex(bytes)), bytes);
  EXPECT_EQ(Hex(""), "");
  EXPECT_EQ(BytesOfHex(""), "");
}

TEST(Hex, IsOfSoManyLowerCaseDigits) {
  EXPECT_TRUE(IsHex("09af", 4));
  for (const char* wrong : {"", "09a", "09aff", "09aF", "09ag", "09a "}) {
    EXPECT_FALSE(IsHex(wrong, 4)) << wrong;
  }
}

}  // namespace
}  // namespace tideway
