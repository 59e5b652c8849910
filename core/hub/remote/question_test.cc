#include "core/hub/remote/question.h"

#include "core/hub/remote/remote_testing_internal.h"

namespace tideway::hub::testing {
namespace {

using net::testing::Say;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kFound = R"({"answer":"Mill St","score":0.75,"start":3,"end":10})";

class QuestionTest : public RemoteTest {
 protected:
  Result<FoundAnswer> Ask(const Question& question) {
    Settings settings{.endpoint = server_.url(""), .token = token_, .token_source = "HF_TOKEN"};
    settings.inference = address_;
    Api api(settings, client_);
    return AnswerQuestion(api, question, cancel_, patience_);
  }
  Result<FoundAnswer> Ask() { return Ask({.question = "Which?", .context = "in Mill St"}); }

  std::string token_ = "hf_test";
  std::string address_ = server_.url("/r");
};

TEST_F(QuestionTest, AnObjectAndAListOfOneAreOneAnswer) {
  for (const std::string& body : {std::string(kFound), fmt::format("[{}]", kFound)}) {
    server_.Then(Say(200, body));
    const FoundAnswer found = Must(Ask());
    EXPECT_EQ(found.text, "Mill St");
    EXPECT_EQ(found.score, 0.75);
    EXPECT_EQ(found.start, 3);
    EXPECT_EQ(found.end, 10);
  }
  const std::string asked = server_.requests().at(0);
  EXPECT_THAT(asked, HasSubstr("POST /r/hf-inference/models/deepset/roberta-base-squad2 HTTP"));
  EXPECT_THAT(asked, HasSubstr("Authorization: Bearer hf_test"));
  EXPECT_THAT(asked, HasSubstr(R"({"inputs":{"context":"in Mill St","question":"Which?"}})"));
}

TEST_F(QuestionTest, AModelThatIsBeingLoadedIsWaitedForAsLongAsTheServiceSays) {
  server_.Then(Say(503, R"({"error":"loading","estimated_time":20.5})"));
  server_.Then(Say(503, "loading"));
  server_.Then(Say(200, kFound));
  ASSERT_STATUS(Ask().status());
  EXPECT_THAT(waits_, ElementsAre(20.5, 10));
  for (int i = 0; i < 6; ++i) server_.Then(Say(503, R"({"estimated_time":1e9})"));
  EXPECT_FAILS(Ask(), ErrorKind::kTimeout, "it is not loaded yet");
  EXPECT_EQ(waits_.back(), 300);
}

TEST_F(QuestionTest, EachRefusalTellsWhatToDo) {
  const auto refused = [&](int status, ErrorKind kind, const char* message, const char* hint) {
    server_.Then(Say(status, R"({"error":["Error in `inputs.context`: field required"]})"));
    const Status failure = Ask().status();
    EXPECT_FAILS(failure, kind, message);
    EXPECT_THAT(GetErrorDetail(failure)->hint, HasSubstr(hint)) << status;
  };
  refused(400, ErrorKind::kUsage, "inputs.context", "a model for question answering");
  refused(401, ErrorKind::kAuth, "the token may not ask it", "Inference Providers");
  refused(402, ErrorKind::kAuth, "the credits are used up", "billing");
  refused(403, ErrorKind::kAuth, "the token may not ask it", "Inference Providers");
  refused(404, ErrorKind::kNotFound, "it is not served", "Inference Providers");
  refused(422, ErrorKind::kUsage, "does not take", "a model for question answering");
}

TEST_F(QuestionTest, AnAnswerWithoutItsPartsIsNone) {
  for (const char* body : {"", "[]", "{}", R"({"answer":7,"score":1,"start":0,"end":1})",
                           R"({"answer":"x","score":"high","start":0,"end":1})"}) {
    server_.Then(Say(200, body));
    EXPECT_FAILS(Ask(), ErrorKind::kData, "no text, score and place");
  }
}

TEST_F(QuestionTest, WithoutAServiceATokenOrTextsNobodyIsAsked) {
  EXPECT_FAILS(Ask({.question = "", .context = "x"}), ErrorKind::kUsage, "the question is empty");
  EXPECT_FAILS(Ask({.question = "x", .context = "\xff"}), ErrorKind::kUsage, "not UTF-8");
  token_.clear();
  EXPECT_FAILS(Ask(), ErrorKind::kAuth, "no token");
  address_.clear();
  EXPECT_FAILS(Ask(), ErrorKind::kUsage, "the inference service is not asked");
  EXPECT_THAT(Calls(), SizeIs(0));
}

}  // namespace
}  // namespace tideway::hub::testing
