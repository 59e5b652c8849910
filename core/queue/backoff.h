// When a job that failed is tried again, as data.
//
//   Backoff backoff{.tries = 5, .base_s = 1, .cap_s = 60};
//
// Computes and never sleeps. Thread safety: a value.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/error.h"

namespace tideway::queue {

struct Backoff {
  int64_t tries = 5;  // in all, the first included
  // After try n min(cap_s, base_s * 2^(n-1)) passes; with jitter a random time up to that ("full
  // jitter", of Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015).
  double base_s = 1;
  double cap_s = 60;
  bool jitter = true;

  // The seconds to wait after failed try number `attempt` (from 1), or nothing when there is no
  // other. `random`: from 0 up to 1.
  std::optional<double> WaitAfter(int64_t attempt, double random) const;
  // An error of kind usage for numbers that make no sense.
  Status Validate() const;
};

}  // namespace tideway::queue
