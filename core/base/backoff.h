// How the time between tries grows.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tideway {

// The seconds after failed try number `attempt` (from 1): base_s, doubled with each, at most cap_s.
// A random part of it is "full jitter", of Brooker, Exponential Backoff And Jitter, AWS
// Architecture Blog, 2015.
inline double LongestWait_s(int64_t attempt, double base_s, double cap_s) {
  const auto doublings = static_cast<int>(std::clamp<int64_t>(attempt - 1, 0, 60));
  return std::min(cap_s, std::ldexp(base_s, doublings));
}

}  // namespace tideway
