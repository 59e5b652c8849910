#include "core/hub/remote/cache.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "core/base/file.h"
#include "core/hub/remote/content_hash.h"
#include "core/hub/remote/partial_blob.h"
#include "core/hub/remote/remote_path.h"

namespace tideway::hub {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kCommit = "0123456789012345678901234567890123456789";
constexpr const char* kSha256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

// Names that a server might give, each of them to be refused.
std::vector<std::string> HostileNames() {
  std::vector<std::string> names{"",
                                 ".",
                                 "..",
                                 "/",
                                 "//",
                                 "/etc/passwd",
                                 "C:",
                                 "C:\\x",
                                 "c:/x",
                                 "\\\\host\\share",
                                 "a\\b",
                                 "..\\..\\x",
                                 ".cache/huggingface/x",
                                 std::string("a\0b", 3),
                                 "\xff\xfe",
                                 "a/\xc3",
                                 "\xed\xa0\x80",
                                 "\xc0\xaf"};
  for (const char* up : {"..", ".", ""}) {
    for (const char* before : {"", "a/", "a/b/", "data/train/", "ü/", "a b/", ".git/", "~/"}) {
      for (const char* after : {"", "/a", "/a/b", "/etc/passwd", "/../x"}) {
        names.push_back(fmt::format("{}{}{}", before, up, after));
      }
    }
  }
  for (int c = 0; c < 0x20; ++c) {
    for (const char* form :
         {"{}", "a{}b", "{}/x", "x/{}", "x/a{}/y", "{0}{0}", "{}.txt", "x/y/{}"}) {
      names.push_back(fmt::format(fmt::runtime(form), std::string(1, static_cast<char>(c))));
    }
  }
  for (size_t length : {256U, 300U, 1000U, 2999U}) {
    for (const char* form : {"{}", "a/{}", "{}/a", "a/{}/b"}) {
      names.push_back(fmt::format(fmt::runtime(form), std::string(length, 'n')));
    }
  }
  for (char drive = 'A'; drive <= 'Z'; ++drive) {
    for (const char* form : {"{}:", "{}:x", "{}:/x", "{}:\\x"}) {
      names.push_back(fmt::format(fmt::runtime(form), drive));
      names.push_back(fmt::format(fmt::runtime(form), static_cast<char>(drive + 32)));
    }
  }
  names.push_back(fmt::format("{}/x", std::string(200, 'a')) + std::string(3000, '/'));
  // A name that the loops make twice, or that is no hostile one ("a", "a/b"), is not counted.
  const std::set<std::string> distinct(names.begin(), names.end());
  names.assign(distinct.begin(), distinct.end());
  return names;
}

TEST(RemotePathTest, HostileNamesAreRefusedWithAReason) {
  int refused = 0;
  for (const std::string& name : HostileNames()) {
    const Status status = CheckRemotePath(name);
    const bool harmless = fs::path(name).is_relative() &&
                          fs::path(name).lexically_normal() == name && !name.empty() &&
                          name.front() != '.' && name.back() != '/';
    if (status.ok()) {
      EXPECT_TRUE(harmless) << name;
      continue;
    }
    ++refused;
    EXPECT_EQ(KindOf(status), ErrorKind::kData) << name;
    EXPECT_THAT(status.message(), HasSubstr("`: "));
    for (const unsigned char c : status.message()) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
  }
  EXPECT_GE(refused, 600);
}

TEST(RemotePathTest, NamesThatAreOnlyOddAreTaken) {
  for (const char* name : {"a",
                           ".gitattributes",
                           "data/..a",
                           "...",
                           "a b",
                           "ü/ñ.txt",
                           "-rf",
                           "ab:c",
                           "CON",
                           "nul.txt",
                           "data/train-00000-of-00001.parquet",
                           "A",
                           "~",
                           "$HOME",
                           "a%2Fb",
                           "blobs/x",
                           "refs/main",
                           ".cache/x",
                           "x.incomplete",
                           "*"}) {
    EXPECT_TRUE(CheckRemotePath(name).ok()) << name;
  }
  EXPECT_TRUE(CheckRemotePath(std::string(255, 'n')).ok());
}

TEST(ContentHashTest, IsSha256OrGitsBlobId) {
  const auto matches = [](const std::string& hash, const std::string& text, int64_t size) {
    ContentHash content(hash, size);
    content.Update(text.substr(0, 2));
    content.Update(text.substr(2));
    return content.Matches();
  };
  // sha256sum, and git hash-object.
  const std::string sha256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
  const std::string blob = "ce013625030ba8dba906f756967f9e9ca394464a";
  EXPECT_TRUE(matches(sha256, "hello\n", 6));
  EXPECT_TRUE(matches(blob, "hello\n", 6));
  EXPECT_FALSE(matches(sha256, "hellp\n", 6));
  EXPECT_FALSE(matches(blob, "hellp\n", 6));
  EXPECT_FALSE(matches(blob, "hello\n", 7));
  ContentHash again(blob, 6);
  again.Update("x");
  EXPECT_FALSE(again.Matches());
  again.Restart();
  again.Update("hello\n");
  EXPECT_TRUE(again.Matches());
}

class HubCacheTest : public ::testing::Test {
 protected:
  HubCacheTest() {
    std::string name = (fs::temp_directory_path() / "tideway-cache-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~HubCacheTest() override { fs::remove_all(root_); }
  Cache Make(bool symlinks = true) const {
    Cache cache(root_, {RepoType::kDataset, "ns/name"}, symlinks);
    EXPECT_TRUE(cache.Prepare().ok());
    return cache;
  }
  static void PutBlob(const Cache& cache, const std::string& hash, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomic(cache.blob(hash), text).ok());
  }

  std::string root_;
};

TEST_F(HubCacheTest, AFileIsALinkToItsBlobAndFoundThroughIt) {
  const Cache cache = Make();
  PutBlob(cache, "h1", "one");
  EXPECT_EQ(cache.Find(kCommit, "a/b/c"), std::nullopt);
  ASSERT_TRUE(cache.Link(kCommit, "a/b/c", "h1").ok());
  const std::string path = cache.snapshot(kCommit) + "/a/b/c";
  EXPECT_EQ(fs::read_symlink(path), "../../../../blobs/h1");
  EXPECT_EQ(cache.Find(kCommit, "a/b/c"), path);
  ASSERT_TRUE(cache.Link(kCommit, "a/b/c", "h1").ok());
}

TEST_F(HubCacheTest, WhatIsInTheWayIsReplaced) {
  const Cache cache = Make();
  PutBlob(cache, "h1", "one");
  const std::string path = cache.snapshot(kCommit) + "/a";
  fs::create_directories(cache.snapshot(kCommit));
  fs::create_symlink("../../blobs/gone", path);
  EXPECT_EQ(cache.Find(kCommit, "a"), std::nullopt);
  ASSERT_TRUE(cache.Link(kCommit, "a", "h1").ok());
  EXPECT_EQ(ReadFile(path).ValueOrDie(), "one");
  fs::remove(path);
  ASSERT_TRUE(WriteFileAtomic(path, "somebody's own").ok());
  ASSERT_TRUE(cache.Link(kCommit, "a", "h1").ok());
  EXPECT_EQ(ReadFile(path).ValueOrDie(), "one");
}

TEST_F(HubCacheTest, WithoutLinksThereAreCopies) {
  const Cache cache = Make(false);
  PutBlob(cache, "h1", "one");
  ASSERT_TRUE(cache.Link(kCommit, "a/b", "h1").ok());
  const std::string path = cache.snapshot(kCommit) + "/a/b";
  EXPECT_FALSE(fs::is_symlink(path));
  EXPECT_EQ(ReadFile(path).ValueOrDie(), "one");
}

TEST_F(HubCacheTest, ABlobOfTheSharedStoreIsReadThroughTwoLinksAndLeftAlone) {
  const Cache cache = Make();
  fs::create_directories(root_ + "/blobs/ab");
  ASSERT_TRUE(WriteFileAtomic(root_ + "/blobs/ab/xet", "shared").ok());
  fs::create_symlink("../../blobs/ab/xet", cache.blob("h1"));
  ASSERT_TRUE(cache.Link(kCommit, "a", "h1").ok());
  EXPECT_EQ(ReadFile(*cache.Find(kCommit, "a")).ValueOrDie(), "shared");
  EXPECT_TRUE(fs::is_symlink(cache.blob("h1")));
}

TEST_F(HubCacheTest, ARefIsFortyDigitsWithoutALineBreak) {
  const Cache cache = Make();
  ASSERT_TRUE(cache.WriteRef("refs/pr/1", kCommit).ok());
  EXPECT_EQ(ReadFile(cache.folder() + "/refs/refs/pr/1").ValueOrDie(), kCommit);
  EXPECT_EQ(cache.CommitOf("refs/pr/1"), kCommit);
  EXPECT_EQ(cache.CommitOf("main"), std::nullopt);
  ASSERT_TRUE(cache.WriteRef(kCommit, kCommit).ok());
  EXPECT_FALSE(FileExists(cache.folder() + "/refs/" + kCommit));
  EXPECT_FALSE(cache.WriteRef("../../x", kCommit).ok());
  ASSERT_TRUE(WriteFileAtomic(cache.folder() + "/refs/main", "not a commit").ok());
  EXPECT_EQ(cache.CommitOf("main"), std::nullopt);
}

TEST_F(HubCacheTest, AListingIsKeptAndABrokenOneIsNone) {
  const Cache cache = Make();
  const std::vector<RemoteFile> files{
      {.path = "a", .size = 1, .blob_id = kCommit},
      {.path = "b/ü", .size = 2, .blob_id = kCommit, .sha256 = kSha256, .xet_hash = "x2"}};
  ASSERT_TRUE(cache.WriteTree(kCommit, files).ok());
  const auto read = cache.ReadTree(kCommit).value();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].path, "b/ü");
  EXPECT_EQ(read[1].sha256, kSha256);
  EXPECT_EQ(HashOf(read[0]), kCommit);
  const std::string path = cache.folder() + "/trees/" + kCommit + ".json";
  for (const char* broken :
       {"", "{", "[]", R"({"format_version":2,"files":{}})", R"({"format_version":1})",
        R"({"format_version":1,"files":{"a":{}}})", R"({"format_version":"1","files":{}})",
        R"({"format_version":1,"files":{"a":{"size":1,"blob_id":"../x"}}})",
        R"({"format_version":1,"files":{"a":{"size":1}}})"}) {
    ASSERT_TRUE(WriteFileAtomic(path, broken).ok());
    EXPECT_EQ(cache.ReadTree(kCommit), std::nullopt) << broken;
  }
}

