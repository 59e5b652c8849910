#include "core/hub/remote/remote_repository.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/hub/remote/remote_testing_internal.h"

namespace tideway::hub::testing {
namespace {

using net::testing::Say;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using Json = nlohmann::json;

const char kMayWrite[] = "GET /api/datasets/ns/name/auth-check/write";
const char kCreate[] = "POST /api/repos/create";
const char kRefs[] = "GET /api/datasets/ns/name/refs";
const char kPreupload[] = "POST /api/datasets/ns/name/preupload/main";
const char kCommitToMain[] = "POST /api/datasets/ns/name/commit/main";
const char kReadBack[] = "POST /api/datasets/ns/name/paths-info/c2";
const char kNoRepository[] = "X-Error-Code: RepoNotFound\r\n";

class RemoteRepositoryTest : public RemoteTest {
 protected:
  RemoteRepository Open() {
    return RemoteRepository({.uri = "ns/name",
                             .repo = repo_,
                             .settings = settings_,
                             .scratch = folder_.string(),
                             .client = &client_,
                             .patience = patience_});
  }
  void SetUp() override {
    RemoteTest::SetUp();
    settings_ = {.endpoint = server_.url(""), .token = "hf_test", .token_source = "HF_TOKEN"};
  }
  static net::testing::Answer RefsOf(const std::string& head, const Json& tags = Json::array()) {
    const Json main{{"name", "main"}, {"ref", "refs/heads/main"}, {"targetCommit", head}};
    return Say(200, Json{{"branches", Json::array({main})}, {"tags", tags}}.dump());
  }
  static Json TagAt(const std::string& name, const std::string& commit) {
    return {{"name", name}, {"ref", "refs/tags/" + name}, {"targetCommit", commit}};
  }
  static Json Advice(const std::string& path, const std::string& mode = "regular") {
    return {{"path", path}, {"uploadMode", mode}, {"shouldIgnore", false}};
  }
  void AnswerPreupload(const std::vector<Json>& files) {
    server_.Then(Say(200, Json{{"files", files}}.dump()));
  }
  // What the Hub lists of a commit.
  void AnswerListing(const std::map<std::string, std::string>& files) {
    Json list = Json::array();
    for (const auto& [path, bytes] : files) {
      list.push_back(
          {{"type", "file"}, {"path", path}, {"oid", GitBlobHex(bytes)}, {"size", bytes.size()}});
    }
    server_.Then(Say(200, list.dump()));
  }
  std::string Body(size_t request) const {
    const std::string text = server_.requests()[request];
    return text.substr(text.find("\r\n\r\n") + 4);
  }

