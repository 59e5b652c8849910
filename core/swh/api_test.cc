#include "core/swh/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/net/testing_internal.h"

namespace tideway::swh {
namespace {

using net::testing::RawServer;
using net::testing::Say;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kBlob(40, 'a');

class ApiTest : public testing::Test {
 protected:
  Api Open(int64_t most = 100, const std::string& token = "") {
    return Api({.address = server_.url("/api/1"),
                .token = token,
                .most_contents = most,
                .client = &client_,
                .clock = &clock_,
                .sleep = [this](double seconds) {
                  waits_.push_back(seconds);
                  return Status::OK();
                }});
  }
  RawServer server_;
  FakeClock clock_{std::chrono::seconds(1000)};
  net::Client client_{{.random = [] { return 0.0; }}};
  std::vector<double> waits_;
  CancelToken cancel_;
};

TEST_F(ApiTest, GivesTheRawBytes) {
  server_.Then(Say(200, "text"));
  Api api = Open(100, "the-token");
  EXPECT_EQ(api.Read(kBlob, 100, cancel_)->bytes, "text");
  EXPECT_THAT(server_.requests()[0], HasSubstr("GET /api/1/content/sha1:" + kBlob + "/raw/ "));
  EXPECT_THAT(server_.requests()[0], HasSubstr("Authorization: Bearer the-token"));
}

TEST_F(ApiTest, AsksForNoMoreThanItMay) {
  server_.Then(Say(200, "a"));
  Api api = Open(1);
  EXPECT_TRUE(api.Read(kBlob, 100, cancel_).ok());
  const Status status = api.Read(kBlob, 100, cancel_).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("more than 1 contents"));
  EXPECT_EQ(server_.requests().size(), 1);
}

TEST_F(ApiTest, ASpentQuotaIsWaitedFor) {
  server_.Then(Say(429, "", "X-RateLimit-Reset: 1030\r\n"));
  server_.Then(Say(429, "", "Retry-After: 7\r\n"));
  server_.Then(Say(200, "a"));
  Api api = Open();
  EXPECT_TRUE(api.Read(kBlob, 100, cancel_).ok());
  EXPECT_THAT(waits_, ElementsAre(30, 7));
}

TEST_F(ApiTest, AContentBeyondTheLimitIsTooLarge) {
  server_.Then(Say(200, "12345"));
  server_.Then(Say(200, "12345"));
  Api api = Open();
  EXPECT_EQ(api.Read(kBlob, 4, cancel_)->state, Answer::State::kTooLarge);
  EXPECT_EQ(api.Read(kBlob, 5, cancel_)->bytes, "12345");
}

TEST_F(ApiTest, WhatTheArchiveHasNotIsMissing) {
  server_.Then(Say(404, "{}"));
  EXPECT_EQ(Open().Read(kBlob, 100, cancel_)->state, Answer::State::kMissing);
}

}  // namespace
}  // namespace tideway::swh
