#include "core/net/client.h"

#include <gmock/gmock.h>

#include <future>

#include "core/base/secret.h"
#include "core/net/stuck_resolver_internal.h"
#include "core/net/testing_internal.h"

namespace tideway::net {
namespace {

using std::chrono::seconds;
using testing::Answer;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawServer;
using testing::Say;
using ::testing::StartsWith;
using testing::StuckResolver;

class ClientTest : public ::testing::Test {
 protected:
  // As Send(), while the clock is wound as often as it takes.
  Result<Response> SendWinding(const Request& request) {
    auto promise = std::make_shared<std::promise<Result<Response>>>();
    client_.Start(request, [promise](Result<Response> result) { promise->set_value(result); });
    auto answer = promise->get_future();
    while (answer.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
      clock_.Advance(seconds(1));
      client_.Wake();
    }
    return answer.get();
  }
  Result<Response> Send(const Request& request) { return client_.Send(request, cancel_); }
  Request Get(const std::string& path = "/") const { return {.url = server_.url(path)}; }
  // Tries again at once.
  Request Retrying(Request request) const {
    request.retry.base_s = request.retry.busy_s = 0;
    return request;
  }

  FakeClock clock_{std::chrono::hours(24)};
  RawServer server_;
  RawServer other_;
  CancelToken cancel_;
  Client client_{{.user_agent = "tideway/test", .random = [] { return 0.5; }}, clock_};
};

TEST_F(ClientTest, AnAnswerHasStatusHeadersAndBody) {
  server_.Then(Say(201, "made", "X-Thing: one\r\nx-thing: two\r\n"));
  const Response answer = Send(Get("/a?b=c")).ValueOrDie();
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "made");
  EXPECT_EQ(answer.headers.Find("X-THING"), "one");
  EXPECT_EQ(answer.headers.Find("X-Other"), std::nullopt);
  EXPECT_THAT(server_.requests()[0], StartsWith("GET /a?b=c HTTP/1.1\r\n"));
  EXPECT_THAT(server_.requests()[0], HasSubstr("\r\nUser-Agent: tideway/test\r\n"));
}

TEST_F(ClientTest, OneConnectionServesManyRequests) {
  for (int i = 0; i < 5; ++i) {
    server_.Then(Say(200, "x"));
    ASSERT_TRUE(Send(Get()).ok());
  }
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(ClientTest, ABodyIsSentWithItsLength) {
  server_.Then(Say(200));
  server_.Then(Say(200));
  Request request = Get();
  request.method = "PUT";
  request.body = Body::Of(std::string(1 << 20, 'b'));
  ASSERT_TRUE(Send(request).ok());
  request.method = "POST";
  request.body.reset();
  ASSERT_TRUE(Send(request).ok());
  EXPECT_THAT(server_.requests()[0], HasSubstr("\r\nContent-Length: 1048576\r\n"));
  EXPECT_THAT(server_.requests()[0], EndsWith(std::string(1 << 20, 'b')));
  EXPECT_THAT(server_.requests()[0], Not(HasSubstr("Expect:")));
  EXPECT_THAT(server_.requests()[0], Not(HasSubstr("Transfer-Encoding")));
  EXPECT_THAT(server_.requests()[1], HasSubstr("\r\nContent-Length: 0\r\n"));
}

TEST_F(ClientTest, ABodyShorterThanItsLengthIsAnError) {
  Request request = Get();
  request.method = "PUT";
  request.body = Body::Of("four");
  request.body->size = 5;
  const Status status = Send(request).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_EQ(status.message(), "net: 5 bytes were to be sent, but there are 4");
}

TEST_F(ClientTest, StatusesOfTheRuleAreTriedAgainAndOthersAreAnswers) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    server_.Then(Say(status));
    server_.Then(Say(200));
    const Response answer = Send(Retrying(Get())).ValueOrDie();
    EXPECT_EQ(answer.status, 200) << status;
    EXPECT_EQ(answer.tries, 2) << status;
  }
  for (const int status : {400, 401, 403, 404, 409, 412, 416, 501}) {
    server_.Then(Say(status, "no"));
    EXPECT_EQ(Send(Retrying(Get())).ValueOrDie().status, status);
  }
}

