#include "core/base/clock.h"

#include <ctime>

namespace tideway {
namespace {

class MachineClock : public Clock {
 public:
  std::chrono::microseconds Now() const override {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since_epoch);
  }
  std::chrono::nanoseconds Monotonic() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
};

}  // namespace

const Clock& SystemClock() {
  static const MachineClock clock;
  return clock;
}

void FakeClock::Advance(std::chrono::nanoseconds by) { now_ns_ += by.count(); }

std::chrono::microseconds FakeClock::Now() const {
  return std::chrono::floor<std::chrono::microseconds>(Monotonic());
}

std::chrono::nanoseconds FakeClock::Monotonic() const { return std::chrono::nanoseconds(now_ns_); }

std::string FormatUtc(std::chrono::microseconds time, const char* format) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  // strftime returns 0 both for "too small" and for an empty result.
  for (size_t size = 64; size <= 4096; size *= 4) {
    std::string text(size, '\0');
    const size_t length = std::strftime(text.data(), text.size(), format, &parts);
    if (length > 0) return text.substr(0, length);
  }
  return "";
}

}  // namespace tideway