TEST_F(HubCacheTest, WhatIsKnownMissingIsNoted) {
  const Cache cache = Make();
  EXPECT_FALSE(cache.KnownMissing(kCommit, "a/b"));
  cache.MarkMissing(kCommit, "a/b");
  EXPECT_TRUE(cache.KnownMissing(kCommit, "a/b"));
  cache.MarkMissing(kCommit, "../../../x");
  EXPECT_FALSE(FileExists(root_ + "/x"));
}

class PartialBlobTest : public HubCacheTest {
 protected:
  static constexpr const char* kHello = "ce013625030ba8dba906f756967f9e9ca394464a";
  static net::Response Part(const std::string& range) {
    return {.status = 206, .headers = {{"Content-Range", range}}};
  }
};

TEST_F(PartialBlobTest, GoesOnWithWhatAnotherLeftAndOnlyWithThePartItAskedFor) {
  ASSERT_TRUE(WriteFileAtomic(root_ + "/left", "hel").ok());
  PartialBlob blob(kHello, 6);
  ASSERT_TRUE(blob.Open(root_ + "/mine", root_ + "/left").ok());
  EXPECT_FALSE(FileExists(root_ + "/left"));
  net::Headers headers;
  blob.AskForRest(headers);
  EXPECT_EQ(headers.Find("Range"), "bytes=3-");
  ASSERT_TRUE(blob.Begin(Part("bytes 3-5/6")).ok());
  ASSERT_TRUE(blob.Take("lo\n").ok());
  EXPECT_TRUE(blob.IsWhole().ValueOrDie());
  EXPECT_EQ(ReadFile(root_ + "/mine").ValueOrDie(), "hello\n");
}

