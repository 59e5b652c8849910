#include "core/hub/remote/staged_commit.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/hub/remote/remote_testing_internal.h"

namespace tideway::hub::testing {
namespace {

using net::testing::Say;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Json = nlohmann::json;

const char kCommitToDraft[] = "POST /api/datasets/ns/name/commit/refs%2Fpr%2F7";
const char kStatus[] = "POST /api/datasets/ns/name/discussions/7/status";
const char kDetails[] = "GET /api/datasets/ns/name/discussions/7";
const char kDrop[] = "DELETE /api/datasets/ns/name/discussions/7/ref";

class StagedCommitTest : public RemoteTest {
 protected:
  static CommitContent Files(size_t count) {
    CommitContent content{.message = "Title", .parent = "parent"};
    for (size_t i = 0; i < count; ++i) content.removed.push_back(fmt::format("old/{}", i));
    return content;
  }
  Result<std::optional<std::string>> Make(const CommitContent& content) {
    Api api = MakeApi();
    return StagedCommit(api, repo_, cancel_, patience_).Make(content);
  }
  void Open() { server_.Then(Say(200, R"({"num":7})")); }
  void Made(const std::string& commit) {
    server_.Then(Say(200, Json{{"commitOid", commit}}.dump()));
  }
  void Merged() {
    server_.Then(Say(200, "{}"));  // opened for all to see
    server_.Then(Say(200, R"({"branches":[{"name":"main","targetCommit":"parent"}]})"));
    server_.Then(Say(200, "{}"));  // merged
    server_.Then(Say(200, R"({"status":"merged","changes":{"mergeCommitId":"merge"}})"));
    server_.Then(Say(200, "{}"));  // its ref dropped
  }
  // "Title (part 1)" and the number of its operations, of each commit.
  std::vector<std::pair<std::string, size_t>> Parts() const {
    std::vector<std::pair<std::string, size_t>> parts;
    for (const std::string& request : server_.requests()) {
      if (!request.starts_with(kCommitToDraft)) continue;
      const std::string body = request.substr(request.find("\r\n\r\n") + 4);
      const Json header = Json::parse(body.substr(0, body.find('\n')));
      parts.emplace_back(header["value"]["summary"], std::ranges::count(body, '\n') - 1);
    }
    return parts;
  }
};

TEST_F(StagedCommitTest, ManyChangesAreMadeInPartsAndMergedAtOnce) {
  Open();
  for (const char* commit : {"c1", "c2", "c3"}) Made(commit);
  Merged();
  EXPECT_EQ(Must(Make(Files(501))), "merge");
  EXPECT_THAT(Parts(),
              ElementsAre(std::pair("Title (part 1)", 250), std::pair("Title (part 2)", 250),
                          std::pair("Title (part 3)", 1)));
}

TEST_F(StagedCommitTest, APartThatIsTooLargeIsHalved) {
  Open();
  server_.Then(Say(413, R"({"error":"too large"})"));
  for (const char* commit : {"c1", "c2"}) Made(commit);
  Merged();
  EXPECT_EQ(Must(Make(Files(4))), "merge");
  EXPECT_THAT(Parts(), ElementsAre(std::pair("Title (part 1)", 4), std::pair("Title (part 1)", 2),
                                   std::pair("Title (part 2)", 2)));
}

TEST_F(StagedCommitTest, OneChangeThatIsTooLargeIsTold) {
  Open();
  server_.Then(Say(413, R"({"error":"too large"})"));
  server_.Then(Say(200, R"({"status":"draft"})"));
  for (int i = 0; i < 2; ++i) server_.Then(Say(200, "{}"));
  EXPECT_FAILS(Make(Files(1)), ErrorKind::kNetwork, "too large");
}

TEST_F(StagedCommitTest, InlinedFilesOfAHundredMegabytesAreAPart) {
  CommitContent content{.message = "Title", .parent = "parent", .removed = {"old"}};
  for (int i = 0; i < 3; ++i) {
    content.inlined.push_back(TextOf(fmt::format("{}", i), "x"));
    content.inlined.back().size = int64_t{60} << 20;
  }
  EXPECT_TRUE(StagedCommit::IsFor(content));
  content.inlined.resize(1);
  EXPECT_FALSE(StagedCommit::IsFor(content));
}

TEST_F(StagedCommitTest, NoMoreCommitsThanTheHubAllowsInAnHour) {
  Open();
  for (int i = 0; i < 100; ++i) Made(fmt::format("c{}", i));
  Merged();
  EXPECT_EQ(Must(Make(Files(30'000))), "merge");
  EXPECT_EQ(Parts().size(), 100);
}

TEST_F(StagedCommitTest, AnInterruptClosesThePullRequest) {
  Open();
  server_.Then({"", net::testing::Answer::Then::kHang, true});
  server_.Then(Say(200, R"({"status":"draft"})"));
  for (int i = 0; i < 2; ++i) server_.Then(Say(200, "{}"));
  std::thread user([&] {
    server_.WaitForRequests(2);
    cancel_.Cancel();
  });
  EXPECT_FAILS(Make(Files(1)), ErrorKind::kInterrupted, "interrupted");
  user.join();
  EXPECT_THAT(Calls(), ElementsAre("POST /api/datasets/ns/name/discussions", kCommitToDraft,
                                   kDetails, kStatus, kDrop));
  EXPECT_THAT(server_.requests()[3], HasSubstr(R"({"status":"closed"})"));
}

TEST_F(StagedCommitTest, AServerWithoutPullRequestsMakesNothing) {
  server_.Then(Say(404));
  EXPECT_EQ(Must(Make(Files(1))), std::nullopt);
}

TEST_F(StagedCommitTest, AMergeWhoseCommitIsNotToldIsPublished) {
  Open();
  Made("c1");
  server_.Then(Say(200, "{}"));
  server_.Then(Say(200, R"({"branches":[{"name":"main","targetCommit":"parent"}]})"));
  server_.Then(Say(200, "{}"));
  server_.Then(Say(403));
  server_.Then(Say(200, "{}"));
  EXPECT_FAILS(Make(Files(1)), ErrorKind::kAuth, "published through pull request 7");
  EXPECT_EQ(Calls().back(), kDrop);
  EXPECT_THAT(server_.requests(), Each(Not(HasSubstr("closed"))));
}

}  // namespace
}  // namespace tideway::hub::testing
