#include "core/dataset/format/distant_file.h"

#include <arrow/buffer.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "core/base/file.h"
#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::HasSubstr;

// A distant file of 40 MB in which each byte tells its place.
class DistantFileTest : public ::testing::Test {
 protected:
  static constexpr int64_t kSize = 40'000'000;

  DistantFileTest() : content_(kSize, '\0') {
    for (size_t i = 0; i < content_.size(); ++i)
      content_[i] = static_cast<char>(i * 2654435761U >> 24);
    folder_ = ::testing::TempDir() + "distant-" + std::to_string(getpid());
    EXPECT_TRUE(MakeFolders(folder_).ok());
  }
  ~DistantFileTest() override { std::filesystem::remove_all(folder_); }

  std::shared_ptr<DistantFile> File() {
    DistantContent content{.size = kSize, .sha256 = "00"};
    content.fetch_range = [this](ByteRange range, int fd, const CancelToken&) -> Result<bool> {
      ++asked_;
      fetched_ += range.size();
      if (!parts_) return false;
      if (failures_ > 0 && failures_-- > 0) return Error(ErrorKind::kNetwork, "no route");
      const auto size = static_cast<size_t>(range.size());
      EXPECT_EQ(pwrite(fd, content_.data() + range.begin, size, range.begin), range.size());
      return true;
    };
    content.fetch_all = [this] {
      ++whole_;
      return WriteFileAtomic(folder_ + "/whole", content_);
    };
    return std::make_shared<DistantFile>(folder_ + "/whole", folder_ + "/parts", content);
  }

  std::string content_, folder_;
  std::atomic<int> asked_{0}, whole_{0}, failures_{0};
  std::atomic<int64_t> fetched_{0};
  std::atomic<bool> parts_{true};
};

TEST_F(DistantFileTest, WhatIsReadIsBroughtOnce) {
  const auto bytes = Must(File()->Open());
  EXPECT_EQ(Must(bytes->GetSize()), kSize);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Must(bytes->ReadAt(1000, 50))->ToString(), content_.substr(1000, 50));
  }
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(fetched_, 50);
}

TEST_F(DistantFileTest, ReadingEndsWhereTheFileDoes) {
  const auto bytes = Must(File()->Open());
  EXPECT_EQ(Must(bytes->ReadAt(kSize - 10, 100))->ToString(), content_.substr(kSize - 10));
  EXPECT_EQ(Must(bytes->ReadAt(kSize, 100))->size(), 0);
  EXPECT_EQ(Must(bytes->ReadAt(kSize + 5, 100))->size(), 0);
}

TEST_F(DistantFileTest, PartsWithASmallGapComeAsOneAndLargeOnesInPieces) {
  const auto file = File();
  ASSERT_STATUS(file->Bring({{0, 100}, {200, 300}}));
  EXPECT_EQ(asked_, 1);
  ASSERT_STATUS(file->Bring({{1'000'000, 30'000'000}}));
  EXPECT_GT(asked_, 5);
}

TEST_F(DistantFileTest, ManyThreadsReadTheRightBytesAndFetchOnlyGapsTwice) {
  const auto file = File();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      const auto bytes = Must(file->Open());
      for (int64_t at = thread * 100'000; at < kSize; at += 800'000) {
        const int64_t count = std::min<int64_t>(300'000, kSize - at);
        ASSERT_EQ(Must(bytes->ReadAt(at, count))->ToString(),
                  content_.substr(static_cast<size_t>(at), static_cast<size_t>(count)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(fetched_, kSize / 100 * 102);
}

TEST_F(DistantFileTest, AfterAFailureTheSameIsAskedForAgain) {
  failures_ = 1;
  const auto file = File();
  const Status failed = file->Bring({{0, 10}});
  EXPECT_EQ(KindOf(failed), ErrorKind::kNetwork);
  EXPECT_THAT(failed.message(), HasSubstr(folder_ + "/whole: no route"));
  EXPECT_TRUE(file->Bring({{0, 10}}).ok());
}

TEST_F(DistantFileTest, WhoWaitsForAnotherThatFailsFetchesItself) {
  const auto file = File();
  failures_ = 1;
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] { failed += file->Bring({{0, 10'000'000}}).ok() ? 0 : 1; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(failed, 1);
  EXPECT_EQ(Must(Must(file->Open())->ReadAt(0, 10))->ToString(), content_.substr(0, 10));
}

TEST_F(DistantFileTest, OnceStoppedNothingMoreIsFetched) {
  CancelToken stop;
  stop.Cancel();
  EXPECT_EQ(KindOf(File()->Bring({{0, 10}}, &stop)), ErrorKind::kInterrupted);
  EXPECT_EQ(asked_, 0);
}

TEST_F(DistantFileTest, WithoutPartsToBeHadTheFileComesWholeOnce) {
  parts_ = false;
  const auto bytes = Must(File()->Open());
  EXPECT_EQ(Must(bytes->ReadAt(5, 5))->ToString(), content_.substr(5, 5));
  EXPECT_EQ(Must(bytes->ReadAt(30'000'000, 5))->ToString(), content_.substr(30'000'000, 5));
  EXPECT_EQ(whole_, 1);
}

TEST_F(DistantFileTest, OnceItIsHereWholeNoPartIsAskedFor) {
  const auto file = File();
  ASSERT_STATUS(file->BringAll());
  ASSERT_STATUS(file->BringAll());
  EXPECT_EQ(Must(Must(file->Open())->ReadAt(7, 9))->ToString(), content_.substr(7, 9));
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(whole_, 1);
}

TEST_F(DistantFileTest, NothingIsLeftOfItsParts) {
  ASSERT_STATUS(File()->Bring({{0, 10}}));
  EXPECT_FALSE(FileExists(folder_ + "/parts"));
}

TEST_F(DistantFileTest, AFolderThatCannotBeWrittenIsTold) {
  std::filesystem::remove_all(folder_);
  EXPECT_THAT(File()->Bring({{0, 10}}).message(), HasSubstr(folder_ + "/parts"));
}

}  // namespace
}  // namespace tideway::dataset
