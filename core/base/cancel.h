// One flag that every long loop looks at: set once, by Ctrl-C or by a caller that lost interest.
//
//   RETURN_NOT_OK(cancel.Check());      // between batches, pages, rows of a slow source
//   CancelToken part(&cancel);          // is set with it, and can be set alone
//
// Thread safety: any thread, and a signal handler may call Cancel().
#pragma once

#include <atomic>
#include <chrono>

#include "core/base/error.h"

namespace tideway {

class CancelToken {
 public:
  CancelToken() = default;
  // `whole`: outlives it.
  explicit CancelToken(const CancelToken* whole) : whole_(whole) {}

  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const {
    return cancelled_.load(std::memory_order_relaxed) || (whole_ != nullptr && whole_->cancelled());
  }
  // OK, or an error of kind `interrupted`.
  Status Check() const;

 private:
  std::atomic<bool> cancelled_{false};
  const CancelToken* const whole_ = nullptr;
};

// Sleeps on the calling thread, looking at `cancel` twenty times a second: an error of kind
// `interrupted` as soon as it is set.
Status SleepCancellable(std::chrono::nanoseconds time, const CancelToken& cancel);

}  // namespace tideway
