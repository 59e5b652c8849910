// Threads that wait: each runs one blocking job at a time. A new thread starts only when all others
// are busy, up to the limit; beyond it jobs queue in order.
//
// Thread safety: Run() from any thread. The destructor drops queued jobs and joins running ones.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tideway::loop {

class Pool {
 public:
  explicit Pool(size_t max_threads) : max_threads_(max_threads) {}
  ~Pool();
  Pool(const Pool&) = delete;
  // `job` must not throw.
  void Run(std::function<void()> job);

 private:
  void Work();

  const size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool stop_ = false;
};

}  // namespace tideway::loop
