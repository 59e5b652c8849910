// When a request is tried again, as data.
//
//   RetryRule rule{.tries = 5, .base_s = 1, .cap_s = 60};
//
// The rule computes and never sleeps. Thread safety: a value.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace tideway::net {

struct RetryRule {
  int tries = 5;  // in all, the first included
  // Before try n + 1 a random time from 0 to min(cap_s, base_s * 2^(n-1)) passes: "full jitter", of
  // Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015.
  double base_s = 1;
  double cap_s = 60;
  double busy_s = 60;  // at least, after a 429 that names no time
  // After as long, from the first try at the first address on, there is no other.
  double deadline_s = 600;
  std::vector<int> statuses = {408, 429, 500, 502, 503, 504};
  std::vector<ErrorKind> kinds = {ErrorKind::kNetwork, ErrorKind::kTimeout};

  bool Tries(int status) const;
  bool Tries(const Status& error) const;
  // The seconds to wait after failed try number `attempt` (from 1), `elapsed_s` after the first
  // began, or nothing when there is no other. `asked_s`: how long the server asks to wait at least
  // (0: it does not), to which the random time is added. `random`: from 0 up to 1.
  std::optional<double> WaitAfter(int attempt, double elapsed_s, double asked_s,
                                  double random) const;
  // An error of kind usage for numbers that make no sense.
  Status Validate() const;
};

}  // namespace tideway::net
