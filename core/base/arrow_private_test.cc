// Arrow's libraries carry private copies of OpenSSL and RE2. These tests fail when those copies
// answer for the system's, or the system's for Arrow's.
#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <re2/re2.h>

#include "core/base/hash.h"

namespace tideway {
namespace {

using ::testing::HasSubstr;

std::string LibraryOf(void* function) {
  Dl_info info{};
  return dladdr(function, &info) == 0 ? "nothing" : info.dli_fname;
}

TEST(ArrowPrivate, OpenSslCallsReachTheSystemsOpenSsl) {
  EXPECT_THAT(LibraryOf(reinterpret_cast<void*>(EVP_sha256)), HasSubstr("libcrypto.so.3"));
  EXPECT_EQ(Sha256Hex("abc").substr(0, 8), "ba7816bf");
}

TEST(ArrowPrivate, CurlInitialisesItsTls) {
  EXPECT_THAT(std::string(curl_version_info(CURLVERSION_NOW)->ssl_version), HasSubstr("OpenSSL/3"));
  CURL* handle = curl_easy_init();
  ASSERT_NE(handle, nullptr);
  curl_easy_setopt(handle, CURLOPT_URL, "https://127.0.0.1:1/");
  EXPECT_EQ(curl_easy_perform(handle), CURLE_COULDNT_CONNECT);
  curl_easy_cleanup(handle);
}

TEST(ArrowPrivate, BothRegexEnginesMatch) {
  EXPECT_TRUE(RE2::PartialMatch("tideway 26", "[a-z]+ \\d+"));
  ASSERT_TRUE(arrow::compute::Initialize().ok());
  arrow::StringBuilder builder;
  ASSERT_TRUE(builder.AppendValues({"tideway 26", "none"}).ok());
  const std::shared_ptr<arrow::Array> texts = *builder.Finish();
  const arrow::compute::MatchSubstringOptions options("[a-z]+ \\d+");
  const auto matched =
      arrow::compute::CallFunction("match_substring_regex", {texts}, &options)->make_array();
  EXPECT_EQ(matched->ToString(), "[\n  true,\n  false\n]");
}

}  // namespace
}  // namespace tideway
