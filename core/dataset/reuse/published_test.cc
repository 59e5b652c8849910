#include "core/dataset/reuse/published.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

namespace fs = std::filesystem;

class PublishedTest : public testing::DatasetTest {
 protected:
  std::string Out() const { return folder_ + "/out"; }
  std::string Records() const { return folder_ + "/state/published"; }
  void Write(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(MakeFolders(Out()).ok());
    ASSERT_TRUE(WriteFileAtomic(Out() + "/" + name, text).ok());
  }
  static WrittenShard Shard(const std::string& name, const std::string& text) {
    return {.part = "train",
            .file = {.name = name,
                     .rows = 3,
                     .bytes = 40,
                     .size = static_cast<int64_t>(text.size()),
                     .sha256 = Sha256Hex(text)}};
  }
  mutable FileHashes hashes_{""};
  // Two files, published with key "k".
  PublishedOutputs Published() const {
    Write("a", "first");
    Write("b", "second");
    PublishedOutputs published(Records());
    published.Keep(Out(),
                   {.key = "k",
                    .shards = {Shard("a", "first"), Shard("b", "second")},
                    .inputs = {{"in.csv", "sha256:00", 3, 10}}},
                   Out());
    return published;
  }
};

TEST_F(PublishedTest, FindsWhatWasPublishedWithThatKey) {
  const auto found = Published().Find(Out(), "k", Out(), hashes_);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->shards.size(), 2U);
  EXPECT_EQ(found->shards[1].file.name, "b");
  EXPECT_EQ(found->shards[1].file.rows, 3);
  EXPECT_EQ(found->shards[1].file.bytes, 40);
  EXPECT_EQ(found->shards[1].file.sha256, Sha256Hex("second"));
  ASSERT_EQ(found->inputs.size(), 1U);
  EXPECT_EQ(found->inputs[0].uri, "in.csv");
}

TEST_F(PublishedTest, AnotherKeyOrPlaceFindsNothing) {
  const PublishedOutputs published = Published();
  EXPECT_FALSE(published.Find(Out(), "other", Out(), hashes_));
  EXPECT_FALSE(published.Find(folder_ + "/elsewhere", "k", Out(), hashes_));
  EXPECT_TRUE(published.Knows(Out()));
  EXPECT_FALSE(published.Knows(folder_ + "/elsewhere"));
}

TEST_F(PublishedTest, AFileThatWasChangedOrRemovedFindsNothing) {
  const PublishedOutputs published = Published();
  Write("b", "secons");
  EXPECT_FALSE(published.Find(Out(), "k", Out(), hashes_));
  Write("b", "second, and more");
  EXPECT_FALSE(published.Find(Out(), "k", Out(), hashes_));
  fs::remove(Out() + "/b");
  EXPECT_FALSE(published.Find(Out(), "k", Out(), hashes_));
}

TEST_F(PublishedTest, AFileWrittenAnewWithTheSameBytesIsTheSame) {
  const PublishedOutputs published = Published();
  Write("b", "second");
  EXPECT_TRUE(published.Find(Out(), "k", Out(), hashes_));
}

TEST_F(PublishedTest, ADamagedRecordFindsNothing) {
  const PublishedOutputs published = Published();
  const std::string record = fs::directory_iterator(Records())->path();
  const std::string good = *ReadFile(record);
  for (size_t size = 0; size + 2 < good.size(); size += 7) {
    ASSERT_TRUE(WriteFileAtomic(record, good.substr(0, size)).ok());
    EXPECT_FALSE(published.Find(Out(), "k", Out(), hashes_)) << size;
  }
  for (const std::string bad :
       {"[]", "{}", "null", "{\"key\":\"k\"}", "{\"key\":\"k\",\"shards\":1}",
        "{\"key\":\"k\",\"shards\":[{}],\"inputs\":[]}"}) {
    ASSERT_TRUE(WriteFileAtomic(record, bad).ok());
    EXPECT_FALSE(published.Find(Out(), "k", Out(), hashes_)) << bad;
  }
}

TEST_F(PublishedTest, RecordsThatCannotBeWrittenAreDoneWithout) {
  Write("a", "first");
  const PublishedOutputs published(Out() + "/a/published");
  published.Keep(Out(), {.key = "k", .shards = {Shard("a", "first")}, .inputs = {}}, Out());
  EXPECT_FALSE(published.Find(Out(), "k", Out(), hashes_));
}

}  // namespace
}  // namespace tideway::dataset
