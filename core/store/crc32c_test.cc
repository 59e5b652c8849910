#include "core/store/crc32c.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace tideway::store {
namespace {

std::string Of(std::string_view bytes) {
  Crc32c crc;
  crc.Update(bytes);
  return crc.Finish();
}

TEST(Crc32c, IsThatOfTheRfc) {
  EXPECT_EQ(Of(""), "00000000");
  EXPECT_EQ(Of("123456789"), "e3069283");
  EXPECT_EQ(Of(std::string(32, '\0')), "8a9136aa");  // RFC 3720, B.4
  EXPECT_EQ(Of(std::string(32, '\xff')), "62a8ab43");
}

TEST(Crc32c, PiecesGiveWhatTheWholeGives) {
  Crc32c crc;
  crc.Update("1234");
  crc.Update("");
  crc.Update("56789");
  EXPECT_EQ(crc.Finish(), "e3069283");
}

TEST(Crc32c, IsTheSameWithoutAnInstructionForIt) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    Crc32c crc;
    crc.Update(bytes);
    EXPECT_EQ(crc.Finish(), fmt::format("{:08x}", ~internal::CrcByTables(~0U, bytes))) << i;
    bytes += static_cast<char>(i * 37);
  }
}

}  // namespace
}  // namespace tideway::store
