#include "core/hub/hub.h"

#include "core/hub/testing_internal.h"

namespace tideway::hub::testing {
namespace {

TEST(OpenRepositoryTest, FolderUrisAreTakenAsTheyStand) {
  for (const auto& [uri, name] :
       std::map<std::string, std::string>{{"file:out/department", "department"},
                                          {"file:department/", "department"},
                                          {"file:/tmp/a b", "a b"},
                                          {"file:///tmp/a%20b", "a%20b"},
                                          {"file://localhost/tmp/x", "x"}}) {
    const auto repository = Must(OpenRepository(uri));
    EXPECT_EQ(repository->uri(), uri);
    EXPECT_EQ(repository->name(), name);
  }
}

TEST(OpenRepositoryTest, NamesOnTheHubAreOpenedByTheEnvironmentAndNothingIsAsked) {
  const OpenOptions options{.environment = [](const std::string& name) {
    return name == "HF_ENDPOINT" ? std::optional<std::string>("http://127.0.0.1:1") : std::nullopt;
  }};
  for (const char* uri : {"ns/name", "hf://datasets/ns/name"}) {
    const auto repository = Must(OpenRepository(uri, options));
    EXPECT_EQ(repository->uri(), uri);
    EXPECT_EQ(repository->name(), "name");
    EXPECT_FAILS(repository->CheckWritable(), ErrorKind::kAuth, "there is no token");
  }
  const OpenOptions wrong{.environment = [](const std::string&) { return "nowhere"; }};
  EXPECT_FAILS(OpenRepository("ns/name", wrong), ErrorKind::kUsage, "HF_ENDPOINT");
}

TEST(OpenRepositoryTest, OtherUrisAreRefused) {
  for (const char* uri : {"", "name", "https://x/y"}) {
    EXPECT_FAILS(OpenRepository(uri), ErrorKind::kUsage, "not a dataset");
  }
  for (const char* uri : {"ns/name/more", "/ns", "ns/-name", "ns/na--me"}) {
    EXPECT_FAILS(OpenRepository(uri), ErrorKind::kUsage, "not a repository");
  }
  for (const char* uri : {"hf://ns/name", "hf://spaces/ns/name", "hf://datasets/ns/name@v1",
                          "hf://datasets/ns/name/data"}) {
    EXPECT_FAILS(OpenRepository(uri), ErrorKind::kUsage, "not a whole dataset");
  }
  for (const char* uri : {"file:", "file:/", "file:///"}) {
    EXPECT_FAILS(OpenRepository(uri), ErrorKind::kUsage, "the folder is missing");
  }
  for (const char* uri : {"file://host/path", "file://path"}) {
    EXPECT_FAILS(OpenRepository(uri), ErrorKind::kUsage, "not a local folder");
  }
}

}  // namespace
}  // namespace tideway::hub::testing
