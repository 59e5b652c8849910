#include "core/limiter/limiter.h"

#include <algorithm>

#include "core/base/log.h"

namespace tideway::limiter {

Result<std::shared_ptr<Limiter>> Limiter::OpenShared(const std::string& folder,
                                                     const std::string& name, Rate rate,
                                                     const Clock& clock) {
  auto limiter = std::make_shared<Limiter>(rate, clock);
  ARROW_ASSIGN_OR_RAISE(limiter->shared_, SharedNumbers::Open(folder, name, 1));
  return limiter;
}

// Where the shared number cannot be changed, this process keeps to the rate by itself.
template <typename Step>
void Limiter::Change(const Step& step) {
  std::lock_guard lock(mutex_);
  if (shared_ != nullptr) {
    const Status status = shared_->Change([&](std::span<int64_t> numbers) { step(numbers[0]); });
    if (status.ok()) return;
    LogWarn("{}: each process has the rate for itself", status.message());
    shared_.reset();
  }
  step(full_at_ns_);
}

std::chrono::nanoseconds Limiter::TakeTurn() {
  int64_t wait_ns = 0;
  Change([&](int64_t& full_at_ns) {
    const int64_t now_ns = clock_.Monotonic().count();
    full_at_ns = std::max(full_at_ns, now_ns);
    wait_ns = std::max<int64_t>(full_at_ns - burst_ns() - now_ns, 0);
    full_at_ns += turn_ns();
  });
  return std::chrono::nanoseconds(wait_ns);
}

bool Limiter::TryTakeTurn() {
  bool taken = false;
  Change([&](int64_t& full_at_ns) {
    const int64_t now_ns = clock_.Monotonic().count();
    taken = std::max(full_at_ns, now_ns) - burst_ns() <= now_ns;
    if (taken) full_at_ns = std::max(full_at_ns, now_ns) + turn_ns();
  });
  return taken;
}

}  // namespace tideway::limiter
