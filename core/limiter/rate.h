// A rate as people write it: "2/s", "500/5min, burst 20".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::limiter {

struct Rate {
  static constexpr double kLongestBurst_s = 366 * 86400.0;

  double per_s = 1;
  int64_t burst = 1;  // turns that may come at once after a pause

  // "<count>/<n><unit>", with n 1 where there is none and the units ms, s, min, h, d (second,
  // minute, hour, day too); then ", burst <count>" (default 1). Errors: usage, also for a burst
  // that takes longer than kLongestBurst_s to come back.
  static Result<Rate> Parse(std::string_view text);
};

}  // namespace tideway::limiter
