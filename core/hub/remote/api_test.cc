#include "core/hub/remote/api.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "core/net/testing_internal.h"

namespace tideway::hub {
namespace {

using net::testing::RawServer;
using net::testing::Say;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kCommit = "c012345678901234567890123456789012345678";

Lookup From(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}
Settings Read(std::map<std::string, std::string> values) {
  return Settings::Read(From(std::move(values))).ValueOrDie();
}

TEST(HubSettingsTest, HaveTheDefaultsOfEveryClient) {
  const Settings settings = Read({{"HOME", "/home/u"}});
  EXPECT_EQ(settings.endpoint, "https://huggingface.co");
  EXPECT_EQ(settings.cache, "/home/u/.cache/huggingface/hub");
  EXPECT_EQ(settings.token, "");
  EXPECT_FALSE(settings.offline);
  EXPECT_EQ(settings.etag_timeout_s, 10);
}

TEST(HubSettingsTest, FoldersAreFoundAndExpanded) {
  EXPECT_EQ(Read({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}}).cache, "/x/huggingface/hub");
  EXPECT_EQ(Read({{"HOME", "/h"}, {"HF_HOME", "~/hf"}}).cache, "/h/hf/hub");
  EXPECT_EQ(Read({{"A", "/a"}, {"HF_HUB_CACHE", "$A/${A}$B"}}).cache, "/a//a$B");
  EXPECT_EQ(Read({{"HUGGINGFACE_HUB_CACHE", "/old"}}).cache, "/old");
}

TEST(HubSettingsTest, AnEndpointMayHaveAPath) {
  EXPECT_EQ(Read({{"HF_ENDPOINT", "https://host/hf//"}}).endpoint, "https://host/hf");
  EXPECT_EQ(Read({{"HUGGINGFACE_CO_STAGING", "yes"}}).endpoint, "https://hub-ci.huggingface.co");
  EXPECT_EQ(KindOf(Settings::Read(From({{"HF_ENDPOINT", "host"}})).status()), ErrorKind::kUsage);
}

TEST(HubSettingsTest, TheTokenIsTheFirstInTheOrder) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("tideway-hub-{}", getpid());
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "token") << " hf_file \r\n";
  std::map<std::string, std::string> values{{"HF_HOME", folder.string()},
                                            {"HUGGINGFACE_API_KEY", "hf_key1"},
                                            {"HUGGINGFACE_TOKEN", "hf_name2"},
                                            {"HUGGING_FACE_HUB_TOKEN", "hf_hub3\n"},
                                            {"HF_TOKEN", "  hf_first4\r\n"}};
  const auto expect = [&](const char* token, const std::string& source) {
    EXPECT_EQ(Read(values).token, token);
    EXPECT_EQ(Read(values).token_source, source);
    values.erase(source);
  };
  expect("hf_first4", "HF_TOKEN");
  expect("hf_hub3", "HUGGING_FACE_HUB_TOKEN");
  expect("hf_name2", "HUGGINGFACE_TOKEN");
  expect("hf_key1", "HUGGINGFACE_API_KEY");
  expect("hf_file", (folder / "token").string());
  values["HF_TOKEN"] = " \n";
  expect("hf_file", (folder / "token").string());
  values["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1";
  expect("", "");
  std::filesystem::remove_all(folder);
}

TEST(HubSettingsTest, WhoAsksAsNobodyHasNoTokenWhateverThereIs) {
  const Lookup all = From({{"HF_TOKEN", "hf_first4"}, {"HF_HOME", "/hf"}});
  const Settings settings = Settings::Read(Anonymous(all)).ValueOrDie();
  EXPECT_EQ(settings.token, "");
  EXPECT_EQ(settings.cache, "/hf/hub");
}

TEST(HubSettingsTest, AnExchangeOfTokensIsNotedWhereATokenIsWanted) {
  EXPECT_TRUE(Read({{"HF_OIDC_RESOURCE", "x"}}).wants_oidc);
  EXPECT_FALSE(Read({{"HF_OIDC_RESOURCE", ""}}).wants_oidc);
  EXPECT_FALSE(
      Settings::Read(Anonymous(From({{"HF_OIDC_RESOURCE", "x"}}))).ValueOrDie().wants_oidc);
}

