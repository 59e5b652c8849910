#include "core/limiter/shared_quota.h"

#include <algorithm>

#include "core/base/log.h"

namespace tideway::limiter {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
// Servers tell whole seconds: ends of one window that differ by less are the same.
constexpr int64_t kSameEnd = 2 * kSecond;
// What no server means: then its word is not taken.
constexpr int64_t kLongestWindow_s = 86400, kMostRequests = 1'000'000'000;

bool MakesSense(const Quota& quota) {
  const auto within = [](const std::optional<int64_t>& number, int64_t most) {
    return !number || (*number >= 0 && *number <= most);
  };
  return within(quota.limit, kMostRequests) && within(quota.remaining, kMostRequests) &&
         within(quota.window_s, kLongestWindow_s) && within(quota.reset_s, kLongestWindow_s) &&
         (!quota.window_s || !quota.reset_s || *quota.reset_s <= *quota.window_s + 1);
}

}  // namespace

Result<std::shared_ptr<SharedQuota>> SharedQuota::Open(const std::string& folder,
                                                       const std::string& key, std::string policy,
                                                       const Clock& clock) {
  const std::string name = key + "\n" + policy;
  std::shared_ptr<SharedQuota> quota(new SharedQuota(std::move(policy), clock));
  ARROW_ASSIGN_OR_RAISE(quota->shared_, SharedNumbers::Open(folder, name, kNumbers));
  return quota;
}

// Where the numbers cannot be changed there is no limit but the server's own.
template <typename Step>
void SharedQuota::Change(const Step& step) {
  const Status status = shared_->Change([&](std::span<int64_t> numbers) {
    Window window{numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
    if (!IsSound(window, clock_.Monotonic().count())) window = Window();
    step(window);
    const int64_t kept[kNumbers] = {window.limit, window.length_ns, window.end_ns, window.remaining,
                                    window.ahead};
    std::ranges::copy(kept, numbers.begin());
  });
  if (!status.ok() && !told_.exchange(true)) {
    LogWarn("{}: the server's quota is not kept to", status.message());
  }
}

// Whether a program of this kind may have left it so.
bool SharedQuota::IsSound(const Window& window, int64_t now_ns) {
  constexpr int64_t kLongest = (kLongestWindow_s + 1) * kSecond;
  const auto within = [](int64_t number, int64_t most) { return number >= 0 && number <= most; };
  return within(window.limit, kMostRequests) && within(window.remaining, kMostRequests) &&
         within(window.ahead, kMostRequests) && within(window.length_ns, kLongest) &&
         (window.limit == 0) == (window.length_ns == 0) && window.end_ns <= now_ns + kLongest;
}

// Begins the windows that have begun.
void SharedQuota::Roll(Window& window, int64_t now_ns) {
  while (window.end_ns <= now_ns) {
    const bool idle = window.ahead == 0 && now_ns - window.end_ns >= window.length_ns;
    window.end_ns = idle ? now_ns + window.length_ns : window.end_ns + window.length_ns;
    const int64_t taken = std::min(window.ahead, window.limit);
    window.remaining = window.limit - taken;
    window.ahead -= taken;
  }
}

std::chrono::nanoseconds SharedQuota::TakeTurn() {
  int64_t wait_ns = 0;
  Change([&](Window& window) {
    if (window.limit <= 0 || window.length_ns <= 0) return;
    const int64_t now_ns = clock_.Monotonic().count();
    Roll(window, now_ns);
    if (window.remaining > 0) {
      --window.remaining;
      return;
    }
    wait_ns = window.end_ns - now_ns + window.ahead / window.limit * window.length_ns;
    ++window.ahead;
  });
  return std::chrono::nanoseconds(wait_ns);
}

void SharedQuota::Learn(const Quota& quota) {
  if (quota.policy != policy_ || !MakesSense(quota)) return;
  Change([&](Window& window) {
    const int64_t now_ns = clock_.Monotonic().count();
    if (quota.limit && quota.window_s && *quota.limit > 0 && *quota.window_s > 0) {
      const bool first = window.limit == 0;
      window.limit = *quota.limit;
      window.length_ns = *quota.window_s * kSecond;
      if (first) {
        window.end_ns = now_ns + window.length_ns;
        window.remaining = window.limit;
      }
    }
    if (window.limit == 0 || !quota.remaining || !quota.reset_s) return;
    Roll(window, now_ns);
    // Within a second after the server says, for it tells whole ones.
    const int64_t end_ns = now_ns + (*quota.reset_s + 1) * kSecond;
    const bool same = std::abs(end_ns - window.end_ns) <= kSameEnd;
    window.remaining = same ? std::min(window.remaining, *quota.remaining) : *quota.remaining;
    window.end_ns = same ? std::max(window.end_ns, end_ns) : end_ns;
  });
}

}  // namespace tideway::limiter
