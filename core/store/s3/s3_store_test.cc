// What S3 does wrong, and what is asked of it, by a server that answers what it is told.
#include "core/store/s3/s3_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "core/base/file.h"
#include "core/base/secret.h"
#include "core/net/testing_internal.h"
#include "core/store/backend_test.h"
#include "core/store/transfer.h"

namespace tideway::store {
namespace {

using net::testing::Answer;
using net::testing::RawServer;
using net::testing::Say;
using testing::HasSubstr;
using testing::Not;

std::string Fault(const std::string& code) {
  return fmt::format("<?xml version=\"1.0\"?>\n<Error><Code>{}</Code><Message>m</Message></Error>",
                     code);
}

class S3StoreTest : public testing::Test {
 protected:
  S3StoreTest() {
    options_ = {.bucket = "bucket",
                .environment = [](const std::string&) { return std::nullopt; },
                .state = folder_.path("state"),
                .endpoint = server_.url(""),
                .keys = {"AKIDEXAMPLE", "very-secret-key", ""},
                .client = &client_,
                .sleep =
                    [this](double seconds) {
                      waits_.push_back(seconds);
                      return Status::OK();
                    }};
  }

  std::shared_ptr<Store> Open() {
    auto store = OpenS3(options_);
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return *store;
  }
  Answer Head(int64_t size, const std::string& etag) {
    return {
        fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: \"{}\"\r\n\r\n", size, etag)};
  }
  static Answer Part(const std::string& bytes, const std::string& range, const std::string& etag) {
    return Say(206, bytes, fmt::format("Content-Range: bytes {}\r\nETag: \"{}\"\r\n", range, etag));
  }
  Result<std::string> Get() { return GetText(*Open(), "k", 100, cancel_); }
  // What comes, or why nothing does.
  std::string Text() {
    const auto text = Get();
    return text.ok() ? *text : text.status().ToString();
  }

