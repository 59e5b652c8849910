#include "core/queue/backoff.h"

#include <fmt/format.h>

#include "core/base/backoff.h"

namespace tideway::queue {
namespace {

constexpr double kMaxSeconds = 1e8;  // three years

Status CheckSeconds(const char* name, double seconds) {
  if (seconds >= 0 && seconds <= kMaxSeconds) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("queue: retry.{} must be from 0 to {}: {}", name, kMaxSeconds, seconds));
}

}  // namespace

std::optional<double> Backoff::WaitAfter(int64_t attempt, double random) const {
  if (attempt >= tries) return std::nullopt;
  const double longest_s = LongestWait_s(attempt, base_s, cap_s);
  return jitter ? random * longest_s : longest_s;
}

Status Backoff::Validate() const {
  if (tries < 1) {
    return Error(ErrorKind::kUsage, fmt::format("queue: retry.tries must be at least 1: {}", tries))
        .Hint("1 tries a job once and never again");
  }
  RETURN_NOT_OK(CheckSeconds("base_s", base_s));
  return CheckSeconds("cap_s", cap_s);
}

}  // namespace tideway::queue