TEST(HubSettingsTest, ServicesBesideTheHubAreTheHubsOwnOrThoseThatAreNamed) {
  EXPECT_EQ(Read({}).viewer, "https://datasets-server.huggingface.co");
  EXPECT_EQ(Read({}).inference, "https://router.huggingface.co");
  EXPECT_EQ(Read({{"HF_ENDPOINT", "https://mirror"}}).viewer, "");
  EXPECT_EQ(Read({{"HF_ENDPOINT", "https://mirror"}}).inference, "");
  const Settings named = Read({{"HF_ENDPOINT", "https://mirror"},
                               {"HF_DATASETS_SERVER", "http://v/"},
                               {"HF_INFERENCE_ENDPOINT", "http://i"}});
  EXPECT_EQ(named.viewer, "http://v");
  EXPECT_EQ(named.inference, "http://i");
  EXPECT_EQ(KindOf(Settings::Read(From({{"HF_DATASETS_SERVER", "v"}})).status()),
            ErrorKind::kUsage);
}

TEST(HubSettingsTest, SwitchesAreOnInAnyLetterCase) {
  for (const char* on : {"1", "on", "Yes", "TRUE"}) {
    EXPECT_TRUE(Read({{"HF_HUB_OFFLINE", on}}).offline);
    EXPECT_TRUE(Read({{"HF_DATASETS_OFFLINE", on}}).offline);
    EXPECT_FALSE(Read({{"HF_HUB_DISABLE_SYMLINKS", on}}).symlinks);
  }
  for (const char* off : {"", "0", "no", "2"})
    EXPECT_FALSE(Read({{"HF_HUB_OFFLINE", off}}).offline);
  EXPECT_EQ(KindOf(Settings::Read(From({{"HF_HUB_ETAG_TIMEOUT", "soon"}})).status()),
            ErrorKind::kUsage);
}

TEST(RepoIdTest, NamesThatTheHubTakesAreTakenAndOthersTellTheRule) {
  for (const char* id : {"gpt2", "ns/name", "A.b_c-d/0"}) {
    EXPECT_TRUE(RepoId::Make(RepoType::kDataset, id).ok()) << id;
  }
  for (const std::string& id :
       std::vector<std::string>{"", "a/b/c", "/a", "a/", "a--b/c", "a..b", "-a/b", "a/b.",
                                "a/b.git", "a b", "ä/b", "../x", "a/..", std::string(97, 'a')}) {
    EXPECT_EQ(KindOf(RepoId::Make(RepoType::kDataset, id).status()), ErrorKind::kUsage) << id;
  }
  const RepoId repo = RepoId::Make(RepoType::kDataset, "ns/name").ValueOrDie();
  EXPECT_EQ(repo.cache_name(), "datasets--ns--name");
  EXPECT_EQ(repo.web_path(), "datasets/ns/name");
  EXPECT_EQ((RepoId{RepoType::kModel, "ns/m"}).web_path(), "ns/m");
  EXPECT_EQ((RepoId{RepoType::kModel, "ns/m"}).api_path(), "/api/models/ns/m");
}

TEST(RepoIdTest, PathsOnTheHubAreReadAsFsspecReadsThem) {
  const auto parse = [](const char* uri) {
    const HubPath path = HubPath::Parse(uri).ValueOrDie();
    return fmt::format("{} {} {} {}", path.repo.noun(), path.repo.id, path.revision, path.path);
  };
  EXPECT_EQ(parse("hf://datasets/ns/n"), "dataset ns/n  ");
  EXPECT_EQ(parse("hf://datasets/ns/n/data/a@b.parquet"), "dataset ns/n  data/a@b.parquet");
  EXPECT_EQ(parse("hf://datasets/ns/n@v1/data/x"), "dataset ns/n v1 data/x");
  EXPECT_EQ(parse("hf://datasets/ns/n@refs%2Fpr%2F1/x"), "dataset ns/n refs/pr/1 x");
  EXPECT_EQ(parse("hf://datasets/ns/n@refs/pr/12/x/y"), "dataset ns/n refs/pr/12 x/y");
  EXPECT_EQ(parse("hf://datasets/ns/n@refs/convert/parquet/c/s"),
            "dataset ns/n refs/convert/parquet c/s");
  EXPECT_EQ(parse("hf://ns/m/a"), "model ns/m  a");
  EXPECT_EQ(parse("hf://spaces/ns/s@main"), "space ns/s main ");
  for (const char* uri : {"", "datasets/ns/n", "hf://", "hf://datasets/ns", "hf://datasets/ns/n@",
                          "hf://datasets/ns/n@%2/x", "hf://datasets/../n"}) {
    EXPECT_EQ(KindOf(HubPath::Parse(uri).status()), ErrorKind::kUsage) << uri;
  }
}

