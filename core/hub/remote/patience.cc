#include "core/hub/remote/patience.h"

#include <chrono>
#include <limits>
#include <random>

#include "core/net/retry_rule.h"

namespace tideway::hub {

Status Patience::Wait(int attempt, const CancelToken& cancel, double asked_s) const {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  const double random = std::uniform_real_distribution<double>(0, 1)(generator);
  const net::RetryRule rule{.tries = std::numeric_limits<int>::max(),
                            .base_s = base_s,
                            .cap_s = cap_s,
                            .deadline_s = std::numeric_limits<double>::infinity()};
  return Pause(rule.WaitAfter(attempt, 0, asked_s, random).value(), cancel);
}

Status Patience::Pause(double seconds, const CancelToken& cancel) const {
  if (sleep) return sleep(seconds);
  return SleepCancellable(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds)),
      cancel);
}

}  // namespace tideway::hub
