#include "core/limiter/limiter.h"

#include <algorithm>
#include <limits>

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

// Turns may be taken for longer than a clock can tell, or a file tell of a time that is none.
int64_t Limiter::AfterATurn(int64_t full_at_ns) const {
  constexpr int64_t kFarthest_ns = std::numeric_limits<int64_t>::max() / 2;
  return std::min(full_at_ns, kFarthest_ns) + turn_ns();
}

void Limiter::Learn(const Quota& quota) {
  constexpr int64_t kLongest_s = 86400;
  if (quota.remaining != 0 || !quota.reset_s) return;
  if (*quota.reset_s < 0 || *quota.reset_s > kLongest_s) return;
  Change([&](int64_t& full_at_ns) {
    // A second more, for servers tell whole ones.
    const int64_t wait_ns = (*quota.reset_s + 1) * 1'000'000'000;
    full_at_ns = std::max(full_at_ns, clock_.Monotonic().count() + wait_ns + burst_ns());
  });
}

std::chrono::nanoseconds Limiter::TakeTurn() {
  int64_t wait_ns = 0;
  Change([&](int64_t& full_at_ns) {
    const int64_t now_ns = clock_.Monotonic().count();
    full_at_ns = std::max(full_at_ns, now_ns);
    wait_ns = std::max<int64_t>(full_at_ns - burst_ns() - now_ns, 0);
    full_at_ns = AfterATurn(full_at_ns);
  });
  return std::chrono::nanoseconds(wait_ns);
}

bool Limiter::TryTakeTurn() {
  bool taken = false;
  Change([&](int64_t& full_at_ns) {
    const int64_t now_ns = clock_.Monotonic().count();
    taken = std::max(full_at_ns, now_ns) - burst_ns() <= now_ns;
    if (taken) full_at_ns = AfterATurn(std::max(full_at_ns, now_ns));
  });
  return taken;
}

}  // namespace tideway::limiter
