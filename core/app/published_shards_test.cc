#include "core/app/published_shards.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

#include "core/dataset/format/manifest.h"
#include "core/dataset/format/shard_set.h"
#include "core/store/file/folder_store.h"
#include "core/store/transfer.h"

namespace tideway::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PublishedShardsTest : public ::testing::Test {
 protected:
  PublishedShardsTest() {
    char path[] = "/tmp/tideway-published-XXXXXX";
    folder_ = mkdtemp(path);
    store_ = store::OpenFolder(folder_);
  }
  ~PublishedShardsTest() override { std::filesystem::remove_all(folder_); }

  static std::string NameOf(char text) {
    return dataset::ContentName("train", 0, std::string(64, text), ".csv");
  }
  void Put(const std::string& key, const std::string& text = "x") {
    ASSERT_TRUE(store_->Put(key, net::Body::Of(text), {}, cancel_).ok());
  }
  void PutShards(const std::string& folder, const std::string& texts) {
    for (const char text : texts) Put(folder + NameOf(text));
  }
  void Publish(const std::string& folder, const std::string& texts) {
    std::vector<dataset::WrittenShard> shards;
    for (const char text : texts) {
      shards.push_back({"train", {.name = NameOf(text), .sha256 = {}}});
    }
    Put(folder + "manifest.json", dataset::ManifestText(shards));
  }
  std::vector<store::Object> ListCsv() {
    auto objects = store::ListAll(*store_, "", cancel_).ValueOrDie();
    std::erase_if(objects, [](const store::Object& object) { return !IsCsv(object.key); });
    return objects;
  }
  static bool IsCsv(const std::string& key) { return key.ends_with(".csv"); }
  Result<std::vector<std::string>> Only(std::vector<store::Object> listed) {
    return KeysOf(OnlyPublished(*store_, std::move(listed), IsCsv, cancel_));
  }
  Result<std::vector<std::string>> Folder(const std::string& folder) {
    return KeysOf(ObjectsInFolder(*store_, folder, cancel_));
  }
  static Result<std::vector<std::string>> KeysOf(const Result<std::vector<store::Object>>& found) {
    RETURN_NOT_OK(found.status());
    std::vector<std::string> keys;
    for (const store::Object& object : *found) keys.push_back(object.key);
    return keys;
  }

  CancelToken cancel_;
  std::string folder_;
  std::shared_ptr<store::Store> store_;
};

TEST_F(PublishedShardsTest, ShardsThatNoManifestNamesAreLeftOut) {
  PutShards("rows/", "abc");
  Publish("rows/", "ac");
  Put("rows/other.csv");
  PutShards("more/", "d");
  EXPECT_THAT(*Only(ListCsv()),
              ElementsAre("rows/other.csv", "rows/" + NameOf('a'), "rows/" + NameOf('c')));
}

TEST_F(PublishedShardsTest, WithoutAManifestNothingIsPublished) {
  PutShards("rows/", "ab");
  const Status nothing = Only(ListCsv()).status();
  EXPECT_EQ(KindOf(nothing), ErrorKind::kNotFound);
  EXPECT_THAT(nothing.message(), HasSubstr("nothing is published yet: file:"));
  EXPECT_THAT(nothing.message(), HasSubstr("/rows/manifest.json"));
}

TEST_F(PublishedShardsTest, OtherNamesNeedNoManifest) {
  Put("a.csv");
  Put("train-00000-of-00001.csv");
  EXPECT_THAT(*Only(ListCsv()), ElementsAre("a.csv", "train-00000-of-00001.csv"));
  EXPECT_THAT(*Only({}), IsEmpty());
}

TEST_F(PublishedShardsTest, AListThatIsOlderThanTheManifestIsAConflict) {
  PutShards("rows/", "ab");
  Publish("rows/", "ab");
  const auto old = ListCsv();
  PutShards("rows/", "c");
  Publish("rows/", "bc");
  EXPECT_EQ(KindOf(Only(old).status()), ErrorKind::kConflict);
}

TEST_F(PublishedShardsTest, AFolderIsWhatItsManifestNamesInItsOrder) {
  PutShards("rows/", "abc");
  Publish("rows/", "ca");
  EXPECT_THAT(*Folder("rows/"), ElementsAre("rows/" + NameOf('c'), "rows/" + NameOf('a')));
  EXPECT_EQ(KindOf(Folder("none/").status()), ErrorKind::kNotFound);
  ASSERT_TRUE(store_->Delete({"rows/" + NameOf('a')}, cancel_).ok());
  EXPECT_EQ(KindOf(Folder("rows/").status()), ErrorKind::kConflict);
}

}  // namespace
}  // namespace tideway::app
