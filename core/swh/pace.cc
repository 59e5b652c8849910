#include "core/swh/pace.h"

#include <algorithm>

namespace tideway::swh {

constexpr auto kLook = std::chrono::milliseconds(50);

Status Pace::Enter(const CancelToken& stop) {
  std::unique_lock lock(mutex_);
  while (inside_ >= width_) {
    RETURN_NOT_OK(stop.Check());
    changed_.wait_for(lock, kLook);
  }
  RETURN_NOT_OK(stop.Check());
  ++inside_;
  return Status::OK();
}

void Pace::Leave(bool slowed) {
  std::lock_guard lock(mutex_);
  --inside_;
  if (grace_ > 0) {
    --grace_;
  } else if (slowed) {
    width_ = std::max<size_t>(1, width_ / 2);
    grace_ = inside_;
    calm_ = 0;
  } else if (++calm_ >= width_ && width_ < most_) {
    ++width_;
    calm_ = 0;
  }
  changed_.notify_all();
}

size_t Pace::width() const {
  std::lock_guard lock(mutex_);
  return width_;
}

}  // namespace tideway::swh
