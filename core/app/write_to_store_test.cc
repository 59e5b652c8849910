#include "core/app/write_to_store.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <mutex>

#include "core/base/file.h"
#include "core/dataset/format/manifest.h"
#include "core/dataset/format/shard_set.h"
#include "core/store/file/folder_store.h"
#include "core/store/transfer.h"

namespace tideway::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A folder as a store, which counts puts and fails where it is told to.
class WatchedStore : public store::Store {
 public:
  explicit WatchedStore(const std::string& folder) : store_(store::OpenFolder(folder)) {}

  const std::string& uri() const override { return store_->uri(); }
  Result<store::Page> List(const store::ListRequest& request, const CancelToken& cancel) override {
    return store_->List(request, cancel);
  }
  Result<store::Object> Head(const std::string& key, const CancelToken& cancel) override {
    return store_->Head(key, cancel);
  }
  Result<store::Object> ReadStart(const std::string& key, int64_t most, const net::WriteAt& write,
                                  const CancelToken& cancel) override {
    return store_->ReadStart(key, most, write, cancel);
  }
  Status ReadRange(const store::Object& object, ByteRange range, const net::WriteAt& write,
                   const CancelToken& cancel) override {
    return store_->ReadRange(object, range, write, cancel);
  }
  Result<store::Object> Put(const std::string& key, const net::Body& source,
                            const store::PutOptions& options, const CancelToken& cancel) override {
    std::lock_guard lock(mutex_);
    if (key == refused) return Error(ErrorKind::kNetwork, "refused: " + key);
    puts.push_back(key);
    return store_->Put(key, source, options, cancel);
  }
  Result<store::Object> Copy(const std::string& from, const std::string& to,
                             const CancelToken& cancel) override {
    return store_->Copy(from, to, cancel);
  }
  Status Delete(const std::vector<std::string>& keys, const CancelToken& cancel) override {
    if (!deletes) return Error(ErrorKind::kAuth, "no deleting");
    return store_->Delete(keys, cancel);
  }
  Result<std::string> Presign(const std::string& key, const store::PresignOptions& options,
                              const CancelToken& cancel) override {
    return store_->Presign(key, options, cancel);
  }
  Status CreateBucket(const CancelToken& cancel) override { return store_->CreateBucket(cancel); }

  std::vector<std::string> puts;
  std::string refused;
  bool deletes = true;

 private:
  const std::shared_ptr<store::Store> store_;
  std::mutex mutex_;
};

class StoreOutputTest : public ::testing::Test {
 protected:
  StoreOutputTest() {
    char path[] = "/tmp/tideway-output-XXXXXX";
    folder_ = mkdtemp(path);
    store_ = std::make_shared<WatchedStore>(folder_ + "/bucket");
    EXPECT_TRUE(store_->CreateBucket(cancel_).ok());
  }
  ~StoreOutputTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<dataset::RemoteOutput> Open(bool is_file = false) {
    return MakeStoreOutput({store_, is_file ? "rows.txt" : "rows"}, is_file, cancel_);
  }
  // The name of a shard with this text.
  static std::string NameOf(char text) {
    return dataset::ContentName("train", 0, std::string(64, text), ".txt");
  }
  Status Send(dataset::RemoteOutput& output, char text) {
    const std::string path = folder_ + "/shard-" + text;
    RETURN_NOT_OK(WriteFileAtomic(path, std::string(10, text)));
    return output.Send(path, NameOf(text));
  }
  static Status Publish(dataset::RemoteOutput& output, const std::string& texts) {
    std::vector<std::string> names;
    for (const char text : texts) names.push_back(NameOf(text));
    return output.Publish(names, ManifestOf(texts));
  }
  static std::string ManifestOf(const std::string& texts) {
    std::vector<dataset::WrittenShard> shards;
    for (const char text : texts) shards.push_back({"train", {.name = NameOf(text), .sha256 = {}}});
    return dataset::ManifestText(shards);
  }
  void Write(const std::string& texts) {
    const auto output = Open();
    ASSERT_TRUE(output->Check().ok());
    for (const char text : texts) ASSERT_TRUE(Send(*output, text).ok());
    const Status published = Publish(*output, texts);
    ASSERT_TRUE(published.ok()) << published.ToString();
  }
  void Put(const std::string& key, const std::string& text = "x") {
    ASSERT_TRUE(store_->Put(key, net::Body::Of(text), {}, cancel_).ok());
  }
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    const auto objects = store::ListAll(*store_, "", cancel_).ValueOrDie();
    for (const store::Object& object : objects) keys.push_back(object.key);
    return keys;
  }
  std::string Manifest() {
    return store::GetText(*store_, "rows/manifest.json", 1 << 20, cancel_).ValueOr("");
  }

  CancelToken cancel_;
  std::string folder_;
  std::shared_ptr<WatchedStore> store_;
};

TEST_F(StoreOutputTest, TheManifestComesLast) {
  Write("abc");
  EXPECT_THAT(store_->puts, ::testing::SizeIs(4));
  EXPECT_EQ(store_->puts.back(), "rows/manifest.json");
  EXPECT_EQ(Manifest(), ManifestOf("abc"));
}

TEST_F(StoreOutputTest, AFileIsRemovedHereOnceItIsThere) {
  Write("a");
  EXPECT_FALSE(FileExists(folder_ + "/shard-a"));
}