TEST_F(ClientTest, AfterTheLastTryItsAnswerIsGiven) {
  for (int i = 0; i < 3; ++i) server_.Then(Say(503, "busy"));
  Request request = Retrying(Get());
  request.retry.tries = 3;
  const Response answer = Send(request).ValueOrDie();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "busy");
  EXPECT_EQ(answer.tries, 3);
}

TEST_F(ClientTest, AResetAShortBodyAndAClosedConnectionAreTriedAgain) {
  const std::vector<Answer> faults{
      {"", Answer::Then::kReset},
      {"", Answer::Then::kClose},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour", Answer::Then::kClose},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n", Answer::Then::kReset}};
  for (const Answer& fault : faults) {
    server_.Then(fault);
    server_.Then(Say(200, "whole"));
    const auto answer = Send(Retrying(Get()));
    ASSERT_TRUE(answer.ok()) << answer.status().ToString() << " after " << fault.bytes;
    EXPECT_EQ(answer->body, "whole");
  }
}

TEST_F(ClientTest, WhatIsNoHttpIsRefused) {
  server_.Then({"nonsense\r\n\r\n", Answer::Then::kClose});
  const Status status = Send(Retrying(Get())).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_EQ(status.message(), "GET " + server_.url() + ": the answer is no HTTP");
}

TEST_F(ClientTest, WhatMayNotBeDoneTwiceIsTriedAgainOnlyWhenItWasNotDone) {
  Request request = Retrying(Get());
  request.method = "POST";
  request.body = Body::Of("x");
  server_.Then(Say(503));
  EXPECT_EQ(Send(request).ValueOrDie().status, 503);
  server_.Then({"", Answer::Then::kReset});
  EXPECT_EQ(KindOf(Send(request).status()), ErrorKind::kNetwork);
  server_.Then(Say(429));
  server_.Then(Say(200));
  EXPECT_EQ(Send(request).ValueOrDie().status, 200);
  request.idempotent = true;
  server_.Then(Say(503));
  server_.Then(Say(200));
  EXPECT_EQ(Send(request).ValueOrDie().status, 200);
  EXPECT_EQ(server_.requests().size(), 6U);
}

TEST_F(ClientTest, WaitsAsLongAsTheServerAsks) {
  const std::vector<std::pair<std::string, int>> cases{
      {"Retry-After: 7\r\n", 7},
      {"Retry-After: Fri, 02 Jan 1970 00:00:30 GMT\r\n", 30},
      {"RateLimit: \"api\";r=0;t=2\r\nRetry-After: 1\r\n", 3}};
  for (const auto& [fields, wait_s] : cases) {
    server_.Then(Say(429, "", fields));
    server_.Then(Say(200));
    const auto before = clock_.Now();
    ASSERT_EQ(SendWinding(Get()).ValueOrDie().status, 200);
    EXPECT_GE(clock_.Now() - before, seconds(wait_s)) << fields;
    clock_.Advance(-std::chrono::nanoseconds(clock_.Now() - std::chrono::hours(24)));
  }
}

TEST_F(ClientTest, WaitsAMinuteWhereTheServerIsBusyAndNamesNoTime) {
  server_.Then(Say(429));
  server_.Then(Say(200));
  const auto before = clock_.Now();
  ASSERT_EQ(SendWinding(Get()).ValueOrDie().status, 200);
  EXPECT_GE(clock_.Now() - before, seconds(60));
  server_.Then(Say(429, "", "Retry-After: 0\r\n"));
  server_.Then(Say(200));
  EXPECT_EQ(Send(Retrying(Get())).ValueOrDie().status, 200);
}

TEST_F(ClientTest, DoesNotWaitBeyondTheDeadline) {
  server_.Then(Say(429, "slow down", "Retry-After: 3600\r\n"));
  const Response answer = Send(Get()).ValueOrDie();
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.tries, 1);
}

TEST_F(ClientTest, TheDeadlineGoesOnOverRedirects) {
  Request request = Retrying(Get());
  request.retry.deadline_s = 1000;
  server_.Then(Say(429, "", "Retry-After: 600\r\n"));
  server_.Then(Say(302, "", "Location: /b\r\n"));
  server_.Then(Say(429, "again", "Retry-After: 600\r\n"));
  EXPECT_EQ(SendWinding(request).ValueOrDie().body, "again");
  EXPECT_EQ(server_.requests().size(), 3U);
}

