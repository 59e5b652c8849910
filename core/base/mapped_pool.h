// Arrow's default pool of memory, but large buffers are mappings of their own, in huge pages where
// the kernel has them: it makes 512 times fewer pages, and a buffer that grows is not copied, as
// pages move. Of what is given back up to kMostKept bytes are kept for the next buffers, which need
// not be emptied. For what allocates much and holds it shortly, as readers and writers of files do.
//
//   builder.memory_pool(&MappedPool::Get());
//
// Where Arrow's default pool is the system's, as under sanitizers, no buffer is mapped.
//
// Threads: all methods from any. Ownership: lives as long as the process, as buffers point to it.
#pragma once

#include <arrow/memory_pool.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/base/error.h"

namespace tideway {

class MappedPool : public arrow::ProxyMemoryPool {
 public:
  // A huge page of x86-64 and of most of ARM. Buffers from this size on are mapped.
  static constexpr int64_t kPage = int64_t{2} << 20;
  static constexpr int64_t kMostKept = int64_t{64} << 20;

  static MappedPool& Get();
  explicit MappedPool(arrow::MemoryPool* pool)
      : ProxyMemoryPool(pool), maps_(pool->backend_name() != "system") {}
  ~MappedPool() override { ReleaseUnused(); }

  using ProxyMemoryPool::Allocate;
  using ProxyMemoryPool::Free;
  using ProxyMemoryPool::Reallocate;
  Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override;
  Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment, uint8_t** ptr) override;
  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override;
  // Gives what is kept back.
  void ReleaseUnused() override;

  // Those of buffers, without what is kept.
  int64_t mapped_bytes() const { return mapped_bytes_; }
  int64_t kept_bytes() const;
  // The other figures are of smaller buffers only.
  int64_t bytes_allocated() const override {
    return ProxyMemoryPool::bytes_allocated() + mapped_bytes_;
  }

 private:
  bool IsMapped(int64_t size) const { return maps_ && size >= kPage; }
  void FillWithKept(uint8_t* begin, size_t bytes);
  void Unmap(uint8_t* begin, size_t bytes);

  const bool maps_;
  std::atomic<int64_t> mapped_bytes_ = 0;
  mutable std::mutex mutex_;
  std::vector<uint8_t*> kept_;  // pages
};

}  // namespace tideway
