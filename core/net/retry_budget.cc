#include "core/net/retry_budget.h"

#include <algorithm>

namespace tideway::net {

bool RetryBudget::Take(const Origin& origin) {
  double& left = Left(origin);
  if (left < 1) return false;
  left -= 1;
  return true;
}

void RetryBudget::Refill(const Origin& origin) {
  double& left = Left(origin);
  left = std::min(left + kPerSuccess, kMost);
}

}  // namespace tideway::net