class HubApiTest : public ::testing::Test {
 protected:
  Api Make() {
    return Api({.endpoint = server_.url("/hf"), .token = token_, .token_source = "HF_TOKEN"},
               client_);
  }
  Status InfoError(const net::testing::Answer& answer) {
    server_.Then(answer);
    return Make().Info(repo_, "v1", cancel_).status();
  }

  const RepoId repo_{RepoType::kDataset, "ns/name"};
  std::string token_ = "hf_test_token";
  RawServer server_;
  RawServer other_;
  CancelToken cancel_;
  net::Client client_;
};

TEST_F(HubApiTest, AsksWithTheTokenBelowTheEndpointsPath) {
  server_.Then(Say(
      200,
      R"({"id":"ns/name","sha":"c012345678901234567890123456789012345678","private":true,"gated":"auto"})"));
  const RepoInfo info = Make().Info(repo_, "refs/pr/1", cancel_).ValueOrDie();
  EXPECT_EQ(info.commit, kCommit);
  EXPECT_TRUE(info.is_private);
  EXPECT_EQ(info.gated, "auto");
  EXPECT_THAT(server_.requests()[0],
              StartsWith("GET /hf/api/datasets/ns/name/revision/refs%2Fpr%2F1 HTTP/1.1\r\n"));
  EXPECT_THAT(server_.requests()[0], HasSubstr("Authorization: Bearer hf_test_token\r\n"));
  token_.clear();
  server_.Then(Say(200, R"({"sha":"c012345678901234567890123456789012345678"})"));
  ASSERT_TRUE(Make().Info(repo_, "", cancel_).ok());
  EXPECT_THAT(server_.requests()[1], Not(HasSubstr("Authorization")));
}

TEST_F(HubApiTest, EachRequestHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int i = 0; i < 2; ++i) {
    server_.Then(Say(200, R"({"sha":"c012345678901234567890123456789012345678"})"));
    ASSERT_TRUE(Make().Info(repo_, "", cancel_).ok());
    const std::string request = server_.requests().back();
    const size_t at = request.find("X-Amzn-Trace-Id: ");
    ASSERT_NE(at, request.npos);
    names.insert(request.substr(at + 17, 36));
  }
  EXPECT_EQ(names.size(), 2U);
  EXPECT_THAT(*names.begin(),
              ::testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                      "[0-9a-f]{12}"));
}

TEST_F(HubApiTest, EachRefusalTellsWhatToDo) {
  const auto check = [&](const net::testing::Answer& answer, ErrorKind kind, const char* message,
                         const char* hint) {
    const Status status = InfoError(answer);
    EXPECT_EQ(KindOf(status), kind) << status.ToString();
    EXPECT_THAT(status.message(), HasSubstr(message));
    EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr(hint));
  };
  check(Say(404, "", "X-Error-Code: RepoNotFound\r\nX-Request-Id: r1\r\n"), ErrorKind::kNotFound,
        "no dataset ns/name (GET", "the token of HF_TOKEN may not read it");
  check(Say(404, "", "X-Error-Code: RevisionNotFound\r\n"), ErrorKind::kNotFound,
        "no revision v1 of dataset ns/name", "branches and tags");
  check(Say(403, "", "X-Error-Code: GatedRepo\r\n"), ErrorKind::kAuth, "is gated",
        "ask for access at");
  check(Say(401, "", "X-Error-Code: GatedRepo\r\n"), ErrorKind::kAuth, "is gated",
        "ask for access at");
  check(Say(403, "Access to this resource is disabled."), ErrorKind::kAuth, "is disabled",
        "closed");
  check(Say(401, R"({"error":"Invalid credentials in Authorization header"})"), ErrorKind::kAuth,
        "the token of HF_TOKEN is wrong or has expired", "settings/tokens");
  check(Say(401, "anything"), ErrorKind::kNotFound, "no dataset ns/name", "private");
  server_.Then(Say(404));
  server_.Then(Say(200, "{}"));
  EXPECT_THAT(Make().Info(repo_, "v1", cancel_).status().message(), HasSubstr("no revision v1"));
  server_.Then(Say(404));
  check(Say(404, ""), ErrorKind::kNotFound, "no dataset ns/name", "check the name");
  EXPECT_THAT(
      InfoError(Say(404, "", "X-Error-Code: RepoNotFound\r\nX-Request-Id: r1\r\n")).message(),
      HasSubstr("(request r1)"));
  EXPECT_THAT(InfoError(Say(403, R"({"error":"storage quota exceeded"})")).message(),
              HasSubstr("storage quota exceeded"));
}

