#include "core/store/adaptive_limit.h"

#include <algorithm>

namespace tideway::store {

Result<int64_t> AdaptiveLimit::Enter(const CancelToken& cancel) {
  constexpr std::chrono::milliseconds kLook{50};
  std::unique_lock lock(mutex_);
  while (under_way_ > 0 && under_way_ + 1 > limit_) {
    RETURN_NOT_OK(cancel.Check());
    changed_.wait_for(lock, kLook);
  }
  under_way_ += 1;
  return round_;
}

void AdaptiveLimit::Leave(int64_t round, bool slowed) {
  std::lock_guard lock(mutex_);
  under_way_ -= 1;
  if (!slowed) {
    limit_ = std::min(most_, limit_ + 1 / limit_);
  } else if (round == round_) {
    limit_ = std::max(1.0, limit_ / 2);
    ++round_;
  }
  changed_.notify_one();
}

double AdaptiveLimit::limit() const {
  std::lock_guard lock(mutex_);
  return limit_;
}

}  // namespace tideway::store
