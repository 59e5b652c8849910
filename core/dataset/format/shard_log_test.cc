#include "core/dataset/format/shard_log.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <thread>

#include "core/base/hash.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

class ShardLogTest : public testing::DatasetTest {
 protected:
  std::string Log() const { return folder_ + "/shards.jsonl"; }
  // A file in the folder that says its name.
  FinishedShard Shard(const std::string& part, const std::string& name) const {
    EXPECT_TRUE(WriteFileAtomic(folder_ + "/" + name, name).ok());
    return {.part = part,
            .temporary = name,
            .file = {.name = "",
                     .rows = 7,
                     .bytes = 70,
                     .size = static_cast<int64_t>(name.size()),
                     .sha256 = Sha256Hex(name)}};
  }
  std::vector<std::string> Read(const std::string& key = "k") const {
    std::vector<std::string> names;
    for (const auto& shard : ReadShardLog(Log(), key, folder_)) names.push_back(shard.temporary);
    return names;
  }
  // Shards a and b of one part, c of another.
  void WriteThree() const {
    const auto log =
        ShardLog::GoOn(Log(), "k", {Shard("x", "a"), Shard("x", "b"), Shard("y", "c")});
    ASSERT_TRUE(log.ok()) << log.status().ToString();
  }
  using Names = std::vector<std::string>;
};

TEST_F(ShardLogTest, GivesTheShardsThatWereNotedUnderTheKey) {
  WriteThree();
  EXPECT_EQ(Read(), (Names{"a", "b", "c"}));
  EXPECT_EQ(Read("other"), Names());
  const FinishedShard last = ReadShardLog(Log(), "k", folder_).back();
  EXPECT_EQ(last.part, "y");
  EXPECT_EQ(last.file.rows, 7);
  EXPECT_EQ(last.file.bytes, 70);
}

TEST_F(ShardLogTest, AShardThatIsMissingOrDamagedEndsItsPart) {
  WriteThree();
  ASSERT_TRUE(WriteFileAtomic(folder_ + "/a", "A").ok());
  EXPECT_EQ(Read(), (Names{"c"}));
  std::filesystem::remove(folder_ + "/c");
  EXPECT_EQ(Read(), Names());
}

TEST_F(ShardLogTest, HalfALineAndWhatFollowsAreNotRead) {
  WriteThree();
  const std::string text = *ReadFile(Log());
  for (size_t size = 0; size < text.size(); ++size) {
    ASSERT_TRUE(WriteFileAtomic(Log(), text.substr(0, size)).ok());
    const auto lines = std::ranges::count(text.substr(0, size), '\n');
    EXPECT_EQ(static_cast<int64_t>(Read().size()), std::max<int64_t>(lines - 1, 0)) << size;
  }
}

TEST_F(ShardLogTest, ANameThatLeadsElsewhereIsNotFollowed) {
  FinishedShard shard = Shard("x", "a");
  shard.temporary = "../" + std::filesystem::path(folder_).filename().string() + "/a";
  ASSERT_TRUE(ShardLog::GoOn(Log(), "k", {shard}).ok());
  EXPECT_EQ(Read(), Names());
}

TEST_F(ShardLogTest, NotesShardsOnceTheKeyIsKnown) {
  std::promise<std::string> key;
  ShardLog log(Log(), [future = key.get_future().share()](const CancelToken&) {
    return Result<std::string>(future.get());
  });
  ASSERT_TRUE(log.Add(Shard("x", "a")).ok());
  EXPECT_FALSE(log.begun());
  key.set_value("k");
  // The key is taken when it is there at the next shard, which may be some shards on.
  Names names = {"a"};
  while (!log.begun()) {
    names.push_back("b" + std::to_string(names.size()));
    ASSERT_TRUE(log.Add(Shard("x", names.back())).ok());
  }
  EXPECT_EQ(Read(), names);
}

TEST_F(ShardLogTest, AKeyThatCannotBeMadeNotesNothing) {
  ShardLog log(Log(), [](const CancelToken&) -> Result<std::string> {
    return Error(ErrorKind::kIo, "unreadable");
  });
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(log.Add(Shard("x", "a")).ok());
  EXPECT_FALSE(log.begun());
  EXPECT_EQ(Read(), Names());
}

TEST_F(ShardLogTest, StopsTheMakingOfTheKeyAtItsEnd) {
  ShardLog log(Log(), [](const CancelToken& stop) -> Result<std::string> {
    while (stop.Check().ok()) std::this_thread::yield();
    return stop.Check();
  });
  EXPECT_TRUE(log.Add(Shard("x", "a")).ok());
}

}  // namespace
}  // namespace tideway::dataset
