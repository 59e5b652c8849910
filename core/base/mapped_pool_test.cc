#include "core/base/mapped_pool.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tideway {
namespace {

constexpr int64_t kAlignment = arrow::kDefaultBufferAlignment;
constexpr int64_t kPage = MappedPool::kPage;

// Arrow's pool of the system's allocator under another name.
class OtherPool : public arrow::ProxyMemoryPool {
 public:
  OtherPool() : ProxyMemoryPool(arrow::system_memory_pool()) {}
  std::string backend_name() const override { return "other"; }
};

// What the test writes: other bytes on each page.
uint8_t ByteAt(int64_t i) { return static_cast<uint8_t>(i * 31 + i / kPage * 7); }

class MappedPoolTest : public testing::Test {
 protected:
  uint8_t* Allocate(int64_t size) {
    uint8_t* buffer = nullptr;
    EXPECT_TRUE(pool_.Allocate(size, kAlignment, &buffer).ok());
    return buffer;
  }

  OtherPool below_;
  MappedPool pool_{&below_};
};

TEST_F(MappedPoolTest, OnlyLargeBuffersAreMapped) {
  uint8_t* const small = Allocate(kPage - 1);
  EXPECT_EQ(pool_.mapped_bytes(), 0);
  uint8_t* const large = Allocate(kPage + 1);
  EXPECT_EQ(pool_.mapped_bytes(), 2 * kPage);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(large) % kPage, 0);
  pool_.Free(small, kPage - 1, kAlignment);
  pool_.Free(large, kPage + 1, kAlignment);
  EXPECT_EQ(pool_.mapped_bytes(), 0);
  EXPECT_EQ(pool_.bytes_allocated(), below_.bytes_allocated());
}

TEST_F(MappedPoolTest, NoBufferIsMappedOverTheSystemsAllocator) {
  MappedPool pool(arrow::system_memory_pool());
  uint8_t* buffer = nullptr;
  ASSERT_TRUE(pool.Allocate(kPage, kAlignment, &buffer).ok());
  EXPECT_EQ(pool.mapped_bytes(), 0);
  pool.Free(buffer, kPage, kAlignment);
}

TEST_F(MappedPoolTest, WhatDoesNotFitIsAnErrorAndChangesNothing) {
  uint8_t* buffer = nullptr;
  const Status refused = pool_.Allocate(int64_t{1} << 60, kAlignment, &buffer);
  EXPECT_TRUE(refused.IsOutOfMemory()) << refused.ToString();
  uint8_t* kept = Allocate(kPage);
  kept[kPage - 1] = 7;
  EXPECT_TRUE(pool_.Reallocate(kPage, int64_t{1} << 60, kAlignment, &kept).IsOutOfMemory());
  EXPECT_EQ(kept[kPage - 1], 7);
  EXPECT_EQ(pool_.mapped_bytes(), kPage);
  pool_.Free(kept, kPage, kAlignment);
}

TEST_F(MappedPoolTest, PagesOfFreedBuffersServeTheNext) {
  pool_.Free(Allocate(3 * kPage), 3 * kPage, kAlignment);
  EXPECT_EQ(pool_.kept_bytes(), 3 * kPage);
  uint8_t* buffer = Allocate(2 * kPage);
  EXPECT_EQ(pool_.kept_bytes(), kPage);
  ASSERT_TRUE(pool_.Reallocate(2 * kPage, 9 * kPage, kAlignment, &buffer).ok());
  EXPECT_EQ(pool_.kept_bytes(), 0);
  buffer[9 * kPage - 1] = 1;
  ASSERT_TRUE(pool_.Reallocate(9 * kPage, 4 * kPage, kAlignment, &buffer).ok());
  EXPECT_EQ(pool_.kept_bytes(), 5 * kPage);
  pool_.Free(buffer, 4 * kPage, kAlignment);
}

TEST_F(MappedPoolTest, KeepsNoMoreThanItsLimitAndNothingAfterRelease) {
  constexpr int64_t kMuch = 2 * MappedPool::kMostKept;
  pool_.Free(Allocate(kMuch), kMuch, kAlignment);
  EXPECT_EQ(pool_.kept_bytes(), MappedPool::kMostKept);
  pool_.ReleaseUnused();
  EXPECT_EQ(pool_.kept_bytes(), 0);
}

// Any sizes one after another, small and mapped: what fits into both stays.
TEST_F(MappedPoolTest, BuffersKeepTheirBytesWhenTheyGrowAndShrink) {
  std::mt19937_64 random(3);
  int64_t size = 1;
  uint8_t* buffer = Allocate(size);
  buffer[0] = 0;
  for (int round = 0; round < 300; ++round) {
    const int64_t next = 1 + static_cast<int64_t>(random() % (uint64_t{1} << (18 + random() % 7)));
    ASSERT_TRUE(pool_.Reallocate(size, next, kAlignment, &buffer).ok());
    for (int64_t i = 0; i < std::min(size, next); ++i) {
      ASSERT_EQ(buffer[i], ByteAt(i)) << size << " to " << next;
    }
    for (int64_t i = size; i < next; ++i) buffer[i] = ByteAt(i);
    size = next;
  }
  pool_.Free(buffer, size, kAlignment);
  EXPECT_EQ(pool_.mapped_bytes(), 0);
}

}  // namespace
}  // namespace tideway
