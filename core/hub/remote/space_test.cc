#include "core/hub/remote/space.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/hub/remote/remote_testing_internal.h"
#include "core/hub/remote/stage_watch.h"

namespace tideway::hub::testing {
namespace {

using net::testing::Say;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

using Json = nlohmann::json;

const char kRuntime[] = "GET /api/spaces/ns/app/runtime";
const char kPause[] = "POST /api/spaces/ns/app/pause";
const char kRestart[] = "POST /api/spaces/ns/app/restart";

class SpaceTest : public RemoteTest {
 protected:
  void SetUp() override {
    RemoteTest::SetUp();
    settings_ = {.endpoint = server_.url(""), .token = "hf_test", .token_source = "HF_TOKEN"};
    repo_ = Must(RepoId::Make(RepoType::kSpace, "ns/app"));
  }
  std::unique_ptr<Space> Open() {
    Patience patience{
        .base_s = 2, .cap_s = 15, .sleep = [this](double seconds) {
          waits_.push_back(seconds);
          clock_.Advance(std::chrono::nanoseconds(static_cast<int64_t>(seconds * 1e9)));
          return cancel_.Check();
        }};
    return std::make_unique<Space>(std::make_shared<Api>(settings_, client_), repo_, patience,
                                   clock_);
  }
  void AnswerStage(const std::string& stage, const std::string& error = "") {
    Json answer{{"stage", stage}, {"hardware", {{"current", nullptr}, {"requested", "cpu-basic"}}}};
    if (!error.empty()) answer["errorMessage"] = error;
    server_.Then(Say(200, answer.dump()));
  }
  void AnswerStages(const std::vector<std::string>& stages) {
    for (const std::string& stage : stages) AnswerStage(stage);
  }
  std::string Last() const { return server_.requests().back(); }

