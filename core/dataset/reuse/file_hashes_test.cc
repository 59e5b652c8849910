#include "core/dataset/reuse/file_hashes.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "core/base/file.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

namespace fs = std::filesystem;
using ::testing::Optional;

const std::string kOnes(64, '1');
const std::string kTwos(64, '2');

class FileHashesTest : public testing::DatasetTest {
 protected:
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string Store() const { return Path("state/hashes.jsonl"); }
  FileStamp Write(const std::string& name, const std::string& text) const {
    EXPECT_TRUE(WriteFileAtomic(Path(name), text).ok());
    return *StampOf(Path(name));
  }
};

TEST_F(FileHashesTest, FindsWhatWasRememberedForTheSameStampOnly) {
  FileHashes hashes("");
  const FileStamp before = Write("a", "one");
  hashes.Remember(Path("a"), before, kOnes);
  EXPECT_THAT(hashes.Find(Path("a"), before), Optional(kOnes));
  EXPECT_EQ(hashes.Find(Path("b"), before), std::nullopt);
  EXPECT_EQ(hashes.Find(Path("a"), Write("a", "two")), std::nullopt);
}

TEST_F(FileHashesTest, AnotherProcessFindsIt) {
  const FileStamp stamp = Write("a", "one");
  FileHashes(Store()).Remember(Path("a"), stamp, kOnes);
  FileHashes(Store()).Remember(Path("a"), stamp, kTwos);
  EXPECT_THAT(FileHashes(Store()).Find(Path("a"), stamp), Optional(kTwos));
}

TEST_F(FileHashesTest, WhatIsNoHashIsNotRemembered) {
  const FileStamp stamp = Write("a", "one");
  FileHashes hashes("");
  hashes.Remember(Path("a"), stamp, kOnes.substr(1));
  EXPECT_EQ(hashes.Find(Path("a"), stamp), std::nullopt);
}

TEST_F(FileHashesTest, APathIsTheSameHoweverItIsWritten) {
  const FileStamp stamp = Write("a", "one");
  FileHashes hashes("");
  hashes.Remember(folder_ + "/x/../a", stamp, kOnes);
  EXPECT_TRUE(hashes.Find(folder_ + "/./a", stamp));
}

TEST_F(FileHashesTest, AChangeThatKeepsSizeAndTimeShowsInTheStamp) {
  const FileStamp before = Write("a", "one");
  const auto time = fs::last_write_time(Path("a"));
  WaitForNextTick();
  const int fd = open(Path("a").c_str(), O_WRONLY);
  ASSERT_EQ(pwrite(fd, "two", 3, 0), 3);
  close(fd);
  fs::last_write_time(Path("a"), time);
  const FileStamp after = *StampOf(Path("a"));
  EXPECT_EQ(after.size, before.size);
  EXPECT_EQ(after.inode, before.inode);
  EXPECT_NE(after, before);
}

TEST_F(FileHashesTest, AStampIsFreshUntilTheClockOfFilesHasTicked) {
  const FileStamp stamp = Write("a", "one");
  EXPECT_TRUE(IsFresh({.changed_ns = INT64_MAX / 2}));
  WaitForNextTick();
  EXPECT_FALSE(IsFresh(stamp));
}

TEST_F(FileHashesTest, BrokenLinesArePassedOver) {
  const FileStamp stamp = Write("a", "one");
  FileHashes(Store()).Remember(Path("a"), stamp, kOnes);
  const std::string good = *ReadFile(Store());
  for (const std::string bad :
       {"", "{", "[]", "{\"path\":1}", "{\"stamp\":[1,2,3]}", "{\"stamp\":[1,2,3,4,\"x\"]}", "\xff",
        "{\"path\":\"/a\",\"stamp\":[1.5,2,3,4,5],\"sha256\":\"11\"}",
        "{\"path\":\"/a\",\"stamp\":[1,2,3,4,5],\"sha256\":\"11\"}", "null"}) {
    ASSERT_TRUE(WriteFileAtomic(Store(), bad + "\n" + good + bad).ok());
    EXPECT_THAT(FileHashes(Store()).Find(Path("a"), stamp), Optional(kOnes)) << bad;
  }
}

TEST_F(FileHashesTest, AStoreThatCannotBeWrittenIsDoneWithout) {
  const FileStamp stamp = Write("a", "one");
  FileHashes hashes(Path("a") + "/hashes.jsonl");
  hashes.Remember(Path("a"), stamp, kOnes);
  EXPECT_THAT(hashes.Find(Path("a"), stamp), Optional(kOnes));
}

TEST_F(FileHashesTest, WhatIsKnownIsNotWrittenAgain) {
  const FileStamp stamp = Write("a", "one");
  FileHashes(Store()).Remember(Path("a"), stamp, kOnes);
  const auto size = fs::file_size(Store());
  FileHashes(Store()).Remember(Path("a"), stamp, kOnes);
  EXPECT_EQ(fs::file_size(Store()), size);
}

TEST_F(FileHashesTest, TheStoreDoesNotGrowWithEveryRun) {
  const FileStamp stamp = Write("a", "one");
  {
    FileHashes hashes(Store());
    for (int i = 0; i < 3000; ++i) hashes.Remember(Path("a"), stamp, i % 2 == 0 ? kOnes : kTwos);
  }
  EXPECT_GT(fs::file_size(Store()), 100'000U);
  EXPECT_TRUE(FileHashes(Store()).Find(Path("a"), stamp));
  EXPECT_LT(fs::file_size(Store()), 1000U);
}

}  // namespace
}  // namespace tideway::dataset
