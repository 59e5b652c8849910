#include "core/mirror/memory_guard.h"

#include <algorithm>
#include <cmath>

#include "core/base/log.h"
#include "core/base/memory.h"

namespace tideway::mirror {
namespace {

constexpr double kBegin = 0.7;    // of the limit: fewer from here on
constexpr double kEnd = 0.9;      // one
constexpr double kPressure = 20;  // percent of the time in which some process waits for memory

}  // namespace

size_t MemoryGuard::Allowed(size_t most) {
  const auto memory = look_();
  if (!memory.ok() || memory->limit_bytes <= 0) {
    if (!memory.ok()) LogDebug("{}", memory.status().message());
    return most;
  }
  const double used =
      static_cast<double>(memory->used_bytes) / static_cast<double>(memory->limit_bytes);
  const bool pressed = memory->pressure_some_avg10.value_or(0) >= kPressure;
  const double share = pressed ? 0 : std::clamp((kEnd - used) / (kEnd - kBegin), 0.0, 1.0);
  const auto allowed =
      std::max<size_t>(1, static_cast<size_t>(std::lround(share * static_cast<double>(most))));
  if (allowed < most && !told_) {
    told_ = true;
    LogWarn("mirror: memory is short ({} of {} in use by {}): works on fewer portions at once",
            FormatBytes(memory->used_bytes), FormatBytes(memory->limit_bytes), memory->source);
  }
  return allowed;
}

size_t MemoryGuard::AtOnce(size_t most) {
  std::lock_guard lock(mutex_);
  const auto now = clock_.Monotonic();
  if (looked_ && now - looked_at_ < std::chrono::seconds(1)) return std::min(now_, most);
  const size_t allowed = Allowed(most);
  now_ = looked_ ? std::min(allowed, now_ + 1) : allowed;
  looked_ = true;
  looked_at_ = now;
  return now_;
}

}  // namespace tideway::mirror