TEST_F(HubApiTest, AListingIsCompleteOverItsPages) {
  const std::string next = server_.url("/hf/next?cursor=1");
  server_.Then(Say(200,
                   R"([{"type":"directory","path":"data","oid":"t"},
                       {"type":"file","path":"data/b","size":5,"oid":"b112345678901234567890123456789012345678",
                        "lfs":{"oid":"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
                               "size":500,"pointerSize":129}},
                       {}])",
                   "Link: <" + next + ">; rel=\"next\"\r\n"));
  server_.Then(Say(
      200,
      R"([{"type":"file","path":"a","size":1,"oid":"b212345678901234567890123456789012345678"}])"));
  const auto files = Make().Tree(repo_, "main", "", cancel_).ValueOrDie();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].path, "a");
  EXPECT_EQ(files[1].sha256, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
  EXPECT_EQ(files[1].size, 500);
  EXPECT_THAT(server_.requests()[1], StartsWith("GET /hf/next?cursor=1 "));
}

TEST_F(HubApiTest, AddressesOfTheHubThatAMirrorGivesAreTheMirrors) {
  server_.Then(Say(200, "[]", "Link: <https://huggingface.co/api/next>; rel=\"next\"\r\n"));
  server_.Then(Say(200, "[]"));
  ASSERT_TRUE(Make().Tree(repo_, "main", "data", cancel_).ok());
  EXPECT_THAT(server_.requests()[0], StartsWith("GET /hf/api/datasets/ns/name/tree/main/data?"));
  EXPECT_THAT(server_.requests()[1], StartsWith("GET /hf/api/next "));
}

TEST_F(HubApiTest, AFileIsResolvedUpToWhereItsBytesAre) {
  const std::string fields =
      "X-Repo-Commit: c012345678901234567890123456789012345678\r\nX-Linked-Size: "
      "700\r\nX-Linked-ETag: \"ab12345678901234567890123456789012345678\"\r\n";
  server_.Then(
      {"HTTP/1.1 307 Moved\r\nLocation: /hf/datasets/new/name/resolve/main/a%20b\r\n"
       "Content-Length: 0\r\n\r\n"});
  server_.Then({"HTTP/1.1 302 Found\r\nContent-Length: 9\r\n" + fields +
                "Location: " + other_.url("/bytes?sig=1") + "\r\n\r\n"});
  const Resolved resolved = Make().Resolve(repo_, "", "a b", cancel_).ValueOrDie();
  EXPECT_EQ(resolved.commit, kCommit);
  EXPECT_EQ(resolved.etag, "ab12345678901234567890123456789012345678");
  EXPECT_EQ(resolved.size, 700);
  EXPECT_EQ(resolved.url, other_.url("/bytes?sig=1"));
  EXPECT_TRUE(resolved.elsewhere);
  EXPECT_THAT(server_.requests()[0],
              StartsWith("HEAD /hf/datasets/ns/name/resolve/main/a%20b HTTP/1.1\r\n"));
  EXPECT_THAT(server_.requests()[1], HasSubstr("Authorization"));
  EXPECT_TRUE(other_.requests().empty());
}

TEST_F(HubApiTest, TagsOfAnyFormGiveOneHash) {
  for (const std::string& tag : {std::string("W/\"") + kCommit + "\"",
                                 std::string("\"") + kCommit + "\"", std::string(kCommit)}) {
    server_.Then(
        {fmt::format("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX-Repo-Commit: "
                     "c012345678901234567890123456789012345678\r\n"
                     "ETag: {}\r\n\r\n",
                     tag)});
    const Resolved resolved = Make().Resolve(repo_, "main", "a", cancel_).ValueOrDie();
    EXPECT_EQ(resolved.etag, kCommit);
    EXPECT_EQ(resolved.size, 12);
    EXPECT_FALSE(resolved.elsewhere);
  }
}

TEST_F(HubApiTest, AServerThatIsNoHubIsTold) {
  server_.Then({"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nETag: \"x\"\r\n\r\n"});
  EXPECT_THAT(Make().Resolve(repo_, "main", "a", cancel_).status().message(),
              HasSubstr("tells no commit, hash or size"));
  server_.Then(Say(200, "<html>welcome"));
  EXPECT_THAT(Make().Info(repo_, "", cancel_).status().message(), HasSubstr("is no JSON"));
}

