#include "core/swh/bucket.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/net/testing_internal.h"
#include "core/swh/sha1.h"
#include "core/swh/testing_internal.h"

namespace tideway::swh {
namespace {

using net::testing::RawServer;
using net::testing::Say;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr int64_t kMost = 16 << 20;

class BucketTest : public InFolder {
 protected:
  std::unique_ptr<Bucket> Open(bool pays = false) {
    auto bucket =
        Bucket::Open({.environment = [this](const std::string& name) -> std::optional<std::string> {
                        const auto found = environment_.find(name);
                        if (found == environment_.end()) return std::nullopt;
                        return found->second;
                      },
                      .endpoint = server_.url(""),
                      .requester_pays = pays,
                      .spend_limit_usd = pays ? limit_usd_ : 0,
                      .state = folder_,
                      .client = &client_,
                      .sleep = [](double) { return Status::OK(); }});
    EXPECT_TRUE(bucket.ok()) << bucket.status().ToString();
    return *std::move(bucket);
  }
  void Gives(const std::string& packed) {
    server_.Then(Say(206, packed,
                     fmt::format("Content-Range: bytes 0-{}/{}\r\nETag: \"e\"\r\n",
                                 packed.size() - 1, packed.size())));
  }
  void Refuses(const std::string& code, int status = 403) {
    server_.Then(
        Say(status, fmt::format("<Error><Code>{}</Code><Message>words</Message></Error>", code)));
  }
  Result<Answer> Read(Bucket& bucket, const std::string& id = std::string(40, 'a')) {
    return bucket.Read(id, kMost, cancel_);
  }
  // Of each request: nobody's, signed, or paid.
  std::vector<std::string> Ways() {
    std::vector<std::string> ways;
    for (const std::string& asked : server_.requests()) {
      const bool paid = asked.find("x-amz-request-payer") != asked.npos;
      const bool is_signed = asked.find("Authorization: AWS4") != asked.npos;
      ways.emplace_back(paid ? "paid" : is_signed ? "signed" : "anonymous");
    }
    return ways;
  }

  RawServer server_;
  net::Client client_{{.random = [] { return 0.0; }}};
  std::map<std::string, std::string> environment_ = {{"AWS_ACCESS_KEY_ID", "AKIAID"},
                                                     {"AWS_SECRET_ACCESS_KEY", "the-secret"},
                                                     {"AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"}};
  double limit_usd_ = 1;
  CancelToken cancel_;
};

TEST_F(BucketTest, AsksAsNobodyAndGivesThePlainBytes) {
  Gives(Packed("print(1)\n"));
  const auto bucket = Open();
  const Answer answer = *Read(*bucket);
  EXPECT_EQ(answer.bytes, "print(1)\n");
  EXPECT_THAT(Ways(), ElementsAre("anonymous"));
  EXPECT_THAT(server_.requests()[0],
              HasSubstr("GET /softwareheritage/content/" + std::string(40, 'a')));
}

TEST_F(BucketTest, ARefusalIsFollowedByASignedRequestAndThenTheyAre) {
  Refuses("AccessDenied");
  Gives(Packed("a"));
  Gives(Packed("b"));
  const auto bucket = Open();
  EXPECT_EQ(Read(*bucket)->bytes, "a");
  EXPECT_EQ(Read(*bucket)->bytes, "b");
  EXPECT_THAT(Ways(), ElementsAre("anonymous", "signed", "signed"));
}

TEST_F(BucketTest, NobodyPaysWithoutConsent) {
  Refuses("AccessDenied");
  Refuses("AccessDenied");
  const auto bucket = Open();
  const Status status = Read(*bucket, Sha1Hex("")).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kAuth);
  EXPECT_THAT(Ways(), ElementsAre("anonymous", "signed"));
}

TEST_F(BucketTest, WithConsentItIsPaidUpToTheLimit) {
  limit_usd_ = 3e-5;  // one request of 128 KiB costs 1.6e-5
  Refuses("AccessDenied");
  Refuses("AccessDenied");
  Gives(Packed("a"));
  const auto bucket = Open(/*pays=*/true);
  EXPECT_EQ(Read(*bucket)->bytes, "a");
  EXPECT_THAT(Ways(), ElementsAre("anonymous", "signed", "paid"));
  const Status status = Read(*bucket).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("the limit of $0.00 for paid requests is reached"));
}

TEST_F(BucketTest, PayingWithoutALimitIsRefused) {
  const Status status =
      Bucket::Open(
          {.environment = [](const std::string&) { return std::nullopt; }, .requester_pays = true})
          .status();
  EXPECT_THAT(status.message(), HasSubstr("requester_pays without a spend_limit_usd"));
}

