#include "core/base/mapped_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace tideway {
namespace {

constexpr auto kPage = static_cast<size_t>(MappedPool::kPage);

size_t MappedSize(int64_t size) { return (static_cast<size_t>(size) + kPage - 1) / kPage * kPage; }

void* MapAt(void* place, size_t bytes, int flags) {
  return ::mmap(place, bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
}

// New pages that begin with a huge one. Null: there is no memory.
uint8_t* Map(size_t bytes) {
  void* const mapped = MapAt(nullptr, bytes + kPage, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* const begin = static_cast<uint8_t*>(mapped);
  const size_t before = (kPage - reinterpret_cast<uintptr_t>(begin) % kPage) % kPage;
  if (before > 0) ::munmap(begin, before);
  if (before < kPage) ::munmap(begin + before + bytes, kPage - before);
  ::madvise(begin + before, bytes, MADV_HUGEPAGE);
  return begin + before;
}

// Moves a page to `place`, which is mapped, also when that fails: the kernel may have taken it away
// by then.
bool Move(uint8_t* page, uint8_t* place) {
  if (::mremap(page, kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED, place) != MAP_FAILED) return true;
  MapAt(place, kPage, MAP_FIXED);
  return false;
}

Status NoMemory(int64_t size) {
  return Status::OutOfMemory("no memory for a buffer of ", size, " bytes");
}

}  // namespace

MappedPool& MappedPool::Get() {
  static auto* pool = new MappedPool(arrow::default_memory_pool());
  return *pool;
}

Status MappedPool::Allocate(int64_t size, int64_t alignment, uint8_t** out) {
  if (!IsMapped(size)) return ProxyMemoryPool::Allocate(size, alignment, out);
  *out = Map(MappedSize(size));
  if (*out == nullptr) return NoMemory(size);
  FillWithKept(*out, MappedSize(size));
  mapped_bytes_ += static_cast<int64_t>(MappedSize(size));
  return Status::OK();
}

// Puts kept pages in place of new ones, as far as there are some.
void MappedPool::FillWithKept(uint8_t* begin, size_t bytes) {
  const std::lock_guard lock(mutex_);
  for (size_t at = 0; at < bytes && !kept_.empty(); at += kPage) {
    if (!Move(kept_.back(), begin + at)) return;
    kept_.pop_back();
  }
}

void MappedPool::Unmap(uint8_t* begin, size_t bytes) {
  const std::lock_guard lock(mutex_);
  for (; bytes > 0 && kept_.size() < kMostKept / kPage; bytes -= kPage) {
    kept_.push_back(begin + bytes - kPage);
  }
  if (bytes > 0) ::munmap(begin, bytes);
}

void MappedPool::ReleaseUnused() {
  {
    const std::lock_guard lock(mutex_);
    for (uint8_t* const page : kept_) ::munmap(page, kPage);
    kept_.clear();
  }
  ProxyMemoryPool::ReleaseUnused();
}

int64_t MappedPool::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(kept_.size()) * kPage;
}

void MappedPool::Free(uint8_t* buffer, int64_t size, int64_t alignment) {
  if (!IsMapped(size)) return ProxyMemoryPool::Free(buffer, size, alignment);
  Unmap(buffer, MappedSize(size));
  mapped_bytes_ -= static_cast<int64_t>(MappedSize(size));
}

Status MappedPool::Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                              uint8_t** ptr) {
  const bool was_mapped = IsMapped(old_size);
  if (!was_mapped && !IsMapped(new_size)) {
    return ProxyMemoryPool::Reallocate(old_size, new_size, alignment, ptr);
  }
  if (!was_mapped || !IsMapped(new_size)) {
    uint8_t* other = nullptr;
    RETURN_NOT_OK(Allocate(new_size, alignment, &other));
    std::memcpy(other, *ptr, static_cast<size_t>(std::min(old_size, new_size)));
    Free(std::exchange(*ptr, other), old_size, alignment);
    return Status::OK();
  }
  const size_t old_bytes = MappedSize(old_size);
  const size_t new_bytes = MappedSize(new_size);
  if (new_bytes < old_bytes) {
    Unmap(*ptr + new_bytes, old_bytes - new_bytes);
  } else if (new_bytes > old_bytes) {
    uint8_t* const place = Map(new_bytes);
    if (place == nullptr) return NoMemory(new_size);
    // One by one: older kernels move no range that was mapped in several parts.
    for (size_t at = 0; at < old_bytes; at += kPage) {
      if (Move(*ptr + at, place + at)) continue;
      std::memcpy(place + at, *ptr + at, kPage);
      Unmap(*ptr + at, kPage);
    }
    FillWithKept(place + old_bytes, new_bytes - old_bytes);
    *ptr = place;
  }
  mapped_bytes_ += static_cast<int64_t>(new_bytes) - static_cast<int64_t>(old_bytes);
  return Status::OK();
}

}  // namespace tideway