TEST_F(PartialBlobTest, AnotherPartOrMoreThanAllMakesItBeginAnew) {
  for (const char* range :
       {"bytes 2-5/6", "bytes 3-4/6", "bytes 3-5/7", "bytes */6", "", "nonsense"}) {
    PartialBlob blob(kHello, 6);
    ASSERT_TRUE(WriteFileAtomic(root_ + "/left", "hel").ok());
    ASSERT_TRUE(blob.Open(root_ + "/mine", root_ + "/left").ok());
    EXPECT_TRUE(IsRetryable(blob.Begin(Part(range)))) << range;
    EXPECT_EQ(blob.written(), 0);
    ASSERT_TRUE(blob.Begin({.status = 200}).ok());
    ASSERT_TRUE(blob.Take("hello\n").ok());
    EXPECT_TRUE(blob.IsWhole().ValueOrDie());
  }
  PartialBlob blob(kHello, 6);
  ASSERT_TRUE(blob.Open(root_ + "/more", "").ok());
  EXPECT_TRUE(IsRetryable(blob.Take("hello\n and more")));
  EXPECT_EQ(blob.written(), 0);
}

TEST_F(PartialBlobTest, WrongBytesAreNotWhole) {
  PartialBlob blob(kHello, 6);
  ASSERT_TRUE(blob.Open(root_ + "/mine", "").ok());
  ASSERT_TRUE(blob.Take("hellp\n").ok());
  EXPECT_FALSE(blob.IsWhole().ValueOrDie());
  EXPECT_EQ(blob.written(), 0);
}

TEST_F(PartialBlobTest, WhatHoldsNothingIsRemovedAndTheRestStaysForAnother) {
  {
    PartialBlob blob(kHello, 6);
    ASSERT_TRUE(blob.Open(root_ + "/none", "").ok());
  }
  EXPECT_FALSE(FileExists(root_ + "/none"));
  {
    PartialBlob blob(kHello, 6);
    ASSERT_TRUE(blob.Open(root_ + "/some", "").ok());
    ASSERT_TRUE(blob.Take("he").ok());
  }
  EXPECT_TRUE(FileExists(root_ + "/some"));
}

}  // namespace
}  // namespace tideway::hub
