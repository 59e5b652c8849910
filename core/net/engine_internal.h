// The thread that moves the bytes of all exchanges of a client: libcurl's multi interface, timers,
// and calls from elsewhere.
//
// Whatever is called back runs on that thread and must not wait. Threads: Post() and Wake() from
// any; all else on the engine's own, that is from what was posted.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/net/exchange_internal.h"

namespace tideway::net {

class Engine {
 public:
  using Done = std::function<void(Exchange::Outcome)>;

  // At most so many exchanges with one origin are on their way; others wait their turn.
  Engine(const Clock& clock, size_t most_per_origin);
  // Drops what is on its way.
  ~Engine();
  Engine(const Engine&) = delete;

  void Post(std::function<void()> call);
  // Looks at the clock again.
  void Wake();

  // The exchange is given up, and `done` not called, by Drop() with the number returned.
  uint64_t Start(const Origin& origin, std::unique_ptr<Exchange> exchange, Done done);
  void Drop(uint64_t number);
  uint64_t After(double seconds, std::function<void()> call);
  void CancelTimer(uint64_t number);

 private:
  struct Active {
    Origin origin;
    std::unique_ptr<Exchange> exchange;
    Done done;
    bool started = false;
  };
  struct Timer {
    std::chrono::nanoseconds due;
    std::function<void()> call;
  };

  void Run();
  void RunPosts();
  void RunTimers();
  void StartWaiting(const Origin& origin);
  void Collect();
  void GiveUpLate();
  void End(uint64_t number, Exchange::Outcome outcome);
  std::unique_ptr<Exchange> Remove(uint64_t number);
  int PollMs() const;

  const Clock& clock_;
  const size_t most_per_origin_;
  CURLM* const multi_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posts_;
  bool stop_ = false;
  uint64_t next_ = 1;
  std::map<uint64_t, Active> active_;
  std::map<CURL*, uint64_t> numbers_;
  std::map<Origin, std::set<uint64_t>> running_;
  std::map<Origin, std::deque<uint64_t>> waiting_;
  std::map<uint64_t, Timer> timers_;
  std::thread thread_;  // the last: it uses all others
};

}  // namespace tideway::net