// Statement of huggingface/braindecode#947: what was refused is a kind of action, not a request.
TEST_F(ClientTest, AQuotaOfActionsIsAnAnswerAtOnceThoughRequestsAreLeft) {
  const std::string words =
      "You have exceeded the rate limit for repository commits (128 per hour)";
  server_.Then(Say(429, words, "RateLimit: \"api\";r=949;t=123\r\n"));
  const Response answer = Send(Get()).ValueOrDie();
  EXPECT_EQ(answer.tries, 1);
  EXPECT_THAT(Status(ErrorOf(Get(), answer)).message(), HasSubstr(words));
  server_.Then(Say(429, words, "RateLimit: \"api\";r=949;t=123\r\nRetry-After: 2\r\n"));
  server_.Then(Say(200));
  EXPECT_EQ(SendWinding(Get()).ValueOrDie().status, 200);
}

TEST_F(ClientTest, ANameThatIsNotFoundOutInTimeIsGivenUp) {
  const StuckResolver stuck;
  Request request{.url = std::string("http://") + StuckResolver::kHost + "/"};
  request.retry.tries = 1;
  request.time = {.dns_s = 6, .connect_s = 1000, .first_byte_s = 1000, .stall_s = 1000};
  const Status status = SendWinding(request).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kTimeout);
  EXPECT_THAT(status.message(), HasSubstr("the host name is not found out within 6 s"));
}

// RawServer says nothing to a handshake, which it takes for the beginning of a request.
TEST_F(ClientTest, AConnectionThatIsNotMadeInTimeIsGivenUpAndSoIsTheWaitForIt) {
  Request request{.url = "https" + server_.url().substr(4)};
  request.retry.tries = 1;
  request.time = {.dns_s = 1000, .connect_s = 8, .first_byte_s = 1000, .stall_s = 1000};
  std::promise<Result<Response>> first;
  client_.Start(request, [&](Result<Response> result) { first.set_value(result); });
  request.time.dns_s = 1;
  const Status second = SendWinding(request).status();
  const Status status = first.get_future().get().status();
  EXPECT_EQ(KindOf(status), ErrorKind::kTimeout);
  EXPECT_THAT(status.message(), HasSubstr("no connection within 8 s"));
  EXPECT_THAT(second.message(), HasSubstr("no connection within"));
}

