// Holds requests to a rate: a token bucket, in the form of the generic cell rate algorithm (ITU-T
// I.371, annex A: "virtual scheduling"), which is one number.
//
//   Limiter limiter(rate, clock);
//   const auto wait = limiter.TakeTurn();      // the caller waits as long
//
// Turns come in the order in which they were taken, so nobody starves. Where a server says that
// nothing is left for a time, the next turn comes after it.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "core/base/clock.h"
#include "core/base/gate.h"
#include "core/limiter/rate.h"
#include "core/limiter/shared_numbers.h"

namespace tideway::limiter {

class Limiter : public Gate {
 public:
  // Of this process alone.
  Limiter(Rate rate, const Clock& clock) : rate_(rate), clock_(clock) {}
  // Shared by all processes of the machine that open one of this name in that folder
  // (SharedNumbers::Folder).
  static Result<std::shared_ptr<Limiter>> OpenShared(const std::string& folder,
                                                     const std::string& name, Rate rate,
                                                     const Clock& clock);

  std::chrono::nanoseconds TakeTurn() override;
  // Takes a turn only if it comes now.
  bool TryTakeTurn();
  // Of any policy: who gives a limiter to a request says that it is this server's. A time over a
  // day is not taken.
  void Learn(const Quota& quota) override;
  const Rate& rate() const { return rate_; }

 private:
  // Calls `step` with the time at which the bucket is full again, which is kept as it leaves it.
  template <typename Step>
  void Change(const Step& step);
  // Neither overflows: Rate::kLongestBurst_s bounds both.
  int64_t turn_ns() const { return static_cast<int64_t>(1e9 / rate_.per_s); }
  int64_t burst_ns() const { return turn_ns() * (rate_.burst - 1); }
  int64_t AfterATurn(int64_t full_at_ns) const;

  const Rate rate_;
  const Clock& clock_;
  std::mutex mutex_;
  int64_t full_at_ns_ = 0;
  std::unique_ptr<SharedNumbers> shared_;
};

}  // namespace tideway::limiter
