#include "core/base/utf8.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tideway {
namespace {

TEST(Utf8, TellsTextFromBytes) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("पोखरा, naïve, \xF0\x9F\x98\x80"));
  for (const char* bytes : {"\xFF", "a\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(bytes)) << bytes;
  }
}

TEST(Utf8, FirstCallsFromManyThreadsAgree) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      for (int call = 0; call < 1000; ++call) {
        EXPECT_TRUE(IsUtf8("नगरपालिका"));
        EXPECT_FALSE(IsUtf8("bad \xE0\x80 bytes"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace tideway
