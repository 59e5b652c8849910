#include "core/net/message.h"

#include <gmock/gmock.h>

#include "core/base/secret.h"
#include "core/net/curl_line.h"
#include "core/net/rate_headers.h"

namespace tideway::net {
namespace {

using ::testing::HasSubstr;

TEST(UrlTest, AnOriginIsSchemeHostAndPort) {
  EXPECT_EQ(OriginOf("HTTPS://Hub.Example/a?b").ValueOrDie(),
            (Origin{"https", "hub.example", 443}));
  EXPECT_EQ(OriginOf("http://h:8080").ValueOrDie().ToString(), "http://h:8080");
  EXPECT_EQ(OriginOf("https://h:443/").ValueOrDie().ToString(), "https://h");
  EXPECT_NE(OriginOf("http://h").ValueOrDie(), OriginOf("https://h").ValueOrDie());
  for (const char* url : {"", "h", "/a", "ftp://h", "javascript:1"}) {
    EXPECT_EQ(KindOf(OriginOf(url).status()), ErrorKind::kUsage) << url;
  }
}

TEST(UrlTest, ALocationIsReadFromWhereItWasGiven) {
  const std::string base = "https://h/a/b?c=1";
  EXPECT_EQ(ResolveUrl(base, "/x").ValueOrDie(), "https://h/x");
  EXPECT_EQ(ResolveUrl(base, "x?y").ValueOrDie(), "https://h/a/x?y");
  EXPECT_EQ(ResolveUrl(base, "//o/x").ValueOrDie(), "https://o/x");
  EXPECT_EQ(ResolveUrl(base, "http://o:1/x").ValueOrDie(), "http://o:1/x");
  EXPECT_EQ(ResolveUrl(base, "/a b").ValueOrDie(), "https://h/a%20b");
  EXPECT_EQ(KindOf(ResolveUrl(base, "").status()), ErrorKind::kData);
}

TEST(UrlTest, SegmentsAndPathsAreEncoded) {
  EXPECT_EQ(EncodeSegment("refs/pr/1"), "refs%2Fpr%2F1");
  EXPECT_EQ(EncodeSegment("a b+ü~"), "a%20b%2B%C3%BC~");
  EXPECT_EQ(EncodePath("data/a b/ü.parquet"), "data/a%20b/%C3%BC.parquet");
  EXPECT_EQ(EncodePath("/a//b/"), "/a//b/");
}

TEST(UrlTest, LogsShowNoKeyOfAUrl) {
  EXPECT_EQ(RedactUrl("https://u:p@h/a?X-Amz-Signature=1&x=2&token=3#f"),
            "https://[secret]@h/a?X-Amz-Signature=[secret]&x=2&token=[secret]");
  RegisterSecret("hunter2-in-path");
  EXPECT_EQ(RedactUrl("https://h/?max-keys=9&key-marker=a&api-keys=b"),
            "https://h/?max-keys=9&key-marker=a&api-keys=[secret]");
  EXPECT_EQ(RedactUrl("https://h/hunter2-in-path/x"), "https://h/[secret]/x");
}

TEST(MessageTest, AnErrorTellsWhatTheServerSaysAndItsNumber) {
  const Request request{.url = "https://h/a"};
  const auto error = [&](int status, const std::string& body, Headers headers = {}) {
    return Status(ErrorOf(request, {.status = status, .headers = headers, .body = body}));
  };
  EXPECT_EQ(error(400, R"({"error":"bad name"})").message(),
            "GET https://h/a: the server answers 400: bad name");
  EXPECT_THAT(error(400, R"({"error":["a","b"]})").message(), HasSubstr("400: a; b"));
  EXPECT_THAT(error(400, R"({"errors":[{"message":"m"}]})").message(), HasSubstr("400: m"));
  EXPECT_THAT(error(400, "plain\ntext\n").message(), HasSubstr("400: plain text"));
  EXPECT_EQ(error(502, "<html><body>Bad").message(), "GET https://h/a: the server answers 502");
  EXPECT_THAT(error(404, "", {{"X-Request-Id", "r-1"}, {"X-Error-Message", "gone"}}).message(),
              HasSubstr("404: gone (request r-1)"));
  EXPECT_LT(error(400, std::string(9000, 'x')).message().size(), 700U);
  EXPECT_EQ(KindOf(error(401, "")), ErrorKind::kAuth);
  EXPECT_EQ(KindOf(error(404, "")), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(error(412, "")), ErrorKind::kConflict);
  EXPECT_TRUE(IsRetryable(error(503, "")));
  EXPECT_FALSE(IsRetryable(error(400, "")));
}

TEST(RateHeadersTest, QuotasAreReadByPolicy) {
  const auto quotas = QuotasOf({{"RateLimit", R"("api";r=489;t=189, "b";r=0)"},
                                {"RateLimit-Policy", R"("fixed window";"api";q=500;w=300)"}});
  ASSERT_EQ(quotas.size(), 2U);
  EXPECT_EQ(quotas[0].policy, "api");
  EXPECT_EQ(quotas[0].remaining, 489);
  EXPECT_EQ(quotas[0].reset_s, 189);
  EXPECT_EQ(quotas[0].limit, 500);
  EXPECT_EQ(quotas[0].window_s, 300);
  EXPECT_EQ(quotas[1].remaining, 0);
}

TEST(RateHeadersTest, WhatIsMalformedIsPassedOver) {
  for (const char* value :
       {"", "\"", "api", "\"api\"", "\"api\";r", "\"a;r=1", ";;,,", "r=1;t=2"}) {
    EXPECT_EQ(QuotasOf({{"RateLimit", value}}).size(), 0U) << value;
  }
  const auto quotas = QuotasOf({{"RateLimit", R"("api";r=x;t=-1;q=99999999999999999999)"}});
  ASSERT_EQ(quotas.size(), 1U);
  EXPECT_EQ(quotas[0].remaining, std::nullopt);
  EXPECT_EQ(quotas[0].reset_s, std::nullopt);
}

TEST(RateHeadersTest, RetryAfterHasTwoForms) {
  const std::chrono::microseconds now = std::chrono::seconds(784111770);
  EXPECT_EQ(RetryAfterOf({{"Retry-After", "120"}}, now), 120);
  EXPECT_EQ(RetryAfterOf({{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}, now), 7);
  EXPECT_EQ(RetryAfterOf({{"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT"}}, now), 0);
  EXPECT_EQ(RetryAfterOf({{"Retry-After", "soon"}}, now), std::nullopt);
  EXPECT_EQ(RetryAfterOf({}, now), std::nullopt);
}

TEST(RateHeadersTest, ASpentQuotaCountsBeforeRetryAfterAndAFullOneDoesNot) {
  const auto wait = [](Headers headers) {
    return AskedWait({.status = 429, .headers = std::move(headers)}, {});
  };
  EXPECT_EQ(wait({{"RateLimit", "\"api\";r=0;t=2"}, {"Retry-After", "60"}}), 3);
  EXPECT_EQ(wait({{"RateLimit", "\"api\";r=949;t=200"}, {"Retry-After", "60"}}), 60);
  EXPECT_EQ(wait({{"RateLimit", "\"api\";r=949;t=200"}}), 0);
  EXPECT_EQ(AskedWait({.status = 429}, {}, 60), 60);
  EXPECT_EQ(AskedWait({.status = 429, .headers = {{"Retry-After", "0"}}}, {}, 60), 0);
  EXPECT_EQ(AskedWait({.status = 503}, {}, 60), 0);
}

TEST(RetryRuleTest, WaitsARandomPartOfADoublingTime) {
  const RetryRule rule{.tries = 9, .base_s = 1, .cap_s = 10, .deadline_s = 100};
  EXPECT_EQ(rule.WaitAfter(1, 0, 0, 0.5), 0.5);
  EXPECT_EQ(rule.WaitAfter(3, 0, 0, 0.5), 2);
  EXPECT_EQ(rule.WaitAfter(8, 0, 0, 0.5), 5);
  EXPECT_EQ(rule.WaitAfter(9, 0, 0, 0.5), std::nullopt);
  EXPECT_EQ(rule.WaitAfter(1, 0, 30, 0.5), 30.5);
  EXPECT_EQ(rule.WaitAfter(1, 80, 30, 0), std::nullopt);
}

TEST(RetryRuleTest, RefusesNumbersWithoutSense) {
  EXPECT_TRUE(RetryRule{}.Validate().ok());
  EXPECT_EQ(RetryRule{.tries = 0}.Validate().message(), "retry: tries must be at least 1: 0");
  EXPECT_FALSE(RetryRule{.base_s = -1}.Validate().ok());
  EXPECT_FALSE(RetryRule{.cap_s = NAN}.Validate().ok());
}

TEST(CurlLineTest, ShowsTheRequestWithoutItsSecrets) {
  const Request request{
      .method = "PUT", .credentials = {{"Authorization", "Bearer abc"}}, .body = Body::Of("12345")};
  EXPECT_EQ(CurlLine(request, "https://h/it's?sig=1",
                     {{"Accept", "*/*"}, {"authorization", "Bearer abc"}}),
            "curl -X PUT -H 'Accept: */*' -H 'authorization: [secret]' "
            "--data-binary @<5 bytes> 'https://h/it'\\''s?sig=[secret]'");
}

TEST(CurlLineTest, HidesFieldsWhoseNamesTellOfKeys) {
  const Headers sent{
      {"PRIVATE-TOKEN", "glpat-1"},   {"X-Key", "k2"},      {"Cookie", "c3"},
      {"X-Amz-Security-Token", "t4"}, {"Api-Secret", "s5"}, {"X-Goog-Signature", "g6"},
      {"Proxy-Authorization", "p7"},  {"X-Password", "w8"}};
  const std::string line = CurlLine({}, "https://h/", sent);
  for (const auto& [name, value] : sent.fields()) {
    EXPECT_THAT(line, HasSubstr(name + ": [secret]"));
    EXPECT_EQ(line.find(value), line.npos) << name;
  }
  EXPECT_THAT(CurlLine({}, "https://h/", {{"Accept-Encoding", "gzip"}, {"Range", "bytes=5-"}}),
              HasSubstr("-H 'Accept-Encoding: gzip' -H 'Range: bytes=5-'"));
}

TEST(ErrorOfTest, AServerThatRepeatsTheAddressShowsNoSecretOfIt) {
  const Request request{.url =
                            "https://user:pass%2Dword@host/a?token=s3cret%2Fvalue&page=secretly"};
  const Response response{.status = 404,
                          .body =
                              "no /a?token=s3cret%2Fvalue&page=secretly (s3cret/value) for "
                              "pass-word and pass%2Dword"};
  const std::string message = Status(ErrorOf(request, response)).message();
  EXPECT_THAT(message, HasSubstr("no /a?token=[secret]&page=secretly ([secret]) for [secret] and"));
  EXPECT_EQ(message.find("s3cret"), message.npos);
  EXPECT_EQ(message.find("word"), message.npos);
}

TEST(ErrorOfTest, ASecretOfSeveralLinesIsKnownInTheServersWords) {
  RegisterSecret("-----BEGIN\nplanted\nEND-----");
  const Response response{.status = 400, .body = "no key: -----BEGIN\nplanted\nEND-----"};
  EXPECT_THAT(Status(ErrorOf({.url = "https://host/"}, response)).message(),
              HasSubstr("no key: [secret]"));
}

TEST(ErrorOfTest, ShortParametersDoNotGarbleTheServersWords) {
  const Request request{.url = "https://host/a?code=no"};
  const Response response{.status = 404, .body = "no such page"};
  EXPECT_THAT(Status(ErrorOf(request, response)).message(), HasSubstr(": no such page"));
}

}  // namespace
}  // namespace tideway::net
