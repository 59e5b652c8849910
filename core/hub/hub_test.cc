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

TEST(OpenRepositoryTest, OtherUrisAreRefused) {
  for (const char* uri : {"ns/name", "", "hf://datasets/ns/name", "https://x/y", "out/folder"}) {
    EXPECT_FAILS(OpenRepository(uri), ErrorKind::kUsage,
                 "only file: repositories are supported by this version");
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
