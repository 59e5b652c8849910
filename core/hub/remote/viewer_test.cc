#include "core/hub/remote/viewer.h"

#include "core/hub/remote/remote_testing_internal.h"

namespace tideway::hub::testing {
namespace {

using net::testing::Say;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kHead = "c012345678901234567890123456789012345678";
constexpr const char* kEarlier = "e012345678901234567890123456789012345678";
const ViewerQuestion kSize{.what = "size"};

class ViewerTest : public RemoteTest {
 protected:
  Api ApiOf(const std::string& viewer) {
    return Api({.endpoint = server_.url(""),
                .token = "hf_test",
                .token_source = "HF_TOKEN",
                .viewer = viewer},
               client_);
  }
  Result<ViewerAnswer> Ask(const ViewerQuestion& question) {
    Api api = ApiOf(viewer_.url("/v"));
    return Viewer(api, repo_, patience_).Ask(question, cancel_);
  }
  void AnswerHead() { server_.Then(Say(200, fmt::format(R"({{"sha":"{}"}})", kHead))); }

  RawServer viewer_;
};

TEST_F(ViewerTest, TheQuestionNamesDatasetConfigurationAndSplit) {
  viewer_.Then(Say(200, R"({"statistics":[]})"));
  const ViewerAnswer answer =
      Must(Ask({.what = "statistics", .config = "en US", .split = "train"}));
  EXPECT_EQ(answer.json, R"({"statistics":[]})");
  EXPECT_EQ(answer.revision, "");
  const std::string asked = viewer_.requests().at(0);
  EXPECT_THAT(asked, HasSubstr("GET /v/statistics?dataset=ns%2Fname&config=en%20US&split=train "));
  EXPECT_THAT(asked, HasSubstr("Authorization: Bearer hf_test"));
}

TEST_F(ViewerTest, AnAnswerOfAnEarlierCommitIsStale) {
  for (const char* revision : {kHead, kEarlier}) {
    viewer_.Then(Say(200, "{}", fmt::format("X-Revision: {}\r\n", revision)));
    AnswerHead();
    const ViewerAnswer answer = Must(Ask(kSize));
    EXPECT_EQ(answer.revision, revision);
    EXPECT_EQ(answer.stale, revision == kEarlier);
  }
}

TEST_F(ViewerTest, WhatIsNotReadyIsAskedForAgainWithPatience) {
  for (int i = 0; i < 9; ++i) {
    viewer_.Then(Say(500, R"({"error":"busy"})", "X-Error-Code: ResponseNotReady\r\n"));
  }
  viewer_.Then(Say(200, "{}"));
  ASSERT_STATUS(Ask(kSize).status());
  EXPECT_THAT(waits_, SizeIs(9));
  for (int i = 0; i < 14; ++i) {
    viewer_.Then(Say(500, R"({"error":"busy"})", "X-Error-Code: ResponseNotReady\r\n"));
  }
  EXPECT_FAILS(Ask(kSize), ErrorKind::kTimeout, "the viewer has no size of ns/name yet");
}

TEST_F(ViewerTest, WhatTheViewerRefusesIsToldWithTheRemedy) {
  const auto hint = [&](const Status& status) { return GetErrorDetail(status)->hint; };
  viewer_.Then(Say(401, "{}", "X-Error-Code: ExternalUnauthenticatedError\r\n"));
  const Status unseen = Ask(kSize).status();
  EXPECT_FAILS(unseen, ErrorKind::kNotFound, "the viewer sees no dataset ns/name");
  EXPECT_THAT(hint(unseen), HasSubstr("PRO users"));
  viewer_.Then(Say(404, R"({"error":"no such split"})", "X-Error-Code: ResponseNotFound\r\n"));
  const Status missing = Ask(kSize).status();
  EXPECT_FAILS(missing, ErrorKind::kNotFound, "no such split");
  EXPECT_THAT(hint(missing), HasSubstr("repo:viewer(\"splits\")"));
  viewer_.Then(Say(501, R"({"error":"the job crashed"})"));
  EXPECT_FAILS(Ask(kSize), ErrorKind::kNetwork, "the job crashed");
  viewer_.Then(Say(200, "<html>"));
  EXPECT_FAILS(Ask(kSize), ErrorKind::kData, "no JSON");
}

TEST_F(ViewerTest, WhereTheEndpointHasNoViewerNobodyIsAsked) {
  Api api = ApiOf("");
  const Status status = Viewer(api, repo_, patience_).Ask(kSize, cancel_).status();
  EXPECT_FAILS(status, ErrorKind::kUsage, "the dataset viewer is not asked");
  EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr("HF_DATASETS_SERVER"));
  EXPECT_THAT(Calls(), SizeIs(0));
}

TEST_F(ViewerTest, WhatIsNoQuestionIsRefusedBeforeAnyCall) {
  EXPECT_FAILS(Ask({.what = "rows"}), ErrorKind::kUsage, "not asked for `rows`");
  EXPECT_FAILS(Ask({.what = "statistics", .config = "en"}), ErrorKind::kUsage, "name both");
  EXPECT_FAILS(Ask({.what = "size", .split = "train"}), ErrorKind::kUsage, "name both");
  EXPECT_THAT(viewer_.requests(), SizeIs(0));
}

}  // namespace
}  // namespace tideway::hub::testing
