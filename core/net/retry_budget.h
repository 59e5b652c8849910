// How many more tries an origin is asked for: when most of what it gets are second tries, more of
// them only keep it down (Site Reliability Engineering, O'Reilly 2016, ch. 21, "retry budget").
//
// Thread safety: one thread at a time.
#pragma once

#include <map>

#include "core/net/url.h"

namespace tideway::net {

class RetryBudget {
 public:
  // Whether there may be one more try now; takes it.
  bool Take(const Origin& origin);
  // A request succeeded.
  void Refill(const Origin& origin);

 private:
  static constexpr double kMost = 100;        // tries at once
  static constexpr double kPerSuccess = 0.2;  // one for every five successes

  double& Left(const Origin& origin) { return left_.try_emplace(origin, kMost).first->second; }
  std::map<Origin, double> left_;
};

}  // namespace tideway::net
