// Downloads that another process goes on with.
#include "core/store/started_download.h"

#include <fmt/format.h>

#include <atomic>
#include <filesystem>

#include "core/base/hash.h"
#include "core/store/backend_test.h"
#include "core/store/file/folder_store.h"
#include "core/store/transfer.h"

namespace tideway::store {
namespace {

constexpr int64_t kPart = 1000;

// A folder that counts the parts it gives, and breaks off after some.
class Counting : public Store {
 public:
  explicit Counting(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  const std::string& uri() const override { return store_->uri(); }
  Result<Page> List(const ListRequest& request, const CancelToken& cancel) override {
    return store_->List(request, cancel);
  }
  Result<Object> Head(const std::string& key, const CancelToken& cancel) override {
    return store_->Head(key, cancel);
  }
  Result<Object> ReadStart(const std::string& key, int64_t most, const net::WriteAt& write,
                           const CancelToken& cancel) override {
    return store_->ReadStart(key, most, write, cancel);
  }
  Status ReadRange(const Object& object, ByteRange range, const net::WriteAt& write,
                   const CancelToken& cancel) override {
    if (++given > breaks_after) return Error(fails_with, "store: broke off");
    return store_->ReadRange(object, range, write, cancel);
  }
  Result<Object> Put(const std::string& key, const net::Body& source, const PutOptions& options,
                     const CancelToken& cancel) override {
    return store_->Put(key, source, options, cancel);
  }
  Result<Object> Copy(const std::string& from, const std::string& to,
                      const CancelToken& cancel) override {
    return store_->Copy(from, to, cancel);
  }
  Status Delete(const std::vector<std::string>& keys, const CancelToken& cancel) override {
    return store_->Delete(keys, cancel);
  }
  Result<std::string> Presign(const std::string& key, const PresignOptions& options,
                              const CancelToken& cancel) override {
    return store_->Presign(key, options, cancel);
  }
  Status CreateBucket(const CancelToken& cancel) override { return store_->CreateBucket(cancel); }

  std::atomic<int> given{0};
  std::atomic<int> breaks_after{1 << 20};
  ErrorKind fails_with = ErrorKind::kNetwork;

 private:
  const std::shared_ptr<Store> store_;
};

class StartedDownloadTest : public testing::Test {
 protected:
  StartedDownloadTest() { Put(0); }

  void Put(uint64_t seed) {
    text_.clear();
    for (int i = 0; i < 9500; ++i)
      text_ += static_cast<char>(Mix64(static_cast<uint64_t>(i), seed));
    ASSERT_TRUE(store_.Put("k", net::Body::Of(text_), {}, cancel_).ok());
  }
  Status Get(int breaks_after = 1 << 20) {
    store_.given = 0;
    store_.breaks_after = breaks_after;
    return GetFile(store_, "k", path_, {.part_bytes = kPart, .at_once = 1}, cancel_).status();
  }
  void ExpectWhole() {
    EXPECT_TRUE(*ReadFile(path_) == text_);
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path("out"))) {
      EXPECT_EQ(entry.path(), path_);
    }
  }
  std::string Notes() const { return folder_.path("out/.file.parts.tideway-tmp"); }

  CancelToken cancel_;
  const TestFolder folder_;
  Counting store_{OpenFolder(folder_.path("bucket"))};
  const bool made_ = std::filesystem::create_directories(folder_.path("out"));
  const std::string path_ = folder_.path("out/file");
  std::string text_;
};

TEST_F(StartedDownloadTest, PartsThatCameAreNotFetchedAgain) {
  EXPECT_EQ(KindOf(Get(4)), ErrorKind::kNetwork);
  EXPECT_FALSE(FileExists(path_));
  EXPECT_TRUE(Get().ok());
  EXPECT_EQ(store_.given, 9 - 4);
  ExpectWhole();
}

TEST_F(StartedDownloadTest, AnObjectThatChangedIsFetchedAnew) {
  EXPECT_FALSE(Get(4).ok());
  Put(1);
  EXPECT_TRUE(Get().ok());
  EXPECT_EQ(store_.given, 9);
  ExpectWhole();
}

TEST_F(StartedDownloadTest, WhatIsOfNoUseIsNotKept) {
  store_.fails_with = ErrorKind::kDiskFull;
  EXPECT_EQ(KindOf(Get(4)), ErrorKind::kDiskFull);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path("out")));
}

TEST_F(StartedDownloadTest, NotesOfAnotherBootCountForNothing) {
  EXPECT_FALSE(Get(4).ok());
  const std::string notes = *ReadFile(Notes());
  ASSERT_TRUE(WriteFileAtomic(Notes(), "0" + notes).ok());
  EXPECT_TRUE(Get().ok());
  EXPECT_EQ(store_.given, 9);
  ExpectWhole();
}

TEST_F(StartedDownloadTest, LinesThatAreNoNotesCountForNothing) {
  EXPECT_FALSE(Get(4).ok());
  const std::string notes = *ReadFile(Notes());
  ASSERT_TRUE(WriteFileAtomic(Notes(), notes + "99\nx\n\n-1\n8x\n7").ok());
  EXPECT_TRUE(Get().ok());
  EXPECT_EQ(store_.given, 9 - 4);
  ExpectWhole();
}

TEST_F(StartedDownloadTest, PartsBeyondTheEndOfTheFileAreFetchedAgain) {
  EXPECT_FALSE(Get(4).ok());
  std::filesystem::resize_file(folder_.path("out/.file.part.tideway-tmp"), 2 * kPart);
  EXPECT_TRUE(Get().ok());
  EXPECT_EQ(store_.given, 9 - 1);
  ExpectWhole();
}

TEST_F(StartedDownloadTest, WithoutItsBytesANoteCountsForNothing) {
  EXPECT_FALSE(Get(4).ok());
  std::filesystem::remove(folder_.path("out/.file.part.tideway-tmp"));
  EXPECT_TRUE(Get().ok());
  EXPECT_EQ(store_.given, 9);
  ExpectWhole();
}

TEST_F(StartedDownloadTest, WhatAnotherProcessIsAtIsFetchedBesideIt) {
  const StartedDownload other(path_, "the same", kPart, 9500);
  ASSERT_TRUE(other.taken());
  EXPECT_FALSE(Get(4).ok());
  EXPECT_TRUE(Get().ok());
  EXPECT_EQ(store_.given, 9);
  EXPECT_TRUE(*ReadFile(path_) == text_);
}

}  // namespace
}  // namespace tideway::store