  Settings settings_;
};

TEST_F(RemoteRepositoryTest, ARepositoryThatMayBeWrittenIsNotMade) {
  server_.Then(Say(200, "{}"));
  ASSERT_STATUS(Open().PrepareToWrite());
  EXPECT_THAT(Calls(), ElementsAre(kMayWrite));
}

TEST_F(RemoteRepositoryTest, ANewOneIsPrivateUnlessToldOtherwise) {
  for (const auto visibility : {Visibility::kUnsaid, Visibility::kPrivate, Visibility::kPublic}) {
    server_.Then(Say(404, "", kNoRepository));
    server_.Then(Say(200, "{}"));
    ASSERT_STATUS(Open().PrepareToWrite(visibility));
    const bool is_private = visibility != Visibility::kPublic;
    EXPECT_EQ(Json::parse(Body(server_.requests().size() - 1)), Json({{"name", "name"},
                                                                      {"organization", "ns"},
                                                                      {"type", "dataset"},
                                                                      {"private", is_private}}));
  }
}

TEST_F(RemoteRepositoryTest, OneThatIsThereAlreadyIsTakenAndABusyHubIsWaitedFor) {
  server_.Then(Say(405));
  server_.Then(Say(409, R"({"error":"another conflicting operation is in progress"})"));
  server_.Then(Say(409, R"({"error":"You already created this dataset repo"})"));
  ASSERT_STATUS(Open().PrepareToWrite());
  EXPECT_THAT(Calls(), ElementsAre(kMayWrite, kCreate, kCreate));
  EXPECT_THAT(waits_, SizeIs(1));
}

TEST_F(RemoteRepositoryTest, OneThatIsThereIsAskedForItsVisibilityOnlyWhereOneIsWanted) {
  for (const char* answer : {R"({"private":false})", R"({"private":true})", "{}", "no json", "7"}) {
    server_.Then(Say(200, "{}"));
    server_.Then(Say(200, answer));
    ASSERT_STATUS(Open().PrepareToWrite(Visibility::kPrivate));
  }
  server_.Then(Say(200, "{}"));
  server_.Then(Say(403));
  ASSERT_STATUS(Open().PrepareToWrite(Visibility::kPublic));
  EXPECT_THAT(Calls(), SizeIs(12));
  EXPECT_THAT(Calls(), ::testing::Each(::testing::AnyOf(kMayWrite, "GET /api/datasets/ns/name")));
}

TEST_F(RemoteRepositoryTest, ACardThatTheHubRefusesIsNotCommitted) {
  const CommitRequest request{
      .operations = {CommitOperation::AddText("README.md", "---\n: x\n---\n")},
      .parent = std::string(40, 'a')};
  for (const auto& answer :
       {Say(400,
            R"({"errors":[{"message":"bad\nindentation"},{"message":"no end"}],"warnings":[]})"),
        Say(200, R"({"errors":[{"message":"bad\nindentation"},7,{"message":"no end"}]})")}) {
    server_.Then(answer);
    EXPECT_FAILS(Open().Commit(request), ErrorKind::kData,
                 "refuses the card of ns/name: bad indentation; no end");
  }
  server_.Then(Say(400, R"({"error":"too long"})"));
  EXPECT_FAILS(Open().Commit(request), ErrorKind::kData, "too long");
  EXPECT_THAT(Calls(), ::testing::Each("POST /api/validate-yaml"));
  EXPECT_THAT(Body(0), HasSubstr(R"({"repoType":"dataset","content":"---\n: x\n---\n"})"));
}

TEST_F(RemoteRepositoryTest, AServerWithoutAnOpinionOfCardsGetsTheCommit) {
  const CommitRequest request{.operations = {CommitOperation::AddText("README.md", "x")},
                              .parent = std::string(40, 'a')};
  for (const auto& answer : {Say(404), Say(405), Say(200, "no json"), Say(200, "[]"),
                             Say(200, R"({"errors":7,"warnings":[{"message":"w"}]})"), Say(403)}) {
    server_.Then(answer);
    AnswerPreupload({Advice("README.md")});
    server_.Then(Say(200, Json{{"commitOid", std::string(40, 'b')}}.dump()));
    AnswerListing({{"README.md", "x"}});
    EXPECT_EQ(Must(Open().Commit(request)), std::string(40, 'b'));
  }
}

TEST_F(RemoteRepositoryTest, WhoMayNotMakeItMayStillWriteToOneThatIsThere) {
  server_.Then(Say(404));
  server_.Then(Say(403, R"({"error":"no rights"})"));
  server_.Then(Say(200, "{}"));
  ASSERT_STATUS(Open().PrepareToWrite());
  server_.Then(Say(404));
  server_.Then(Say(403, R"({"error":"no rights"})"));
  server_.Then(Say(404));
  EXPECT_FAILS(Open().PrepareToWrite(), ErrorKind::kAuth, "no rights");
}

TEST_F(RemoteRepositoryTest, WithoutATokenOrConnectionNothingIsAsked) {
  settings_.token.clear();
  EXPECT_FAILS(Open().CheckWritable(), ErrorKind::kAuth, "there is no token");
  settings_.token = "hf_test";
  settings_.offline = true;
  EXPECT_FAILS(Open().PrepareToWrite(), ErrorKind::kNetwork, "offline");
  EXPECT_THAT(Calls(), IsEmpty());
}

TEST_F(RemoteRepositoryTest, ACheckMakesNothingAndTellsWhoMayNotMakeIt) {
  const std::string reader = R"({"name":"ns","auth":{"accessToken":{"role":"read"}}})";
  server_.Then(Say(404, "", kNoRepository));
  server_.Then(Say(200, reader));
  EXPECT_FAILS(Open().CheckWritable(), ErrorKind::kAuth, "may only read");
  server_.Then(Say(404, "", kNoRepository));
  server_.Then(Say(200, R"({"name":"ann","orgs":[{"name":"ns"}]})"));
  ASSERT_STATUS(Open().CheckWritable());
  server_.Then(Say(403, R"({"error":"you must use a write token"})"));
  EXPECT_FAILS(Open().CheckWritable(), ErrorKind::kAuth, "write token");
  EXPECT_THAT(Calls(), Not(::testing::Contains(kCreate)));
}

TEST_F(RemoteRepositoryTest, WhatIsNotThereIsEmpty) {
  for (int i = 0; i < 3; ++i) server_.Then(Say(404, "", kNoRepository));
  RemoteRepository repository = Open();
  EXPECT_EQ(Must(repository.Head()), "");
  EXPECT_THAT(Must(repository.ListFiles("")), IsEmpty());
  EXPECT_THAT(Must(repository.Tags()), IsEmpty());
}

TEST_F(RemoteRepositoryTest, FilesAreReadAtTheHeadAndNotAtTheBranch) {
  server_.Then(RefsOf("c1"));
  server_.Then(Say(
      200,
      R"([{"type":"file","path":"a","oid":"ce013625030ba8dba906f756967f9e9ca394464a","size":3}])"));
  server_.Then(RefsOf("c1"));
  server_.Then(Say(200, "text"));
  RemoteRepository repository = Open();
  EXPECT_THAT(Must(repository.ListFiles("")), SizeIs(1));
  EXPECT_EQ(Must(repository.ReadFile("a", "")), "text");
  EXPECT_THAT(Calls(),
              ElementsAre(kRefs, "GET /api/datasets/ns/name/tree/c1?recursive=true&expand=false",
                          kRefs, "GET /datasets/ns/name/resolve/c1/a"));
}

TEST_F(RemoteRepositoryTest, WhatTheHubHoldsOrIgnoresIsNoPartOfTheCommit) {
  Json same = Advice("same");
  same["oid"] = GitBlobHex("same bytes");
  Json ignored = Advice("ignored");
  ignored["shouldIgnore"] = true;
  AnswerPreupload({same, ignored, Advice("new"), Advice("empty", "lfs")});
  server_.Then(Say(200, R"({"commitOid":"c2"})"));
  AnswerListing({{"new", "y"}, {"empty", ""}});
  CommitRequest request{.parent = "c1"};
  for (const auto& [path, bytes] : std::map<std::string, std::string>{
           {"same", "same bytes"}, {"ignored", "x"}, {"new", "y"}, {"empty", ""}}) {
    request.operations.push_back(CommitOperation::AddText(path, bytes));
  }
  EXPECT_EQ(Must(Open().Commit(request)), "c2");
  EXPECT_THAT(Calls(), ElementsAre(kPreupload, kCommitToMain, kReadBack));
  EXPECT_THAT(Body(1), HasSubstr(R"({"path":"new","encoding":"base64","content":"eQ=="})"));
  EXPECT_THAT(Body(1), HasSubstr(R"({"path":"empty","encoding":"base64","content":""})"));
  EXPECT_THAT(Body(1), Not(HasSubstr("same")));
  EXPECT_THAT(Body(1), Not(HasSubstr("ignored")));

  AnswerPreupload({same});
  request.operations = {CommitOperation::AddText("same", "same bytes")};
  EXPECT_EQ(Must(Open().Commit(request)), "c1");
  EXPECT_THAT(Calls(), SizeIs(4));
}

TEST_F(RemoteRepositoryTest, PreuploadSendsTheFirst512BytesOfEach) {
  AnswerPreupload({Advice("a")});
  server_.Then(Say(200, R"({"commitOid":"c2"})"));
  AnswerListing({{"a", std::string(600, 'x')}});
  ASSERT_STATUS(Open()
                    .Commit({.operations = {CommitOperation::AddText("a", std::string(600, 'x'))},
                             .parent = "c1"})
                    .status());
  const Json file = Json::parse(Body(0))["files"][0];
  EXPECT_EQ(file["size"], 600);
  EXPECT_EQ(file["sample"].get<std::string>().size(), 684);  // base64 of 512
  AnswerPreupload({});
  EXPECT_FAILS(Open().Commit({.operations = {CommitOperation::AddText("a", "x")}}),
               ErrorKind::kData, "does not say how to send a");
}

TEST_F(RemoteRepositoryTest, WhatTheHubListsIsComparedWithWhatWasSent) {
  const CommitRequest request{
      .operations = {CommitOperation::AddText("a", "x"), CommitOperation::Remove("b")},
      .parent = "c1",
      .tag = "v1"};
  const auto commit_listed_as = [&](const std::map<std::string, std::string>& files) {
    server_.Then(RefsOf("c1"));
    AnswerPreupload({Advice("a")});
    server_.Then(Say(200, R"({"commitOid":"c2"})"));
    AnswerListing(files);
    return Open().Commit(request);
  };
  EXPECT_FAILS(commit_listed_as({}), ErrorKind::kData, "published as c2, but a is missing");
  EXPECT_FAILS(commit_listed_as({{"a", "y"}}), ErrorKind::kData, "a has other bytes");
  EXPECT_FAILS(commit_listed_as({{"a", "x"}, {"b", "z"}}), ErrorKind::kData, "b is still there");
  EXPECT_THAT(Calls(), Not(::testing::Contains(HasSubstr("/tag/"))));
}

TEST_F(RemoteRepositoryTest, AServerWithoutPathsInfoIsAskedForTheTree) {
  AnswerPreupload({Advice("a")});
  server_.Then(Say(200, R"({"commitOid":"c2"})"));
  server_.Then(Say(404, "404 page not found"));
  AnswerListing({{"a", "x"}, {"other", "y"}});
  EXPECT_EQ(Must(Open().Commit({.operations = {CommitOperation::AddText("a", "x")}})), "c2");
  EXPECT_THAT(Calls().back(), HasSubstr("GET /api/datasets/ns/name/tree/c2"));
}

TEST_F(RemoteRepositoryTest, ATagWhoseAnswerWasLostIsFound) {
  const CommitRequest request{
      .operations = {CommitOperation::AddText("a", "x")}, .parent = "c1", .tag = "v1"};
  const auto commit = [&](const std::string& tagged) {
    server_.Then(RefsOf("c1"));
    AnswerPreupload({Advice("a")});
    server_.Then(Say(200, R"({"commitOid":"c2"})"));
    AnswerListing({{"a", "x"}});
    server_.Then(Say(409, R"({"error":"Tag reference exists already"})"));
    server_.Then(RefsOf("c2", Json::array({TagAt("v1", tagged)})));
    return Open().Commit(request);
  };
  EXPECT_EQ(Must(commit("c2")), "c2");
  EXPECT_FAILS(commit("other"), ErrorKind::kConflict, "published as c2, but the tag exists: v1");
  server_.Then(RefsOf("c1", Json::array({TagAt("v1", "c0")})));
  EXPECT_FAILS(Open().Commit(request), ErrorKind::kConflict, "the tag exists: v1");
}

}  // namespace
}  // namespace tideway::hub::testing
