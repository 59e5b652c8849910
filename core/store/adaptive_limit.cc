#include "core/store/adaptive_limit.h"

#include <algorithm>

namespace tideway::store {

Result<int64_t> AdaptiveLimit::Enter(const CancelToken& cancel) {
  constexpr std::chrono::milliseconds kLook{50};
  std::unique_lock lock(mutex_);
  while (under_way_ >= limit_) {
    RETURN_NOT_OK(cancel.Check());
    changed_.wait_for(lock, kLook);
  }
  ++under_way_;
  return round_;
}

void AdaptiveLimit::Leave(int64_t round, bool slowed) {
  std::lock_guard lock(mutex_);
  --under_way_;
  if (!slowed) {
    if (++calm_ >= limit_ && limit_ < most_) {
      ++limit_;
      calm_ = 0;
    }
  } else if (round == round_) {
    limit_ = std::max<size_t>(1, limit_ / 2);
    calm_ = 0;
    ++round_;
  }
  changed_.notify_all();
}

size_t AdaptiveLimit::limit() const {
  std::lock_guard lock(mutex_);
  return limit_;
}

}  // namespace tideway::store
