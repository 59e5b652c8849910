// Tokens one after another, in memory that is written without being cleared first. Threads: one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

namespace tideway::tokens {

class IdBuffer {
 public:
  // Makes room for `count` more.
  void Reserve(size_t count) {
    if (capacity_ - size_ < count) Grow(size_ + count);
  }
  // Where the next token goes. What is written there counts once Advance() says so.
  int32_t* end() { return ids_.get() + size_; }
  void Advance(size_t count) { size_ += count; }
  void Append(int32_t id) {
    Reserve(1);
    *end() = id;
    Advance(1);
  }
  void Clear() {
    size_ = 0;
    if (capacity_ <= kKept) return;
    ids_.reset();
    capacity_ = 0;
  }

  const int32_t* data() const { return ids_.get(); }
  size_t size() const { return size_; }

 private:
  void Grow(size_t least) {
    const size_t capacity = std::max(least, 2 * capacity_ + 64);
    std::unique_ptr<int32_t[]> ids(new int32_t[capacity]);
    if (size_ > 0) std::memcpy(ids.get(), ids_.get(), size_ * sizeof(int32_t));
    ids_ = std::move(ids);
    capacity_ = capacity;
  }

  // Many tokens must not hold their memory for all that come.
  static constexpr size_t kKept = 1 << 18;

  std::unique_ptr<int32_t[]> ids_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace tideway::tokens