  Settings settings_;
  FakeClock clock_;
};

TEST_F(SpaceTest, TheRuntimeTellsStageAndHardwareWhateverElseIsMissing) {
  server_.Then(Say(
      200,
      R"({"stage":"SLEEPING","hardware":{"current":"t4-small","requested":"x"},"replicas":{}})"));
  const SpaceRuntime runtime = Must(Open()->Runtime(cancel_));
  EXPECT_EQ(runtime.stage, "SLEEPING");
  EXPECT_EQ(runtime.hardware, "t4-small");
  EXPECT_EQ(runtime.requested_hardware, "x");
  for (const char* odd : {R"({"stage":"NEW_STAGE"})", R"({"stage":"NEW_STAGE","hardware":null})",
                          R"({"stage":"NEW_STAGE","hardware":"cpu","errorMessage":7})"}) {
    server_.Then(Say(200, odd));
    EXPECT_EQ(Must(Open()->Runtime(cancel_)).stage, "NEW_STAGE");
  }
  for (const char* broken : {"", "no json", "[]", "{}", R"({"stage":null})", R"({"stage":1})"}) {
    server_.Then(Say(200, broken));
    EXPECT_FAILS(Open()->Runtime(cancel_), ErrorKind::kData, "tells no stage of space ns/app");
  }
}

TEST_F(SpaceTest, PauseAndRestartAreOneCallEachAndRepeatedWhenItsAnswerIsLost) {
  server_.Then({.bytes = "", .then = net::testing::Answer::Then::kReset});
  AnswerStages({"PAUSED", "PAUSED", "PAUSED"});
  EXPECT_EQ(Must(Open()->Pause(cancel_)).stage, "PAUSED");
  ASSERT_STATUS(Open()->Restart(false, cancel_).status());
  ASSERT_STATUS(Open()->Restart(true, cancel_).status());
  EXPECT_THAT(Calls(),
              ElementsAre(kPause, kPause, kRestart, std::string(kRestart) + "?factory=true"));
}

TEST_F(SpaceTest, WhatTheHubRefusesIsToldWithTheRemedy) {
  server_.Then(Say(404, R"({"error":"Repository not found"})"));
  EXPECT_FAILS(Open()->Pause(cancel_), ErrorKind::kNotFound, "no space ns/app");
  server_.Then(Say(403, R"({"error":"you are not the owner"})"));
  const Status owner = Open()->Pause(cancel_).status();
  EXPECT_FAILS(owner, ErrorKind::kAuth, "the token of HF_TOKEN may not pause it");
  EXPECT_THAT(owner.message(), HasSubstr("you are not the owner"));
  EXPECT_THAT(GetErrorDetail(owner)->hint, HasSubstr("take a token of ns that may write"));
  server_.Then(Say(400, R"({"error":"Static Spaces can't be paused"})"));
  EXPECT_FAILS(Open()->Pause(cancel_), ErrorKind::kUsage, "Static Spaces can't be paused");
  server_.Then(Say(402, R"({"error":"no credits"})"));
  EXPECT_FAILS(Open()->Restart(false, cancel_), ErrorKind::kAuth, "wants to be paid");
  server_.Then(Say(401, R"({"error":"Invalid credentials in Authorization header"})"));
  EXPECT_FAILS(Open()->Restart(false, cancel_), ErrorKind::kAuth, "HF_TOKEN is wrong");
  server_.Then(Say(403, R"({"error":"Access to this resource is disabled."})"));
  EXPECT_FAILS(Open()->Runtime(cancel_), ErrorKind::kAuth, "is disabled");
}

TEST_F(SpaceTest, WithoutATokenOnlyReadingIsTriedAndOfflineNothing) {
  settings_.token.clear();
  EXPECT_FAILS(Open()->Pause(cancel_), ErrorKind::kAuth, "there is no token to pause it");
  EXPECT_FAILS(Open()->SetSecret("KEY", "x", cancel_), ErrorKind::kAuth, "set its secret KEY");
  AnswerStage("RUNNING");
  ASSERT_STATUS(Open()->Runtime(cancel_).status());
  settings_.token = "hf_test";
  settings_.offline = true;
  EXPECT_FAILS(Open()->Pause(cancel_), ErrorKind::kNetwork, "offline");
  EXPECT_THAT(Calls(), ElementsAre(kRuntime));
}

TEST_F(SpaceTest, AWaitLooksAfterLongerAndLongerTimes) {
  AnswerStages({"BUILDING", "BUILDING", "APP_STARTING", "BUILDING", "BUILDING", "BUILDING",
                "BUILDING", "BUILDING", "RUNNING"});
  EXPECT_EQ(Must(Open()->Wait("RUNNING", 600, cancel_)).stage, "RUNNING");
  EXPECT_THAT(waits_, ElementsAre(2, 3, 4.5, 6.75, 10.125, 15, 15, 15));
}

TEST_F(SpaceTest, AWaitThatIsOverAtOnceDoesNotSleep) {
  AnswerStage("RUNNING");
  ASSERT_STATUS(Open()->Wait("RUNNING", 600, cancel_).status());
  EXPECT_THAT(waits_, SizeIs(0));
}

TEST_F(SpaceTest, AWaitEndsAtItsDeadlineWithALastLook) {
  AnswerStages({"BUILDING", "BUILDING", "BUILDING"});
  EXPECT_FAILS(Open()->Wait("RUNNING", 4, cancel_), ErrorKind::kTimeout,
               "space ns/app is BUILDING and not RUNNING after 4 s");
  EXPECT_THAT(waits_, ElementsAre(2, 2));
}

TEST_F(SpaceTest, AWaitGoesOnWhileTheHubIsOutOfOrderUntilItsOwnTimeIsOver) {
  constexpr int kTriesOfTheClient = 5;
  const auto answer_busy = [&] {
    for (int i = 0; i < kTriesOfTheClient; ++i) server_.Then(Say(503, "busy"));
  };
  AnswerStage("BUILDING");
  answer_busy();
  answer_busy();
  AnswerStage("RUNNING");
  EXPECT_EQ(Must(Open()->Wait("RUNNING", 600, cancel_)).stage, "RUNNING");
  answer_busy();
  answer_busy();
  EXPECT_FAILS(Open()->Wait("RUNNING", 1, cancel_), ErrorKind::kNetwork, "busy");
}

TEST_F(SpaceTest, AWaitEndsWhenItIsInterrupted) {
  AnswerStage("BUILDING");
  auto space = Open();
  server_.Then(Say(200, "{}"));
  cancel_.Cancel();
  EXPECT_FAILS(space->Wait("RUNNING", 600, cancel_), ErrorKind::kInterrupted, "");
}

TEST_F(SpaceTest, AStageWithoutAWayOutEndsTheWaitAndIsNamed) {
  for (const char* stage :
       {"NO_APP_FILE", "CONFIG_ERROR", "BUILD_ERROR", "RUNTIME_ERROR", "DELETING", "PAUSED"}) {
    AnswerStages({"BUILDING", stage});
    EXPECT_FAILS(Open()->Wait("RUNNING", 600, cancel_), ErrorKind::kNetwork,
                 std::string("is ") + stage + " and will not be RUNNING");
  }
  AnswerStage("BUILD_ERROR", "exit code: 1");
  const Status failed = Open()->Wait("RUNNING", 600, cancel_).status();
  EXPECT_THAT(failed.message(), HasSubstr("exit code: 1"));
  EXPECT_THAT(GetErrorDetail(failed)->hint, HasSubstr("/spaces/ns/app"));
  AnswerStage("PAUSED");
  EXPECT_THAT(GetErrorDetail(Open()->Wait("RUNNING", 600, cancel_).status())->hint,
              HasSubstr("restart"));
}

TEST_F(SpaceTest, AfterARestartTheStageBeforeItIsNotBelievedUntilItStays) {
  for (const char* before : {"RUNNING", "PAUSED", "BUILD_ERROR"}) {
    waits_.clear();
    auto space = Open();
    AnswerStages({before, before, before, "APP_STARTING", "RUNNING"});
    ASSERT_STATUS(space->Restart(false, cancel_).status());
    EXPECT_EQ(Must(space->Wait("RUNNING", 600, cancel_)).stage, "RUNNING");
    EXPECT_THAT(waits_, SizeIs(3));
  }
  auto space = Open();
  AnswerStages({"PAUSED", "RUNNING"});
  waits_.clear();
  ASSERT_STATUS(space->Restart(false, cancel_).status());
  ASSERT_STATUS(space->Wait("RUNNING", 600, cancel_).status());
  EXPECT_THAT(waits_, SizeIs(0));
  AnswerStages({"RUNNING", "BUILD_ERROR"});
  ASSERT_STATUS(space->Restart(false, cancel_).status());
  EXPECT_FAILS(space->Wait("RUNNING", 600, cancel_), ErrorKind::kNetwork, "BUILD_ERROR");
}

TEST_F(SpaceTest, AWaitForAPauseGoesOnThroughErrors) {
  AnswerStages({"BUILD_ERROR", "RUNNING", "PAUSED"});
  ASSERT_STATUS(Open()->Wait("PAUSED", 600, cancel_).status());
}

TEST_F(SpaceTest, WhatIsNoStageOrTimeIsRefusedBeforeAnyCall) {
  for (const char* stage : {"", "running", "RUNING", "RUN NING", "PAUSE"}) {
    EXPECT_FAILS(Open()->Wait(stage, 600, cancel_), ErrorKind::kUsage, "not a stage of a Space");
  }
  EXPECT_FAILS(Space::CheckStage("running"), ErrorKind::kUsage, "did you mean `RUNNING`?");
  ASSERT_STATUS(Space::CheckStage("HIBERNATING"));
  for (const double seconds : {0.0, -1.0, 1e9, std::nan("")}) {
    EXPECT_FAILS(Open()->Wait("RUNNING", seconds, cancel_), ErrorKind::kUsage, "timeout");
  }
  EXPECT_THAT(Calls(), SizeIs(0));
}

TEST_F(SpaceTest, SettingsAreSentListedAndDeleted) {
  for (int i = 0; i < 4; ++i) server_.Then(Say(200, "{}"));
  auto space = Open();
  ASSERT_STATUS(space->SetSecret("TOKEN", "hunter2-value", cancel_));
  EXPECT_THAT(Last(), HasSubstr(R"({"key":"TOKEN","value":"hunter2-value"})"));
  ASSERT_STATUS(space->SetVariable("MODE", "fast", cancel_));
  ASSERT_STATUS(space->DeleteSecret("TOKEN", cancel_));
  EXPECT_THAT(Last(), HasSubstr(R"({"key":"TOKEN"})"));
  ASSERT_STATUS(space->DeleteVariable("MODE", cancel_));
  EXPECT_THAT(
      Calls(),
      ElementsAre("POST /api/spaces/ns/app/secrets", "POST /api/spaces/ns/app/variables",
                  "DELETE /api/spaces/ns/app/secrets", "DELETE /api/spaces/ns/app/variables"));
  server_.Then(Say(200, R"({"MODE":{"value":"fast","updatedAt":"x"},"ODD":7,"NONE":{}})"));
  EXPECT_THAT(Must(space->Variables(cancel_)),
              ElementsAre(Pair("MODE", "fast"), Pair("NONE", ""), Pair("ODD", "")));
  server_.Then(Say(200, "[]"));
  EXPECT_FAILS(space->Variables(cancel_), ErrorKind::kData, "lists no variables");
}

TEST_F(SpaceTest, ASecretsValueIsInNoError) {
  server_.Then(Say(422, R"({"error":"bad value: hunter2-value"})"));
  const Status refused = Open()->SetSecret("KEY", "hunter2-value", cancel_);
  EXPECT_THAT(refused.ToString(), AllOf(HasSubstr("bad value"), Not(HasSubstr("hunter2"))));
  const Status bytes = Open()->SetSecret("KEY", "hunter3\xff", cancel_);
  EXPECT_FAILS(bytes, ErrorKind::kUsage, "is not UTF-8");
  EXPECT_THAT(bytes.ToString(), Not(HasSubstr("hunter3")));
}

TEST_F(SpaceTest, WhatIsNoKeyIsRefusedBeforeAnyCall) {
  for (const char* key : {"", "1A", "_A", "A-B", "A B", "Ä", "A\n"}) {
    EXPECT_FAILS(Open()->SetSecret(key, "x", cancel_), ErrorKind::kUsage,
                 "not a name of a setting");
    EXPECT_FAILS(Open()->DeleteVariable(key, cancel_), ErrorKind::kUsage,
                 "not a name of a setting");
  }
  EXPECT_THAT(Calls(), SizeIs(0));
}

TEST_F(SpaceTest, ASpaceIsNamedWithItsNamespace) {
  EXPECT_EQ(Must(Space::ParseId("hf://spaces/ns/app")).id, "ns/app");
  for (const char* id : {"", "app", "hf://datasets/ns/app", "ns/app/x", "ns/", "ns/a--b"}) {
    EXPECT_FAILS(Space::ParseId(id), ErrorKind::kUsage, "hub: not a");
  }
}

TEST_F(SpaceTest, OfSeveralSpacesThoseThatCanBeAreRestarted) {
  server_.Then(Say(404));
  AnswerStage("PAUSED");
  const auto gone = Must(RepoId::Make(RepoType::kSpace, "ns/gone"));
  const auto api = std::make_shared<Api>(settings_, client_);
  EXPECT_THAT(RestartSpaces(api, {gone, repo_}, cancel_), ElementsAre("ns/app"));
}

}  // namespace
}  // namespace tideway::hub::testing
