#include "core/net/retry_rule.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/backoff.h"

namespace tideway::net {

bool RetryRule::Tries(int status) const {
  return std::ranges::find(statuses, status) != statuses.end();
}

bool RetryRule::Tries(const Status& error) const {
  return IsRetryable(error) && std::ranges::find(kinds, KindOf(error)) != kinds.end();
}

std::optional<double> RetryRule::WaitAfter(int attempt, double elapsed_s, double asked_s,
                                           double random) const {
  if (attempt >= tries) return std::nullopt;
  const double longest_s = LongestWait_s(attempt, base_s, cap_s);
  // A server that asks for a time is not met by all at once when it has passed.
  const double wait_s = asked_s > 0 ? asked_s + random * base_s : random * longest_s;
  if (elapsed_s + wait_s > deadline_s) return std::nullopt;
  return wait_s;
}

Status RetryRule::Validate() const {
  if (tries < 1) {
    return Error(ErrorKind::kUsage, fmt::format("retry: tries must be at least 1: {}", tries));
  }
  const auto check = [](const char* name, double seconds) -> Status {
    constexpr double kMostSeconds = 7 * 86400;
    if (seconds >= 0 && seconds <= kMostSeconds) return Status::OK();
    return Error(ErrorKind::kUsage, fmt::format("retry: {} must be from 0 to {:.0f} seconds: {}",
                                                name, kMostSeconds, seconds));
  };
  RETURN_NOT_OK(check("base_s", base_s));
  RETURN_NOT_OK(check("cap_s", cap_s));
  RETURN_NOT_OK(check("busy_s", busy_s));
  return check("deadline_s", deadline_s);
}

}  // namespace tideway::net