  CancelToken cancel_;
  const TestFolder folder_;
  RawServer server_;
  net::Client client_{{.random = [] { return 0.0; }}};
  std::vector<double> waits_;
  S3Options options_;
};

TEST_F(S3StoreTest, APartIsAskedForAndSigned) {
  server_.Then(Part("abc", "0-2/3", "e"));
  EXPECT_EQ(Text(), "abc");
  const std::string asked = server_.requests().at(0);
  EXPECT_THAT(asked, HasSubstr("GET /bucket/k HTTP/1.1"));
  EXPECT_THAT(asked, HasSubstr("Range: bytes=0-99\r\n"));
  EXPECT_THAT(asked, HasSubstr("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date"));
  EXPECT_THAT(asked, Not(HasSubstr("very-secret-key")));
}

TEST_F(S3StoreTest, NobodySendsNoSignature) {
  options_.anonymous = true;
  server_.Then(Part("abc", "0-2/3", "e"));
  EXPECT_EQ(Text(), "abc");
  EXPECT_THAT(server_.requests().at(0), Not(HasSubstr("Authorization")));
}

TEST_F(S3StoreTest, WhatBreaksOffGoesOnWithTheSameContent) {
  Answer broken = Part("abcdef", "0-5/6", "e");
  broken.bytes.resize(broken.bytes.size() - 4);
  broken.then = Answer::Then::kReset;
  server_.Then(broken);
  server_.Then(Part("cdef", "2-5/6", "e"));
  EXPECT_EQ(Text(), "abcdef");
  EXPECT_THAT(server_.requests().at(1), HasSubstr("Range: bytes=2-5\r\n"));
  EXPECT_THAT(server_.requests().at(1), HasSubstr("If-Match: \"e\"\r\n"));
}

TEST_F(S3StoreTest, AnObjectThatChangesMeanwhileIsFetchedAnew) {
  server_.Then(Part("aaaa", "0-3/8", "one"));
  server_.Then(Say(412, Fault("PreconditionFailed")));
  server_.Then(Part("bbbb", "0-3/8", "two"));
  server_.Then(Part("cccc", "4-7/8", "two"));
  const auto store = Open();
  const auto object = GetFile(*store, "k", folder_.path("file"), {.part_bytes = 4}, cancel_);
  ASSERT_TRUE(object.ok()) << object.status().ToString();
  EXPECT_EQ(*ReadFile(folder_.path("file")), "bbbbcccc");
}

TEST_F(S3StoreTest, APartOfAnotherContentIsNoneWhereIfMatchIsPassedOver) {
  server_.Then(Part("aaaa", "0-3/8", "one"));
  server_.Then(Part("bbbb", "4-7/8", "two"));
  server_.Then(Part("cccc", "0-3/8", "two"));
  server_.Then(Part("dddd", "4-7/8", "three"));
  const auto object = GetFile(*Open(), "k", folder_.path("file"), {.part_bytes = 4}, cancel_);
  EXPECT_EQ(KindOf(object.status()), ErrorKind::kConflict);
  EXPECT_FALSE(FileExists(folder_.path("file")));
}

TEST_F(S3StoreTest, WrongBytesNeverBecomeAFile) {
  const std::string md5_of_abc = "900150983cd24fb0d6963f7d28e17f72";
  server_.Then(Part("abd", "0-2/3", md5_of_abc));
  server_.Then(Part("abd", "0-2/3", md5_of_abc));
  const auto object = GetFile(*Open(), "k", folder_.path("file"), {}, cancel_);
  EXPECT_EQ(KindOf(object.status()), ErrorKind::kData);
  EXPECT_FALSE(FileExists(folder_.path("file")));
  server_.Then(Part("abd", "0-2/3", md5_of_abc));
  server_.Then(Part("abc", "0-2/3", md5_of_abc));
  EXPECT_TRUE(GetFile(*Open(), "k", folder_.path("file"), {}, cancel_).ok());
}

TEST_F(S3StoreTest, TheRegionIsLearntFromARefusal) {
  server_.Then(
      Say(400, Fault("AuthorizationHeaderMalformed"), "x-amz-bucket-region: eu-north-1\r\n"));
  server_.Then(Part("abc", "0-2/3", "e"));
  EXPECT_EQ(Text(), "abc");
  EXPECT_THAT(server_.requests().at(0), HasSubstr("/us-east-1/s3/aws4_request"));
  EXPECT_THAT(server_.requests().at(1), HasSubstr("/eu-north-1/s3/aws4_request"));
}

TEST_F(S3StoreTest, AClockThatIsOffIsSetByTheServers) {
  server_.Then(Say(403, Fault("RequestTimeTooSkewed"), "Date: Fri, 02 Jan 2099 03:04:05 GMT\r\n"));
  server_.Then(Part("abc", "0-2/3", "e"));
  EXPECT_EQ(Text(), "abc");
  EXPECT_THAT(server_.requests().at(1), HasSubstr("x-amz-date: 20990102T0304"));
}

TEST_F(S3StoreTest, PassingFaultsAreTriedAgainAndNotForEver) {
  for (int i = 0; i < 2; ++i) server_.Then(Say(400, Fault("RequestTimeout")));
  server_.Then(Part("abc", "0-2/3", "e"));
  EXPECT_EQ(Text(), "abc");
  EXPECT_EQ(waits_.size(), 2);
  for (int i = 0; i < 6; ++i) server_.Then(Say(400, Fault("RequestTimeout")));
  EXPECT_THAT(Get().status().message(), HasSubstr("400 RequestTimeout"));
  EXPECT_EQ(server_.requests().size(), 8);
}

TEST_F(S3StoreTest, AnErrorInsideOf200IsOne) {
  server_.Then(Head(3, "e"));
  server_.Then(Say(200, Fault("InternalError")));
  server_.Then(Say(200, "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>"));
  server_.Then(Head(3, "e"));
  const auto copy = Open()->Copy("a", "b", cancel_);
  EXPECT_EQ(waits_.size(), 1);
  EXPECT_TRUE(copy.ok()) << copy.status().ToString();
  server_.Then(Head(3, "e"));
  server_.Then(Say(200, Fault("AccessDenied")));
  EXPECT_THAT(Open()->Copy("a", "b", cancel_).status().message(), HasSubstr("AccessDenied"));
}

TEST_F(S3StoreTest, MoreThan5GiBAreCopiedInParts) {
  constexpr int64_t kLarge = (int64_t{5} << 30) + 1;
  server_.Then(Head(kLarge, "e"));
  server_.Then(Say(200,
                   "<InitiateMultipartUploadResult><UploadId>7</UploadId>"
                   "</InitiateMultipartUploadResult>"));
  for (int part = 0; part < 6; ++part) {
    server_.Then(Say(200, "<CopyPartResult><ETag>\"p\"</ETag></CopyPartResult>"));
  }
  server_.Then(Say(200, "<CompleteMultipartUploadResult/>"));
  server_.Then(Head(kLarge, "e-6"));
  const auto copy = Open()->Copy("a", "b", cancel_);
  ASSERT_TRUE(copy.ok()) << copy.status().ToString();
  EXPECT_EQ(copy->size, kLarge);
  std::string all;
  for (const std::string& request : server_.requests()) all += request;
  EXPECT_THAT(all, HasSubstr("x-amz-copy-source-range: bytes=0-1073741823"));
  EXPECT_THAT(all, HasSubstr("x-amz-copy-source-range: bytes=5368709120-5368709120"));
  EXPECT_THAT(all, HasSubstr("x-amz-copy-source-if-match: \"e\""));
}

TEST_F(S3StoreTest, ARefusalTellsWhoseKeysAndHidesThem) {
  server_.Then(Say(403, Fault("AccessDenied")));
  const std::string text = ErrorText(Get().status());
  EXPECT_THAT(text, HasSubstr("403 AccessDenied: m"));
  EXPECT_THAT(text, HasSubstr("keys of the options"));
  EXPECT_THAT(text, Not(HasSubstr("very-secret-key")));
}

TEST_F(S3StoreTest, AListThatMakesNoSenseIsAnErrorOfData) {
  const std::string head = "<ListBucketResult>";
  const std::string tail = "</ListBucketResult>";
  for (const std::string& body :
       {std::string("no xml"), std::string("<Other/>"),
        head + "<IsTruncated>true</IsTruncated>" + tail,
        head + "<Contents><Key>k</Key><Size>many</Size></Contents>" + tail,
        head + "<Contents><Key>k</Key><Size>-1</Size></Contents>" + tail, head}) {
    server_.Then(Say(200, body));
    EXPECT_EQ(KindOf(Open()->List({}, cancel_).status()), ErrorKind::kData) << body;
  }
}

TEST_F(S3StoreTest, OneKeyThatCannotBeDeletedIsAnError) {
  server_.Then(Say(200,
                   "<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code>"
                   "<Message>no</Message></Error></DeleteResult>"));
  const Status status = Open()->Delete({"a", "b"}, cancel_);
  EXPECT_EQ(KindOf(status), ErrorKind::kAuth);
  EXPECT_THAT(status.message(), HasSubstr("s3://bucket/b: AccessDenied"));
}

TEST_F(S3StoreTest, APaidRequestIsAskedForAndHeldToTheLimit) {
  options_.requester_pays = true;
  EXPECT_EQ(KindOf(OpenS3(options_).status()), ErrorKind::kUsage);
  options_.spend_limit_usd = 6e-6;
  server_.Then(Part("abc", "0-2/3", "e"));
  EXPECT_EQ(Text(), "abc");
  EXPECT_THAT(server_.requests().at(0), HasSubstr("x-amz-request-payer: requester"));
  EXPECT_THAT(Get().status().message(), HasSubstr("limit"));
  EXPECT_EQ(server_.requests().size(), 1);
}

TEST_F(S3StoreTest, NamesThatAreNoBucketsAreRefused) {
  for (const char* bucket : {"", "ab", "a..b", "a/b", "a b", "x?y=z"}) {
    options_.bucket = bucket;
    EXPECT_EQ(KindOf(OpenS3(options_).status()), ErrorKind::kUsage) << bucket;
  }
}

TEST_F(S3StoreTest, ASlowServerIsAskedFiveTimesAndNoMore) {
  for (int i = 0; i < 30; ++i) server_.Then(Say(503, Fault("SlowDown")));
  const Status status = Get().status();
  EXPECT_EQ(KindOf(status), ErrorKind::kNetwork) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr("SlowDown"));
  EXPECT_EQ(server_.requests().size(), 5);
}

TEST_F(S3StoreTest, WhatIsPutIsToldByTheAnswerToIt) {
  server_.Then(Say(200, "", "ETag: \"e\"\r\n"));
  const auto object = Open()->Put("k", net::Body::Of("text"), {.content_type = "text/x"}, cancel_);
  ASSERT_TRUE(object.ok()) << object.status().ToString();
  EXPECT_EQ(object->size, 4);
  EXPECT_EQ(object->etag, "e");
  EXPECT_EQ(object->content_type, "text/x");
  EXPECT_EQ(server_.requests().size(), 1);
}

TEST_F(S3StoreTest, AHostThatIsDownIsAskedAFifthMoreThanItHasTo) {
  constexpr size_t kObjects = 800;
  const auto store = Open();
  for (size_t i = 0; i < kObjects; ++i) {  // the server has no other answer than 500
    EXPECT_EQ(KindOf(store->Head("k", cancel_).status()), ErrorKind::kNetwork);
  }
  EXPECT_GE(server_.requests().size(), kObjects);
  EXPECT_LE(server_.requests().size(), kObjects * 6 / 5);
}

}  // namespace
}  // namespace tideway::store