TEST_F(StoreOutputTest, TheOldDatasetStandsUntilTheNewIsPublished) {
  Write("ab");
  const auto output = Open();
  ASSERT_TRUE(output->Check().ok());
  ASSERT_TRUE(Send(*output, 'c').ok());
  EXPECT_EQ(Manifest(), ManifestOf("ab"));
  ASSERT_TRUE(Publish(*output, "c").ok());
  EXPECT_THAT(Keys(), ElementsAre("rows/manifest.json", "rows/" + NameOf('c')));
}

TEST_F(StoreOutputTest, WhatIsThereIsNotSentAgain) {
  Write("ab");
  store_->puts.clear();
  Write("bc");
  EXPECT_THAT(store_->puts, ElementsAre("rows/" + NameOf('c'), "rows/manifest.json"));
  EXPECT_FALSE(FileExists(folder_ + "/shard-b"));
}

TEST_F(StoreOutputTest, AShardOfAnotherSizeIsSentAgain) {
  Put("rows/" + NameOf('a'), "half");
  Write("a");
  EXPECT_EQ(store_->Head("rows/" + NameOf('a'), cancel_)->size, 10);
}

TEST_F(StoreOutputTest, WhatAKilledWriteSentIsDeletedByTheNext) {
  Put("rows/" + NameOf('d'));
  Write("a");
  EXPECT_THAT(Keys(), ElementsAre("rows/manifest.json", "rows/" + NameOf('a')));
}

TEST_F(StoreOutputTest, ForeignObjectsAreAConflict) {
  for (const char* key : {"rows/notes.txt", "rows/old/a", "rows/train-00000-of-00001.txt"}) {
    Put(key);
    const Status checked = Open()->Check();
    EXPECT_EQ(KindOf(checked), ErrorKind::kConflict) << key;
    ASSERT_TRUE(store_->Delete({key}, cancel_).ok());
    std::filesystem::remove(folder_ + "/bucket/rows/old");
  }
  Put("rows-of-others/a");
  EXPECT_TRUE(Open()->Check().ok());
}

TEST_F(StoreOutputTest, WhatAManifestNamesIsAnEarlierWrites) {
  Put("rows/part.txt");
  Put("rows/manifest.json", R"({"version":1,"shards":[{"name":"part.txt"}]})");
  Write("a");
  EXPECT_THAT(Keys(), ElementsAre("rows/manifest.json", "rows/" + NameOf('a')));
}

TEST_F(StoreOutputTest, OfTwoRunsTheFirstToPublishWins) {
  Write("a");
  const auto slow = Open();
  ASSERT_TRUE(slow->Check().ok());
  ASSERT_TRUE(Send(*slow, 'b').ok());
  Write("c");
  const Status published = Publish(*slow, "b");
  EXPECT_EQ(KindOf(published), ErrorKind::kConflict);
  EXPECT_THAT(published.message(), HasSubstr("another run has published here meanwhile"));
  EXPECT_EQ(Manifest(), ManifestOf("c"));
}

TEST_F(StoreOutputTest, AFirstManifestReplacesNone) {
  const auto slow = Open();
  ASSERT_TRUE(slow->Check().ok());
  Put("rows/manifest.json", ManifestOf("c"));
  ASSERT_TRUE(Send(*slow, 'b').ok());
  EXPECT_EQ(KindOf(Publish(*slow, "b")), ErrorKind::kConflict);
  EXPECT_EQ(Manifest(), ManifestOf("c"));
}

TEST_F(StoreOutputTest, AFailedPutPublishesNothing) {
  Write("a");
  store_->refused = "rows/" + NameOf('b');
  const auto output = Open();
  ASSERT_TRUE(output->Check().ok());
  ASSERT_TRUE(Send(*output, 'b').ok());
  EXPECT_EQ(KindOf(Publish(*output, "b")), ErrorKind::kNetwork);
  EXPECT_EQ(Manifest(), ManifestOf("a"));
  EXPECT_TRUE(FileExists(folder_ + "/shard-b"));
}

TEST_F(StoreOutputTest, ADatasetIsPublishedAlsoWhereNothingMayBeDeleted) {
  Write("a");
  store_->deletes = false;
  Write("b");
  EXPECT_EQ(Manifest(), ManifestOf("b"));
}

TEST_F(StoreOutputTest, HoldsTellsWhetherAllOfAManifestIsThere) {
  Write("ab");
  const auto holds = [this](const std::string& texts) {
    const auto output = Open();
    EXPECT_TRUE(output->Check().ok());
    return output->Holds(ManifestOf(texts)).ValueOrDie();
  };
  EXPECT_TRUE(holds("ab"));
  EXPECT_FALSE(holds("a"));
  ASSERT_TRUE(store_->Delete({"rows/" + NameOf('b')}, cancel_).ok());
  EXPECT_FALSE(holds("ab"));
}

TEST_F(StoreOutputTest, ASingleFileIsOneObject) {
  const auto output = Open(/*is_file=*/true);
  ASSERT_TRUE(output->Check().ok());
  ASSERT_TRUE(Send(*output, 'a').ok());
  ASSERT_TRUE(output->Publish({"rows.txt"}, "").ok());
  EXPECT_THAT(Keys(), ElementsAre("rows.txt"));
}

TEST(OpenStoreOutput, AWholeBucketIsRefused) {
  dataset::RunContext run({});
  const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
  for (const char* uri : {"s3://bucket", "s3://bucket/", "gs://bucket"}) {
    EXPECT_EQ(KindOf(OpenStoreOutput(uri, false, nothing, run).status()), ErrorKind::kUsage) << uri;
  }
}

}  // namespace
}  // namespace tideway::app
