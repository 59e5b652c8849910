// Time as an injected dependency: nothing but SystemClock reads the real one, so tests never sleep.
//
// Thread safety: implementations are safe to call from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace tideway {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time since 1970-01-01T00:00:00Z.
  virtual std::chrono::microseconds Now() const = 0;
  // Time from a fixed, unnamed start; never goes back.
  virtual std::chrono::nanoseconds Monotonic() const = 0;
};

// The machine's clock. One instance for the whole program.
const Clock& SystemClock();

// A clock that stands still until told to move.
class FakeClock : public Clock {
 public:
  explicit FakeClock(std::chrono::microseconds start = {})
      : now_ns_(std::chrono::nanoseconds(start).count()) {}
  void Advance(std::chrono::nanoseconds by);
  std::chrono::microseconds Now() const override;
  std::chrono::nanoseconds Monotonic() const override;

 private:
  std::atomic<int64_t> now_ns_;
};

// Formats wall time in UTC: FormatUtc(t, "%Y-%m-%dT%H:%M:%SZ"). strftime's letters.
std::string FormatUtc(std::chrono::microseconds time, const char* format);

}  // namespace tideway
