// Threads that keep contents: many small ones at once, and one for those that are large.
//
//   Workers workers(request, keeper, manifest, cancel);
//   RETURN_NOT_OK(workers.Push({number, row}));
//   RETURN_NOT_OK(workers.Finish(&report));
//
// What fails for the time is tried again, by fewer at once. Destroying them ends what is
// under way. Threads: Push and Finish from one.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/store/adaptive_limit.h"
#include "core/swh/fetch.h"
#include "core/swh/manifest.h"

namespace tideway::swh {

struct Job {
  int64_t number;  // of Manifest::Add
  Row row;
};

class Workers {
 public:
  // All outlive it.
  Workers(const FetchRequest& request, const Keeper& keeper, Manifest& manifest,
          const CancelToken& cancel);
  ~Workers();
  Workers(const Workers&) = delete;

  // Waits for room: as many jobs wait as there are threads. The first error of a thread.
  Status Push(Job job);
  // Waits until all is done, and tells what became of it. The same.
  Status Finish(FetchReport* report);

 private:
  struct Jobs {
    std::deque<Job> waiting = {};
    bool closed = false;  // no more come
  };
  void Close(Jobs& jobs);
  void Join();
  std::optional<Job> Pop(Jobs& jobs);
  void Work(Jobs& jobs, int64_t most_bytes);
  Status Do(Job job, int64_t most_bytes);
  Result<Kept> KeepPatiently(const Row& row, int64_t most_bytes);

  const FetchRequest& request_;
  const Keeper& keeper_;
  Manifest& manifest_;
  CancelToken stop_;
  store::AdaptiveLimit limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Jobs small_;
  Jobs large_;
  Status error_;
  FetchReport report_;
  std::vector<std::thread> threads_;
  std::thread large_thread_;
};

}  // namespace tideway::swh
