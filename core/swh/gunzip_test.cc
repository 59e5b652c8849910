#include "core/swh/gunzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/swh/testing_internal.h"

namespace tideway::swh {
namespace {

using testing::HasSubstr;

constexpr int64_t kMostBytes = 1 << 20;

void Refuses(const std::string& bytes, ErrorKind kind, const std::string& words) {
  const Status status = Gunzip(bytes, kMostBytes).status();
  EXPECT_EQ(KindOf(status), kind) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr(words));
}

TEST(Gunzip, UnpacksOneMember) {
  EXPECT_EQ(*Gunzip(Packed("print(1)\n"), kMostBytes), "print(1)\n");
}

TEST(Gunzip, UnpacksAllMembers) {
  EXPECT_EQ(*Gunzip(Packed("a") + Packed("") + Packed("b"), kMostBytes), "ab");
}

TEST(Gunzip, PassesOverZerosAfterAMember) {
  EXPECT_EQ(*Gunzip(Packed("a") + std::string(7, '\0'), kMostBytes), "a");
}

TEST(Gunzip, RefusesWhatIsCutOffAnywhere) {
  const std::string packed = Packed("some text that is long enough");
  for (size_t size = 1; size < packed.size(); ++size) {
    Refuses(packed.substr(0, size), ErrorKind::kData, "it is cut off");
  }
}

TEST(Gunzip, RefusesABadChecksum) {
  std::string packed = Packed("text");
  packed[packed.size() - 6] ^= 1;
  Refuses(packed, ErrorKind::kData, "incorrect data check");
}

TEST(Gunzip, RefusesWhatIsNoGzip) {
  Refuses("", ErrorKind::kData, "it is empty");
  Refuses("<html></html>", ErrorKind::kData, "incorrect header check");
  Refuses(Packed("a") + "rest", ErrorKind::kData, "incorrect header check");
}

TEST(Gunzip, StopsAtTheLimit) {
  EXPECT_TRUE(Gunzip(Packed(std::string(kMostBytes, 'x')), kMostBytes).ok());
  Refuses(Packed(std::string(kMostBytes + 1, 'x')), ErrorKind::kMemory, "more than 1048576 bytes");
  Refuses(Packed(std::string(20 << 20, '\0')), ErrorKind::kMemory, "more than");
}

}  // namespace
}  // namespace tideway::swh