TEST_F(BucketTest, KeysThatAwsRefusesAreToldWithTheRemedy) {
  const std::pair<const char*, const char*> cases[] = {
      {"InvalidAccessKeyId", "the keys must be of an AWS account"},
      {"SignatureDoesNotMatch", "is not the secret of AWS_ACCESS_KEY_ID"},
      {"InvalidToken", "AWS_SESSION_TOKEN has expired"}};
  for (const auto& [code, remedy] : cases) {
    Refuses("AccessDenied");
    Refuses(code);
    const auto bucket = Open();
    const Status status = Read(*bucket, Sha1Hex("")).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kAuth);
    EXPECT_THAT(status.message(), HasSubstr(code));
    EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr(remedy));
    EXPECT_THAT(status.ToString(), Not(HasSubstr("the-secret")));
  }
}

TEST_F(BucketTest, WhatIsNotThereIsMissing) {
  Refuses("NoSuchKey", 404);
  const auto bucket = Open();
  EXPECT_EQ(Read(*bucket)->state, Answer::State::kMissing);
}

TEST_F(BucketTest, ARefusalWhereOthersAreGivenIsOfThatOneContent) {
  environment_.clear();
  environment_["AWS_EC2_METADATA_DISABLED"] = "true";
  Gives(Packed("a"));
  Refuses("AccessDenied");
  Refuses("AccessDenied");
  const auto bucket = Open();
  EXPECT_TRUE(Read(*bucket).ok());
  EXPECT_EQ(Read(*bucket)->state, Answer::State::kDenied);
}

TEST_F(BucketTest, ARefusalOfTheFirstIsOfThatOneWhereTheEmptyContentIsGiven) {
  Refuses("AccessDenied");
  Refuses("AccessDenied");
  Gives(Packed(""));
  const auto bucket = Open();
  EXPECT_EQ(Read(*bucket)->state, Answer::State::kDenied);
  EXPECT_THAT(server_.requests()[2], HasSubstr("content/" + Sha1Hex("")));
}

TEST_F(BucketTest, WhereNothingIsGivenTheRefusalIsAnError) {
  for (int i = 0; i < 4; ++i) Refuses("AccessDenied");
  const auto bucket = Open();
  EXPECT_EQ(KindOf(Read(*bucket).status()), ErrorKind::kAuth);
}

TEST_F(BucketTest, WhatCannotBeUnpackedComesAsItIs) {
  const std::string packed = Packed("some text");
  Gives(packed.substr(0, packed.size() - 3));
  const auto bucket = Open();
  const Answer answer = *Read(*bucket);
  EXPECT_EQ(answer.state, Answer::State::kBroken);
  EXPECT_EQ(answer.bytes, packed.substr(0, packed.size() - 3));
  EXPECT_THAT(answer.problem, HasSubstr("it is cut off"));
}

TEST_F(BucketTest, ABombIsTooLarge) {
  Gives(Packed(std::string(20 << 20, '\0')));
  const auto bucket = Open();
  const Answer answer = *Read(*bucket);
  EXPECT_EQ(answer.state, Answer::State::kTooLarge);
  EXPECT_EQ(answer.bytes, "");
}

TEST_F(BucketTest, OfWhatIsPackedBeyondTheLimitOnlyTheStartIsRead) {
  server_.Then(Say(
      206, std::string(128 << 10, 'x'),
      fmt::format("Content-Range: bytes 0-{}/{}\r\nETag: \"e\"\r\n", (128 << 10) - 1, 1 << 30)));
  const auto bucket = Open();
  EXPECT_EQ(Read(*bucket)->state, Answer::State::kTooLarge);
  EXPECT_EQ(server_.requests().size(), 1);
}

TEST_F(BucketTest, MoreThanOneReadGivesFetchesTheRest) {
  std::string text;
  for (uint32_t i = 0, x = 1; i < (200 << 10); ++i) {
    x = x * 1664525 + 1013904223;
    text += static_cast<char>(x >> 24);
  }
  const std::string packed = Packed(text);
  ASSERT_GT(packed.size(), 128 << 10);
  const size_t first = 128 << 10;
  server_.Then(Say(
      206, packed.substr(0, first),
      fmt::format("Content-Range: bytes 0-{}/{}\r\nETag: \"e\"\r\n", first - 1, packed.size())));
  server_.Then(Say(206, packed.substr(first),
                   fmt::format("Content-Range: bytes {}-{}/{}\r\nETag: \"e\"\r\n", first,
                               packed.size() - 1, packed.size())));
  const auto bucket = Open();
  EXPECT_EQ(Read(*bucket)->bytes, text);
}

TEST_F(BucketTest, ARequestThatHadToBeMadeAgainIsToldAsSlowed) {
  Refuses("SlowDown", 503);
  Gives(Packed("a"));
  Gives(Packed("b"));
  const auto bucket = Open();
  EXPECT_TRUE(Read(*bucket)->slowed);
  EXPECT_FALSE(Read(*bucket)->slowed);
}

TEST_F(BucketTest, CheckTellsTheWay) {
  Refuses("AccessDenied");
  Gives(Packed(""));
  const auto bucket = Open();
  EXPECT_EQ(*bucket->Check(cancel_), "signed");
  EXPECT_THAT(server_.requests()[0], HasSubstr("content/" + Sha1Hex("")));
}

}  // namespace
}  // namespace tideway::swh
