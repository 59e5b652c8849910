#include "core/queue/job_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <random>

#include "core/base/hex.h"

namespace tideway::queue {
namespace {

constexpr size_t kDigits = 32;
constexpr uint64_t kCountBits = 16;
// Read from the system: a process that was forked, or a machine that was copied, gives others.
uint64_t Random() {
  static std::random_device device;
  return uint64_t{device()} << 32 | device();
}

}  // namespace

std::string NewJobId(const Clock& clock) {
  static std::mutex mutex;
  static uint64_t last = 0;
  std::lock_guard lock(mutex);
  const auto now_ms = static_cast<uint64_t>(clock.Now().count() / 1000);
  last = std::max(last + 1, now_ms << kCountBits);
  return fmt::format("{:016x}{:016x}", last, Random());
}

bool IsJobId(const std::string& text) { return IsHex(text, kDigits); }

}  // namespace tideway::queue
