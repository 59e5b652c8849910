// How many requests a server is asked at once: fewer when it says that it is too much, more again
// bit by bit when it answers (additive increase, multiplicative decrease; Chiu and Jain, 1989).
//
//   ARROW_ASSIGN_OR_RAISE(const int64_t round, limit.Enter(cancel));
//   ...
//   limit.Leave(round, response.status == 503);
//
// Threads: any; Enter blocks.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "core/base/cancel.h"

namespace tideway::store {

class AdaptiveLimit {
 public:
  explicit AdaptiveLimit(size_t most = 64) : most_(most), limit_(most) {}

  // Waits for its turn. Returns a number for Leave.
  Result<int64_t> Enter(const CancelToken& cancel);
  // `slowed`: the server had too much. Of all that were under way then, the first to say so halves
  // the limit, down to one. As many without as the limit allows raise it by one.
  void Leave(int64_t round, bool slowed);
  size_t limit() const;

 private:
  const size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  size_t limit_;
  size_t under_way_ = 0;
  size_t calm_ = 0;    // ended since the limit changed, none of them slowed
  int64_t round_ = 0;  // grows as the limit is lowered
};

}  // namespace tideway::store
