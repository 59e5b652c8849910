#include "core/swh/file_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/utf8.h"

namespace tideway::swh {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const std::string kBlobId = "3f786850e387550fdab836ed7e6dc881de23001b";

FileFacts Facts(const std::string& path, const std::string& extension = "py") {
  return {.language = "Python",
          .blob_id = kBlobId,
          .extension = extension,
          .repo_name = "acme/tools",
          .path = path};
}

std::string NameOf(const std::string& path) {
  const std::string file = FilePath(Facts(path), Names::kPath);
  return file.substr(file.rfind('/') + 1);
}

TEST(FilePath, ByBlobIsTheBlobAndItsExtension) {
  EXPECT_EQ(FilePath(Facts("/a.py"), Names::kBlob), "raw/Python/3f/" + kBlobId + ".py");
  EXPECT_EQ(FilePath(Facts("/a", ""), Names::kBlob), "raw/Python/3f/" + kBlobId);
}

TEST(FilePath, OddExtensionsAreLeftOut) {
  for (const char* odd : {"a/b", "..", "x y", "\n", "ä", "123456789012345678901"}) {
    EXPECT_EQ(FilePath(Facts("/a", odd), Names::kBlob), "raw/Python/3f/" + kBlobId) << odd;
  }
}

TEST(FilePath, ByPathNamesRepositoryAndPath) {
  EXPECT_EQ(NameOf("/src/main.py"), "acme__tools__src__main-" + kBlobId + ".py");
  EXPECT_EQ(NameOf("src/main.py"), "acme__tools__src__main-" + kBlobId + ".py");
}

TEST(FilePath, LongPathsAreCutWithinNoCharacter) {
  std::string path = "/";
  while (path.size() < 300) path += "ü";
  const std::string name = NameOf(path + ".py");
  EXPECT_LE(name.size(), 180 + 1 + 40 + 3);
  EXPECT_TRUE(IsUtf8(name)) << name;
  EXPECT_THAT(name, EndsWith("-" + kBlobId + ".py"));
}

TEST(FilePath, NoPathLeavesItsFolder) {
  for (const char* path : {"/../../etc/passwd", "/a\nb\\c:d", "/..", ""}) {
    const std::string file = FilePath(Facts(path), Names::kPath);
    EXPECT_THAT(file.substr(std::string("raw/Python/3f/").size()), Not(HasSubstr("/"))) << path;
    EXPECT_EQ(file.find_first_of("\n\\:"), std::string::npos) << path;
  }
}

TEST(LanguageName, IsOnePartOfAPath) {
  EXPECT_EQ(LanguageName("C++"), "C++");
  EXPECT_EQ(LanguageName("a/b\n"), "a_b_");
  EXPECT_EQ(LanguageName(".."), "_..");
  EXPECT_EQ(LanguageName(""), "_");
}

}  // namespace
}  // namespace tideway::swh
