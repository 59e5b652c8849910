// "May I go, or how long until I may?": what a connector asks before each request, so that it is
// held to a rate without knowing by whom.
//
// Implementations compute and never sleep: the caller waits, parked or by a timer. Thread safety:
// any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tideway {

// What a server says of one of its quotas.
struct Quota {
  std::string policy;                     // its name for it
  std::optional<int64_t> remaining = {};  // requests left in this window
  std::optional<int64_t> reset_s = {};    // until the next window
  std::optional<int64_t> limit = {};      // requests per window
  std::optional<int64_t> window_s = {};
};

class Gate {
 public:
  virtual ~Gate() = default;
  // Takes the next turn and gives the time until it comes; zero: now. Turns come in the order in
  // which they were taken.
  virtual std::chrono::nanoseconds TakeTurn() = 0;
  // What an answer says. A server that only asks to come again later (Retry-After) has a quota
  // without a name, of which nothing is left.
  virtual void Learn(const Quota& quota) = 0;
};

}  // namespace tideway
