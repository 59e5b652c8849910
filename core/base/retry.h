// Retry as data: how often, how long between, and what counts as worth another try.
//
//   RetryPolicy policy{.tries = 3, .waits_s = {2, 4, 8}};
//   for (int attempt = 1;; ++attempt) {
//     Status status = Connect();
//     auto wait = policy.WaitAfter(attempt, status);
//     if (status.ok() || !wait) return status;
//     ... wait ...                       // the caller waits: parked, or on its own thread
//   }
//
// The policy computes and never sleeps. Thread safety: a value.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/base/error.h"

namespace tideway {

struct RetryPolicy {
  int tries = 3;                            // in all, the first included
  std::vector<double> waits_s = {2, 4, 8};  // after try 1, 2, 3 ...; the last repeats

  // How long to wait after failed try number `attempt` (from 1), or nothing when `status` is OK, is
  // not retryable, or the tries are used up. A retry_after_s in the error wins when it is longer.
  std::optional<std::chrono::nanoseconds> WaitAfter(int attempt, const Status& status) const;
  // OK when tries >= 1 and no wait is negative.
  Status Validate() const;
};

}  // namespace tideway