TEST_F(HubApiTest, WhatWouldBecomeAPathHasToBeAHash) {
  for (const char* sha : {"../../x", "", "c0", "C012345678901234567890123456789012345678"}) {
    server_.Then(Say(200, fmt::format(R"({{"id":"a/b","sha":"{}"}})", sha)));
    EXPECT_EQ(KindOf(Make().Info(repo_, "", cancel_).status()), ErrorKind::kData) << sha;
    server_.Then(
        Say(200, fmt::format(R"([{{"type":"file","path":"a","size":1,"oid":"{}"}}])", sha)));
    EXPECT_EQ(KindOf(Make().Tree(repo_, "main", "", cancel_).status()), ErrorKind::kData) << sha;
  }
  for (const auto& [size, taken] : std::vector<std::pair<std::string, bool>>{
           {"-1", false}, {"18446744073709551615", false}, {"1.5", true}, {"7", true}}) {
    server_.Then(Say(
        200, fmt::format(R"([{{"type":"file","path":"a","size":{},"oid":"{}"}}])", size, kCommit)));
    EXPECT_EQ(Make().Tree(repo_, "main", "", cancel_).ok(), taken) << size;
  }
}

TEST_F(HubApiTest, AnEtagIsAHashOrAtLeastTheNameOfAFile) {
  const std::string longest(150, 'n');
  for (const auto& [tag, taken] : std::vector<std::pair<std::string, bool>>{{kCommit, true},
                                                                            {"5f3-61c", true},
                                                                            {"a.b", true},
                                                                            {longest, true},
                                                                            {longest + "n", false},
                                                                            {"", false},
                                                                            {"..", false},
                                                                            {"../../x", false},
                                                                            {"a/b", false},
                                                                            {"/x", false},
                                                                            {".x", false},
                                                                            {"a\\b", false},
                                                                            {"x.incomplete", false},
                                                                            {"C:x", false},
                                                                            {"\xff", false}}) {
    server_.Then(
        {fmt::format("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-Repo-Commit: {}\r\n"
                     "ETag: \"{}\"\r\n\r\n",
                     kCommit, tag)});
    const auto resolved = Make().Resolve(repo_, "main", "a", cancel_);
    EXPECT_EQ(resolved.ok(), taken) << tag;
    EXPECT_EQ(resolved.ok() ? resolved->etag : tag, tag);
  }
}

TEST_F(HubApiTest, AListingThatComesRoundAgainIsAnError) {
  for (int i = 0; i < 2; ++i) {
    server_.Then(Say(200, "[]", "Link: <" + server_.url("/hf/a") + ">; rel=\"next\"\r\n"));
  }
  server_.Then(Say(200, "[]", "Link: <" + server_.url("/hf/a") + ">; rel=\"next\"\r\n"));
  EXPECT_THAT(Make().Tree(repo_, "main", "", cancel_).status().message(),
              HasSubstr("comes round again"));
}

TEST_F(HubApiTest, OfflineAsksNobody) {
  Api api({.endpoint = server_.url(), .offline = true}, client_);
  EXPECT_THAT(api.Info(repo_, "", cancel_).status().message(), HasSubstr("offline"));
  EXPECT_THAT(api.Resolve(repo_, "", "a", cancel_).status().message(), HasSubstr("offline"));
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(HubApiTest, WhoAmITellsNameRoleAndOrganisations) {
  server_.Then(Say(200, R"({"type":"user","name":"ann","orgs":[{"name":"lab"}],
                            "auth":{"type":"access_token","accessToken":{"role":"write"}}})"));
  const Identity identity = Make().WhoAmI(cancel_).ValueOrDie();
  EXPECT_EQ(identity.name, "ann");
  EXPECT_EQ(identity.role, "write");
  EXPECT_THAT(identity.orgs, ElementsAre("lab"));
  server_.Then(Say(401, R"({"error":"Invalid user token."})"));
  EXPECT_THAT(Make().WhoAmI(cancel_).status().message(), HasSubstr("HF_TOKEN is wrong"));
  token_.clear();
  EXPECT_THAT(Make().WhoAmI(cancel_).status().message(), HasSubstr("there is no token"));
}

}  // namespace
}  // namespace tideway::hub
