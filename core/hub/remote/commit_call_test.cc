#include "core/hub/remote/commit_call.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/hub/remote/remote_testing_internal.h"

namespace tideway::hub::testing {
namespace {

using net::testing::Answer;
using net::testing::Say;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using Json = nlohmann::json;

const char kCommit[] = "POST /api/datasets/ns/name/commit/main";
const char kLog[] = "GET /api/datasets/ns/name/commits/main";

class CommitCallTest : public RemoteTest {
 protected:
  void SetUp() override {
    RemoteTest::SetUp();
    content_ = {.message = "Title\n\nmore words",
                .parent = "parent",
                .large = {FileOf("data/a", "large")},
                .inlined = {TextOf("README.md", "small")},
                .removed = {"data/old"}};
  }
  Result<std::string> Make(const std::string& revision = "main") {
    Api api = MakeApi();
    CommitCall call(api, repo_, revision, cancel_, patience_);
    auto made = call.Make(content_);
    trouble_ = call.trouble();
    return made;
  }
  static Answer Made(const std::string& commit) {
    return Say(200, Json{{"success", true}, {"commitOid", commit}}.dump());
  }
  // The history, newest first: pairs of a commit and its title.
  static Answer History(const std::vector<std::pair<std::string, std::string>>& commits) {
    Json log = Json::array();
    for (const auto& [id, title] : commits) log.push_back({{"id", id}, {"title", title}});
    return Say(200, log.dump());
  }
  Answer TreeWith(const std::string& sha256) const {
    const Json large{{"type", "file"},
                     {"path", "data/a"},
                     {"oid", "x"},
                     {"size", 1},
                     {"lfs", {{"oid", sha256}, {"size", 5}}}};
    const Json small{
        {"type", "file"}, {"path", "README.md"}, {"oid", GitBlobHex("small")}, {"size", 5}};
    return Say(200, Json::array({large, small}).dump());
  }

  CommitContent content_;
  CommitTrouble trouble_ = CommitTrouble::kNone;
};

TEST_F(CommitCallTest, TheBodyIsALineForTheHeaderAndOneForEachFile) {
  const std::string sha256 = Sha256Hex("large");
  EXPECT_EQ(
      Must(CommitBody(content_)),
      R"({"key":"header","value":{"summary":"Title","description":"more words","parentCommit":"parent"}})"
      "\n"
      R"({"key":"lfsFile","value":{"path":"data/a","algo":"sha256","oid":")" +
          sha256 +
          R"(","size":5}})"
          "\n"
          R"({"key":"file","value":{"path":"README.md","encoding":"base64","content":"c21hbGw="}})"
          "\n"
          R"({"key":"deletedFile","value":{"path":"data/old"}})"
          "\n");
  content_.message = "\xff bad";
  EXPECT_THAT(Must(CommitBody(content_)), HasSubstr("\"summary\":\"\xef\xbf\xbd bad\""));
}

TEST_F(CommitCallTest, TheRevisionIsOneSegment) {
  server_.Then(Made("new"));
  EXPECT_EQ(Must(Make("refs/pr/1")), "new");
  EXPECT_THAT(Calls(), ElementsAre("POST /api/datasets/ns/name/commit/refs%2Fpr%2F1"));
  EXPECT_THAT(server_.requests()[0], HasSubstr("Content-Type: application/x-ndjson"));
}

