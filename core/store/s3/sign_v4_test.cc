// Against signatures that botocore 1.44 made.
#include "core/store/s3/sign_v4.h"

#include <gmock/gmock.h>

namespace tideway::store {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr std::chrono::seconds kNow{1767323045};  // 2026-01-02T03:04:05Z
const Keys kKeys{.id = "AKIDEXAMPLE", .secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
constexpr const char* kAws = "examplebucket.s3.us-east-1.amazonaws.com";
constexpr const char* kLocal = "127.0.0.1:9000";

std::string SignatureOf(const ToSign& what, net::Headers headers) {
  Sign(what, kKeys, "us-east-1", kNow, &headers);
  return *headers.Find("Authorization");
}

TEST(SignV4, ARangeIsSigned) {
  const std::string field =
      SignatureOf({"GET", kAws, "/test.txt", ""},
                  {{"Range", "bytes=0-9"}, {"x-amz-content-sha256", kEmptyPayload}});
  EXPECT_THAT(field, HasSubstr("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"));
  EXPECT_THAT(field, EndsWith("=cd343bfb44e03d26df1e0fc74f2a9549784d0e682f43c71fd63d793be7ddfdc5"));
}

TEST(SignV4, AQueryIsSortedAndItsSlashesEncoded) {
  const std::string query =
      CanonicalQuery({{"list-type", "2"}, {"prefix", "a/b c"}, {"delimiter", "/"}});
  EXPECT_EQ(query, "delimiter=%2F&list-type=2&prefix=a%2Fb%20c");
  EXPECT_THAT(SignatureOf({"GET", kAws, "/", query}, {{"x-amz-content-sha256", kEmptyPayload}}),
              EndsWith("=fe051d0b4f1333cea6d8234a51741e1298a41bb167c9d4832ece5364a20f3fe7"));
}

TEST(SignV4, HeadersWithACommonBeginningAreInOrder) {
  const net::Headers headers{
      {"x-amz-meta-a-b", " 2 "},
      {"X-Amz-Meta-A", "1"},
      {"x-amz-content-sha256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}};
  const std::string path = net::EncodePath("/buck/déjà vu/+(x)");
  EXPECT_EQ(path, "/buck/d%C3%A9j%C3%A0%20vu/%2B%28x%29");
  EXPECT_THAT(SignatureOf({"PUT", kLocal, path, ""}, headers),
              EndsWith("=d1e9b9c1c337dad3197f0de86baa5f6046134b478f18f38b9507fca9fa379a65"));
}

TEST(SignV4, AParameterWithoutAValueHasItsEqualsSign) {
  EXPECT_THAT(SignatureOf({"POST", kAws, "/big", CanonicalQuery({{"uploads", ""}})},
                          {{"x-amz-content-sha256", kEmptyPayload}}),
              EndsWith("=9723b29eec20c2b5290563a73a6dcb2dbe7072dc55d2ffa6d68de938b43b6819"));
}

TEST(SignV4, ASessionTokenIsSentAndSigned) {
  Keys keys = kKeys;
  keys.session_token = "token";
  net::Headers headers{{"x-amz-content-sha256", kEmptyPayload}};
  Sign({"GET", kAws, "/", ""}, keys, "us-east-1", kNow, &headers);
  EXPECT_EQ(headers.Find("x-amz-security-token"), "token");
  EXPECT_THAT(*headers.Find("Authorization"), HasSubstr("x-amz-date;x-amz-security-token,"));
}

}  // namespace
}  // namespace tideway::store
