#include "core/base/work_all.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace tideway {

Status WorkAll(size_t count, size_t at_once, CancelToken& stop,
               const std::function<Status(size_t)>& work) {
  std::atomic<size_t> next{0}, done{0};
  std::mutex mutex;
  Status first;
  const auto run = [&] {
    for (size_t index = next++; index < count && !stop.cancelled(); index = next++) {
      const Status status = work(index);
      if (status.ok()) {
        ++done;
        continue;
      }
      std::lock_guard lock(mutex);
      if (first.ok()) first = status;
      stop.Cancel();
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(count, at_once); ++i) threads.emplace_back(run);
  run();
  for (std::thread& thread : threads) thread.join();
  RETURN_NOT_OK(first);
  return done == count ? Status::OK() : stop.Check();
}

}  // namespace tideway