TEST_F(ClientTest, EachPartOfAnExchangeHasItsOwnLimit) {
  Request request = Get();
  request.retry.tries = 1;
  request.time = {.dns_s = 1000, .connect_s = 1000, .first_byte_s = 5, .stall_s = 1000};
  server_.Then({"", Answer::Then::kHang});
  EXPECT_THAT(SendWinding(request).status().message(), HasSubstr("no answer within 5 s"));
  request.time = {.dns_s = 1000, .connect_s = 1000, .first_byte_s = 1000, .stall_s = 7};
  server_.Then({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour", Answer::Then::kHang});
  const Status status = SendWinding(request).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kTimeout);
  EXPECT_THAT(status.message(), HasSubstr("nothing moves within 7 s"));
}

TEST_F(ClientTest, AnAnswerLargerThanItsLimitIsRefused) {
  Request request = Get();
  request.size.body = 1000;
  server_.Then(Say(200, std::string(1001, 'x')));
  Status status = Send(request).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_EQ(status.message(), "net: the server sends more than 1000 bytes");
  server_.Then({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                std::string(1001, 'x') + "\r\n0\r\n\r\n"});
  EXPECT_EQ(Send(request).status().message(), "net: the server sends more than 1000 bytes");
  request.size.headers = 500;
  server_.Then(Say(200, "", "X-Long: " + std::string(600, 'y') + "\r\n"));
  EXPECT_THAT(Send(request).status().message(), HasSubstr("more than 500 bytes of headers"));
}

TEST_F(ClientTest, TheLimitOfABodyIsThatOfWhatIsUnpacked) {
  // 100,000 zero bytes, by gzip -9.
  const unsigned char packed[] = {
      0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31, 0x01, 0x00,
      0x00, 0x00, 0xc2, 0xa0, 0xf5, 0x4f, 0x6d, 0x0d, 0x0f, 0xa0, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x80, 0x57, 0x03, 0x7d, 0x95, 0x11, 0xd4, 0xa0, 0x86, 0x01, 0x00};
  Request request = Get();
  request.size.body = 50'000;
  server_.Then(Say(200, std::string(reinterpret_cast<const char*>(packed), sizeof packed),
                   "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(Send(request).status().message(), "net: the server sends more than 50000 bytes");
}

class Collecting : public BodySink {
 public:
  Status Begin(const Response& head) override {
    heads.push_back(head.status);
    text.clear();
    return Status::OK();
  }
  Status Take(std::string_view bytes) override {
    if (fails) return Error(ErrorKind::kDiskFull, "test: full");
    text += bytes;
    return Status::OK();
  }
  std::vector<int> heads;
  std::string text;
  bool fails = false;
};

TEST_F(ClientTest, ASinkTakesTheBodyOfASuccessAndBeginsAgainWithEachTry) {
  server_.Then({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour", Answer::Then::kClose});
  server_.Then(Say(503, "busy"));
  server_.Then(Say(200, "whole"));
  const auto sink = std::make_shared<Collecting>();
  Request request = Retrying(Get());
  request.sink = sink;
  EXPECT_EQ(Send(request).ValueOrDie().body, "");
  EXPECT_EQ(sink->text, "whole");
  EXPECT_EQ(sink->heads, (std::vector<int>{200, 200}));
  server_.Then(Say(404, "none"));
  EXPECT_EQ(Send(request).ValueOrDie().body, "none");
  EXPECT_EQ(sink->heads.size(), 2U);
}

TEST_F(ClientTest, AnErrorOfTheSinkEndsTheRequest) {
  const auto sink = std::make_shared<Collecting>();
  sink->fails = true;
  Request request = Get();
  request.sink = sink;
  server_.Then(Say(200, "whole"));
  EXPECT_EQ(Send(request).status().message(), "test: full");
}

TEST_F(ClientTest, ARedirectToAnotherOriginGetsNoFieldThatTellsWhoAsks) {
  server_.Then(Say(302, "", "Location: " + other_.url("/there?X-Amz-Signature=1") + "\r\n"));
  other_.Then(Say(200, "bytes"));
  Request request = Get();
  request.headers = {{"X-Api-Key", "key"},
                     {"Cookie", "c=1"},
                     {"Range", "bytes=5-"},
                     {"X-Amz-Security-Token", "t"},
                     {"Accept", "text/plain"}};
  request.credentials = {{"Authorization", "Bearer hf_secret"}};
  const Response answer = Send(request).ValueOrDie();
  EXPECT_EQ(answer.body, "bytes");
  EXPECT_EQ(answer.url, other_.url("/there?X-Amz-Signature=1"));
  EXPECT_THAT(server_.requests()[0], HasSubstr("Authorization: Bearer hf_secret"));
  for (const char* name : {"Authorization", "X-Api-Key", "Cookie", "X-Amz-Security-Token"}) {
    EXPECT_THAT(other_.requests()[0], Not(HasSubstr(name)));
  }
  EXPECT_THAT(other_.requests()[0], HasSubstr("Range: bytes=5-\r\n"));
  EXPECT_THAT(other_.requests()[0], HasSubstr("Accept: text/plain\r\n"));
}

TEST_F(ClientTest, CredentialsReachTrustedOriginsAndComeBackHome) {
  server_.Then(Say(307, "", "Location: " + other_.url("/a") + "\r\n"));
  other_.Then(Say(307, "", "Location: " + server_.url("/b") + "\r\n"));
  server_.Then(Say(200));
  Request request = Get();
  request.credentials = {{"Authorization", "Bearer hf_secret"}};
  ASSERT_TRUE(Send(request).ok());
  EXPECT_THAT(other_.requests()[0], Not(HasSubstr("Authorization")));
  EXPECT_THAT(server_.requests()[1], HasSubstr("Authorization"));
  server_.Then(Say(307, "", "Location: " + other_.url("/a") + "\r\n"));
  other_.Then(Say(200));
  request.trusted = {OriginOf(other_.url()).ValueOrDie()};
  ASSERT_TRUE(Send(request).ok());
  EXPECT_THAT(other_.requests()[1], HasSubstr("Authorization"));
}

TEST_F(ClientTest, ARedirectKeepsMethodAndBodyWhereTheStatusSaysSo) {
  for (const auto& [status, method] : std::vector<std::pair<int, std::string>>{
           {301, "GET"}, {302, "GET"}, {303, "GET"}, {307, "POST"}, {308, "POST"}}) {
    server_.Then(Say(status, "", "Location: ../b/?q=1\r\n"));
    server_.Then(Say(200));
    Request request = Get("/x/y/a");
    request.method = "POST";
    request.body = Body::Of("text");
    ASSERT_TRUE(Send(request).ok());
    const std::string last = server_.requests().back();
    EXPECT_THAT(last, StartsWith(method + " /x/b/?q=1 HTTP/1.1\r\n"));
    EXPECT_THAT(last, method == "POST" ? EndsWith("\r\n\r\ntext") : EndsWith("\r\n\r\n"));
  }
}

TEST_F(ClientTest, EndlessRedirectsAreAnError) {
  for (int i = 0; i < 4; ++i) server_.Then(Say(302, "", "Location: /again\r\n"));
  Request request = Get();
  request.max_redirects = 3;
  EXPECT_THAT(Send(request).status().message(), HasSubstr("more than 3 redirects"));
}

TEST_F(ClientTest, ARedirectIsAnAnswerToWhoeverWantsIt) {
  server_.Then(Say(302, "", "Location: /moved\r\n"));
  server_.Then(Say(302, "", "Location: " + other_.url("/file") + "\r\nX-Size: 7\r\n"));
  Request request = Get();
  request.stay = true;
  const Response answer = Send(request).ValueOrDie();
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.headers.Find("X-Size"), "7");
  EXPECT_TRUE(other_.requests().empty());
}

TEST_F(ClientTest, HeadHasNoBodyAndARedirectStaysHead) {
  server_.Then({"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"});
  server_.Then({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"});
  Request request = Get("/a");
  request.method = "HEAD";
  const Response answer = Send(request).ValueOrDie();
  EXPECT_EQ(answer.headers.Find("Content-Length"), "100");
  EXPECT_THAT(server_.requests()[1], StartsWith("HEAD /b"));
}

TEST_F(ClientTest, APartOfAFileIsAskedForUncompressed) {
  server_.Then(Say(200));
  server_.Then(Say(200));
  ASSERT_TRUE(Send(Get()).ok());
  EXPECT_THAT(server_.requests()[0], HasSubstr("gzip"));
  Request request = Get();
  request.compressed = false;
  ASSERT_TRUE(Send(request).ok());
  EXPECT_THAT(server_.requests()[1], HasSubstr("Accept-Encoding: identity\r\n"));
}

TEST_F(ClientTest, ARequestThatIsCancelledEndsWithInterrupted) {
  server_.Then({"", Answer::Then::kHang});
  std::promise<Result<Response>> promise;
  const uint64_t number =
      client_.Start(Get(), [&](Result<Response> result) { promise.set_value(result); });
  server_.WaitForRequests(1);
  client_.Cancel(number);
  EXPECT_EQ(KindOf(promise.get_future().get().status()), ErrorKind::kInterrupted);
  client_.Cancel(number);
}

TEST_F(ClientTest, WhatIsOnItsWayWhenTheClientEndsIsInterrupted) {
  server_.Then({"", Answer::Then::kHang});
  std::promise<Result<Response>> promise;
  {
    Client client({}, clock_);
    client.Start(Get(), [&](Result<Response> result) { promise.set_value(result); });
    server_.WaitForRequests(1);
  }
  EXPECT_EQ(KindOf(promise.get_future().get().status()), ErrorKind::kInterrupted);
}

TEST_F(ClientTest, AnOriginThatOnlyFailsGetsNoMoreTries) {
  Request request = Retrying(Get());
  request.retry.tries = 1000;
  EXPECT_EQ(Send(request).ValueOrDie().tries, 101);
  EXPECT_EQ(Send(request).ValueOrDie().tries, 1);
  request.url = other_.url();
  request.retry.tries = 2;
  EXPECT_EQ(Send(request).ValueOrDie().tries, 2);
}

// Lets each come at a given time, and notes what it learns.
class Turns : public Gate {
 public:
  std::chrono::nanoseconds TakeTurn() override { return waits.at(taken++); }
  void Learn(const Quota& quota) override { learnt.push_back(quota); }
  std::vector<std::chrono::nanoseconds> waits;
  size_t taken = 0;
  std::vector<Quota> learnt;
};

TEST_F(ClientTest, EachTryWaitsForItsTurnAtEveryGateAndTheyLearn) {
  const auto near = std::make_shared<Turns>();
  const auto far = std::make_shared<Turns>();
  near->waits = {seconds(3), seconds(0)};
  far->waits = {seconds(7), seconds(20)};
  server_.Then(Say(503));
  server_.Then(Say(200, "", "RateLimit: \"api\";r=4;t=9\r\n"));
  Request request = Retrying(Get());
  request.gates = {near, far};
  const auto before = clock_.Monotonic();
  ASSERT_EQ(SendWinding(request).ValueOrDie().status, 200);
  EXPECT_GE(clock_.Monotonic() - before, seconds(27));
  EXPECT_EQ(near->taken, 2U);
  ASSERT_EQ(near->learnt.size(), 1U);
  EXPECT_EQ(near->learnt[0].policy, "api");
  EXPECT_EQ(far->learnt[0].remaining, 4);
}

TEST_F(ClientTest, AGateLearnsFromAServerThatOnlyAsksToComeLater) {
  const auto gate = std::make_shared<Turns>();
  gate->waits = {seconds(0), seconds(0)};
  server_.Then(Say(429, "", "Retry-After: 7\r\n"));
  server_.Then(Say(200, "", "Retry-After: 9\r\n"));
  Request request = Get();
  request.gates = {gate};
  ASSERT_EQ(SendWinding(request).ValueOrDie().status, 200);
  ASSERT_EQ(gate->learnt.size(), 1U);
  EXPECT_EQ(gate->learnt[0].remaining, 0);
  EXPECT_EQ(gate->learnt[0].reset_s, 7);
}

TEST_F(ClientTest, ManyRequestsAtOnceAllEnd) {
  constexpr int kRequests = 300;
  for (int i = 0; i < kRequests; ++i) server_.Then(Say(200, "x"));
  std::vector<std::future<Result<Response>>> answers;
  for (int i = 0; i < kRequests; ++i) {
    auto promise = std::make_shared<std::promise<Result<Response>>>();
    answers.push_back(promise->get_future());
    client_.Start(Get(), [promise](Result<Response> result) { promise->set_value(result); });
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get().ValueOrDie().status, 200);
  EXPECT_LE(server_.connections(), 64);
}

TEST_F(ClientTest, WhatIsNoHttpUrlIsRefused) {
  for (const char* url : {"", "ftp://host/a", "file:///etc/passwd", "http://", "http://a b/"}) {
    EXPECT_EQ(KindOf(Send({.url = url}).status()), ErrorKind::kUsage) << url;
  }
  server_.Then(Say(302, "", "Location: file:///etc/passwd\r\n"));
  EXPECT_FALSE(Send(Get()).ok());
}

TEST_F(ClientTest, AFieldThatWouldEndItsLineIsRefused) {
  const std::vector<Headers> cases{
      {{"A", "b\r\nC: d"}},       {{"A", "b\n"}}, {{"A: b", "c"}}, {{"", "b"}},
      {{"A", std::string(1, 0)}}, {{"A\n", "b"}}};
  for (const Headers& headers : cases) {
    Request request = Get();
    request.headers = headers;
    EXPECT_EQ(KindOf(Send(request).status()), ErrorKind::kUsage);
    request.headers = {};
    request.credentials = headers;
    EXPECT_EQ(KindOf(Send(request).status()), ErrorKind::kUsage);
  }
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(ClientTest, AConnectionThatIsRefusedNamesTheAddress) {
  Request request{.url = "http://127.0.0.1:1/x?sig=abcdef"};
  request.retry.tries = 1;
  const Status status = Send(request).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kNetwork);
  EXPECT_THAT(status.message(), HasSubstr("GET http://127.0.0.1:1/x?sig=[secret]: "));
}

}  // namespace
}  // namespace tideway::net