TEST_F(CommitCallTest, ALostAnswerIsFoundInTheHistory) {
  for (const Answer& lost :
       {Say(504), Say(500), Answer{"", Answer::Then::kReset, true}, Say(200, "no json")}) {
    const size_t before = Calls().size();
    server_.Then(lost);
    server_.Then(History({{"later", "Theirs"}, {"ours", "Title"}, {"parent", "x"}}));
    server_.Then(TreeWith(Sha256Hex("large")));
    EXPECT_EQ(Must(Make()), "ours");
    EXPECT_EQ(Calls().size(), before + 3);
  }
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(CommitCallTest, ACommitThatIsNotOursIsNotTakenForIt) {
  server_.Then(Say(412));
  server_.Then(History({{"theirs", "Title"}, {"parent", "x"}}));
  server_.Then(TreeWith(Sha256Hex("other")));
  const Status other_file = Make().status();
  EXPECT_FAILS(other_file, ErrorKind::kConflict, "another push came first");
  EXPECT_TRUE(IsRetryable(other_file));

  server_.Then(Say(412));
  server_.Then(History({{"theirs", "Other"}, {"parent", "x"}}));
  EXPECT_FAILS(Make(), ErrorKind::kConflict, "another push came first");
  server_.Then(Say(409));
  server_.Then(History({{"ours", "Title"}, {"other", "x"}}));
  EXPECT_FAILS(Make(), ErrorKind::kConflict, "another push came first");
}

TEST_F(CommitCallTest, AHeadThatHasMovedIsSeenWhateverTheServerCallsIt) {
  for (const int status : {500, 409, 412}) {
    server_.Then(Say(status, R"({"error":"expected parent commit parent but branch tip is x"})"));
    server_.Then(History({{"theirs", "Other"}, {"parent", "x"}}));
    const Status moved = Make().status();
    EXPECT_FAILS(moved, ErrorKind::kConflict, "the head is not parent any more");
    EXPECT_TRUE(IsRetryable(moved));
    EXPECT_THAT(GetErrorDetail(moved)->cause.message(), HasSubstr("branch tip is x"));
  }
}

TEST_F(CommitCallTest, AConflictThatIsNoneIsTriedAgainAndThenTold) {
  server_.Then(Say(409, R"({"error":"another commit is in progress"})"));
  for (int look = 0; look < 2; ++look) server_.Then(History({{"parent", "x"}}));
  server_.Then(Made("new"));
  EXPECT_EQ(Must(Make()), "new");
  for (int i = 0; i < 6; ++i) {
    server_.Then(Say(409, R"({"error":"the repository is locked"})"));
    for (int look = 0; look < 2; ++look) server_.Then(History({{"parent", "x"}}));
  }
  const Status locked = Make().status();
  EXPECT_FAILS(locked, ErrorKind::kConflict, "the repository is locked");
  EXPECT_FALSE(IsRetryable(locked));
}

TEST_F(CommitCallTest, FieldsOfAnotherTypeAreNoCommitOfOurs) {
  server_.Then(Say(502));
  server_.Then(Say(200, R"([7,{"id":null,"title":null},{"id":"parent","title":[]}])"));
  EXPECT_FAILS(Make(), ErrorKind::kConflict, "another push came first");
}

TEST_F(CommitCallTest, WhatDidNotHappenIsSentAgainAfterASecondLook) {
  server_.Then(Say(502));
  server_.Then(History({{"parent", "x"}}));
  server_.Then(History({{"parent", "x"}}));
  server_.Then(Made("new"));
  EXPECT_EQ(Must(Make()), "new");
  EXPECT_THAT(Calls(), ElementsAre(kCommit, kLog, kLog, kCommit));
  EXPECT_THAT(waits_, SizeIs(1));
}

TEST_F(CommitCallTest, AQuotaOfCallsIsWaitedForAndOneOfCommitsIsTold) {
  server_.Then(Say(429, "", "Retry-After: 7\r\n"));
  server_.Then(Made("new"));
  EXPECT_EQ(Must(Make()), "new");
  ASSERT_THAT(waits_, SizeIs(1));
  EXPECT_GE(waits_[0], 7);

  server_.Then(
      Say(429, "rate limit for repository commits (128 per hour)", "Retry-After: 1800\r\n"));
  const Status told = Make().status();
  EXPECT_FAILS(told, ErrorKind::kNetwork, "128 per hour");
  EXPECT_THAT(GetErrorDetail(told)->hint, HasSubstr("wait 1800 seconds"));
  EXPECT_THAT(waits_, SizeIs(1));
}

TEST_F(CommitCallTest, ALargeFileThatIsNotThereIsTold) {
  server_.Then(Say(400, R"({"error":"an LFS pointer pointed to a file that does not exist"})"));
  EXPECT_FAILS(Make(), ErrorKind::kNetwork, "LFS pointer");
  EXPECT_EQ(trouble_, CommitTrouble::kMissingObjects);
}

TEST_F(CommitCallTest, ARemovalOfWhatIsGoneIsLeftOut) {
  server_.Then(Say(404, R"({"error":"A file with this name doesn't exist"})",
                   "X-Error-Code: EntryNotFound\r\n"));
  server_.Then(TreeWith(std::string(64, 'a')));
  server_.Then(Made("new"));
  EXPECT_EQ(Must(Make()), "new");
  EXPECT_THAT(server_.requests()[0], HasSubstr("deletedFile"));
  EXPECT_THAT(server_.requests()[2], Not(HasSubstr("deletedFile")));
}

TEST_F(CommitCallTest, OtherRefusalsAreTheCallersToRead) {
  server_.Then(Say(403, R"({"error":"you must use a write token"})"));
  EXPECT_FAILS(Make(), ErrorKind::kAuth, "write token");
  server_.Then(Say(413, R"({"error":"too large"})"));
  EXPECT_FAILS(Make(), ErrorKind::kNetwork, "too large");
  EXPECT_EQ(trouble_, CommitTrouble::kTooLarge);
  EXPECT_THAT(Calls(), SizeIs(2));
}

TEST_F(CommitCallTest, AfterSixTriesTheLastAnswerIsTold) {
  for (int i = 0; i < 6; ++i) {
    server_.Then(Say(502, "gateway"));
    for (int look = 0; look < 2; ++look) server_.Then(History({{"parent", "x"}}));
  }
  EXPECT_FAILS(Make(), ErrorKind::kNetwork, "502");
  EXPECT_THAT(waits_, SizeIs(6));
}

}  // namespace
}  // namespace tideway::hub::testing
