#include "core/base/retry.h"

#include <fmt/format.h>

#include <algorithm>

namespace tideway {

std::optional<std::chrono::nanoseconds> RetryPolicy::WaitAfter(int attempt,
                                                               const Status& status) const {
  if (status.ok() || !IsRetryable(status) || attempt >= tries) return std::nullopt;
  double wait_s = 0;
  if (!waits_s.empty()) {
    wait_s = waits_s[std::min(static_cast<size_t>(std::max(attempt, 1)), waits_s.size()) - 1];
  }
  wait_s = std::max(wait_s, GetErrorDetail(status)->retry_after_s);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(wait_s));
}

Status RetryPolicy::Validate() const {
  if (tries < 1) {
    return Error(ErrorKind::kUsage, fmt::format("retry: tries must be at least 1: {}", tries));
  }
  for (double wait_s : waits_s) {
    // Nine hundred years would overflow the nanoseconds; a day is longer than any sane wait.
    if (!(wait_s >= 0 && wait_s <= 86400)) {
      return Error(ErrorKind::kUsage,
                   fmt::format("retry: a wait must be from 0 to 86400 seconds: {}", wait_s));
    }
  }
  return Status::OK();
}

}  // namespace tideway
