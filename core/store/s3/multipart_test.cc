// Objects in parts, on a real server.
#include "core/store/s3/multipart.h"

#include <gmock/gmock.h>

#include <atomic>
#include <cstring>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/store/backend_test.h"
#include "core/store/s3/s3_store.h"
#include "core/store/s3/server_test.h"
#include "core/store/transfer.h"

namespace tideway::store {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kSize = 50 * kMiB + 12345;

class MultipartTest : public testing::Test {
 protected:
  MultipartTest() {
    options_ = S3Server::Options();
    options_.state = folder_.path("state");
    store_ = *OpenS3(options_);
    EXPECT_TRUE(store_->CreateBucket(cancel_).ok());
  }

  // Bytes that tell where they stand; `stop_at`: from there on the source interrupts.
  net::Body Source(int64_t stop_at = kSize) {
    return {.size = kSize,
            .read = [this, stop_at](int64_t offset, char* buffer, size_t count) -> Result<size_t> {
              if (offset >= stop_at) {
                return Error(ErrorKind::kInterrupted, "store: interrupted by the test");
              }
              for (size_t i = 0; i < count; ++i) {
                buffer[i] = static_cast<char>(Mix64(static_cast<uint64_t>(offset) + i, 1));
              }
              read_ += static_cast<int64_t>(count);
              return count;
            }};
  }
  std::string Sent() {
    std::string text(static_cast<size_t>(kSize), '\0');
    for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(Mix64(i, 1));
    return text;
  }
  // The uploads that have begun and not ended.
  size_t Uploads() {
    auto client = *S3Client::Make(options_);
    const auto answer = client->Ask({.query = {{"uploads", ""}, {"prefix", "big"}}}, cancel_);
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    size_t count = 0;
    for (size_t at = 0; (at = answer->body.find("<Upload>", at)) != std::string::npos; ++at)
      ++count;
    return count;
  }

  CancelToken cancel_;
  const TestFolder folder_;
  S3Options options_;
  std::shared_ptr<Store> store_;
  std::atomic<int64_t> read_{0};
};

TEST_F(MultipartTest, ALargeObjectArrivesWhole) {
  const auto object = store_->Put("big", Source(), {.content_type = "text/x"}, cancel_);
  ASSERT_TRUE(object.ok()) << object.status().ToString();
  EXPECT_EQ(object->size, kSize);
  EXPECT_EQ(object->content_type, "text/x");
  EXPECT_THAT(object->etag, testing::EndsWith("-4"));
  ASSERT_TRUE(GetFile(*store_, "big", folder_.path("file"), {}, cancel_).ok());
  EXPECT_TRUE(*ReadFile(folder_.path("file")) == Sent());
  EXPECT_EQ(Uploads(), 0);
}

TEST_F(MultipartTest, AnInterruptedUploadIsNoObjectAndIsGoneOnWith) {
  const auto stopped = store_->Put("big", Source(40 * kMiB), {}, cancel_);
  EXPECT_EQ(KindOf(stopped.status()), ErrorKind::kInterrupted) << stopped.status().ToString();
  EXPECT_EQ(KindOf(store_->Head("big", cancel_).status()), ErrorKind::kNotFound);
  EXPECT_EQ(Uploads(), 1);
  store_ = *OpenS3(options_);
  ASSERT_TRUE(store_->Put("big", Source(), {}, cancel_).ok());
  EXPECT_EQ(Uploads(), 0);
  ASSERT_TRUE(GetFile(*store_, "big", folder_.path("file"), {}, cancel_).ok());
  EXPECT_TRUE(*ReadFile(folder_.path("file")) == Sent());
}

TEST_F(MultipartTest, AFailedUploadIsGivenUp) {
  const net::Body broken{.size = kSize, .read = [](int64_t, char*, size_t) -> Result<size_t> {
                           return Error(ErrorKind::kIo, "store: the disk broke");
                         }};
  EXPECT_EQ(KindOf(store_->Put("big", broken, {}, cancel_).status()), ErrorKind::kIo);
  EXPECT_EQ(Uploads(), 0);
}

TEST_F(MultipartTest, ALargePutIfAbsentNeverReplaces) {
  ASSERT_TRUE(store_->Put("big", net::Body::Of("small"), {}, cancel_).ok());
  const auto second = store_->Put("big", Source(), {.if_absent = true}, cancel_);
  EXPECT_EQ(KindOf(second.status()), ErrorKind::kConflict) << second.status().ToString();
  EXPECT_EQ(*GetText(*store_, "big", 100, cancel_), "small");
  EXPECT_EQ(Uploads(), 0);
}

TEST_F(MultipartTest, WrongKeysAreRefused) {
  options_.keys.secret = "another";
  EXPECT_EQ(KindOf((*OpenS3(options_))->Head("big", cancel_).status()), ErrorKind::kAuth);
}

TEST_F(MultipartTest, ALargeObjectIsCopiedInParts) {
  const auto from = store_->Put("big", Source(), {.content_type = "text/x"}, cancel_);
  ASSERT_TRUE(from.ok());
  const auto client = *S3Client::Make(options_);
  const Status copied = CopyInParts(*client, *from, "big copy+ü", 20 * kMiB, cancel_);
  ASSERT_TRUE(copied.ok()) << copied.ToString();
  const auto copy = GetFile(*store_, "big copy+ü", folder_.path("file"), {}, cancel_);
  ASSERT_TRUE(copy.ok());
  EXPECT_THAT(copy->etag, testing::EndsWith("-3"));
  EXPECT_EQ(copy->content_type, "text/x");
  EXPECT_TRUE(*ReadFile(folder_.path("file")) == Sent());
}

TEST_F(MultipartTest, ACopyInPartsIsOfOneContentOrNone) {
  const auto from = store_->Put("big", Source(), {}, cancel_);
  ASSERT_TRUE(from.ok());
  ASSERT_TRUE(store_->Put("big", net::Body::Of(Sent() + "x"), {}, cancel_).ok());
  const auto client = *S3Client::Make(options_);
  const Status copied = CopyInParts(*client, *from, "big copy", 20 * kMiB, cancel_);
  EXPECT_EQ(KindOf(copied), ErrorKind::kConflict) << copied.ToString();
  EXPECT_EQ(KindOf(store_->Head("big copy", cancel_).status()), ErrorKind::kNotFound);
  EXPECT_EQ(Uploads(), 0);
}

}  // namespace
}  // namespace tideway::store
