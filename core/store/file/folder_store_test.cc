#include "core/store/file/folder_store.h"

#include "core/base/file.h"
#include "core/store/backend_test.h"

namespace tideway::store {
namespace {

class FolderStoreTest : public testing::Test {
 protected:
  ErrorKind PutKind(const std::string& key) {
    return KindOf(store_->Put(key, net::Body::Of("x"), {}, cancel_).status());
  }
  CancelToken cancel_;
  const TestFolder folder_;
  const std::shared_ptr<Store> store_ = OpenFolder(folder_.path("bucket"));
};

TEST_F(FolderStoreTest, AKeyNeverLeavesTheFolder) {
  for (const char* key : {"../a", "a/../../b", "/etc/passwd", "a//b", "a/", ".", "a/./b"}) {
    EXPECT_EQ(PutKind(key), ErrorKind::kUsage) << key;
  }
  EXPECT_FALSE(FileExists(folder_.path("a")));
}

TEST_F(FolderStoreTest, AnUnfinishedFileIsNoObject) {
  ASSERT_TRUE(store_->Put("a", net::Body::Of("x"), {}, cancel_).ok());
  ASSERT_TRUE(WriteFileAtomic(folder_.path("bucket/.b.1.2.tideway-tmp"), "half").ok());
  EXPECT_EQ(store_->List({}, cancel_)->objects.size(), 1);
  EXPECT_EQ(PutKind(".b.1.2.tideway-tmp"), ErrorKind::kUsage);
}

TEST_F(FolderStoreTest, AFolderIsNoObject) {
  ASSERT_TRUE(store_->Put("a/b", net::Body::Of("x"), {}, cancel_).ok());
  EXPECT_EQ(KindOf(store_->Head("a", cancel_).status()), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(store_->Head("a/b/c", cancel_).status()), ErrorKind::kNotFound);
  EXPECT_FALSE(store_->Put("a", net::Body::Of("x"), {}, cancel_).ok());
}

TEST_F(FolderStoreTest, WithoutTheFolderThereIsNothingToList) {
  EXPECT_EQ(KindOf(store_->List({}, cancel_).status()), ErrorKind::kNotFound);
}

TEST_F(FolderStoreTest, AnInterruptedPutLeavesWhatWasThere) {
  ASSERT_TRUE(store_->Put("a", net::Body::Of("old"), {}, cancel_).ok());
  cancel_.Cancel();
  EXPECT_EQ(KindOf(store_->Put("a", net::Body::Of("new"), {}, cancel_).status()),
            ErrorKind::kInterrupted);
  EXPECT_EQ(*ReadFile(folder_.path("bucket/a")), "old");
}

}  // namespace
}  // namespace tideway::store
