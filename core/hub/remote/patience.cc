#include "core/hub/remote/patience.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

namespace tideway::hub {

Status Patience::Wait(int attempt, const CancelToken& cancel, double asked_s) const {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  const double random = std::uniform_real_distribution<double>(0, 1)(generator);
  const double longest_s = std::min(cap_s, base_s * std::exp2(std::min(attempt - 1, 60)));
  const double seconds = asked_s > 0 ? asked_s + random * base_s : random * longest_s;
  if (sleep) return sleep(seconds);
  return SleepCancellable(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds)),
      cancel);
}

}  // namespace tideway::hub
