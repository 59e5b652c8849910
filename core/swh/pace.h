// How many requests go at once: half as many when the other side is slow, one more for each round
// without (Chiu and Jain, Analysis of the Increase and Decrease Algorithms, 1989).
//
//   RETURN_NOT_OK(pace.Enter(stop));
//   ... a request ...
//   pace.Leave(slowed);
//
// Threads: any.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "core/base/cancel.h"

namespace tideway::swh {

class Pace {
 public:
  explicit Pace(size_t most) : most_(most), width_(most) {}
  // Waits for a place. An error of kind interrupted once `stop` is set.
  Status Enter(const CancelToken& stop);
  // `slowed`: the request had to be made again, or failed, because there were too many.
  void Leave(bool slowed);
  // How many may go now.
  size_t width() const;

 private:
  const size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  size_t width_;
  size_t inside_ = 0;
  size_t calm_ = 0;   // ended since the last change, none of them slowed
  size_t grace_ = 0;  // that were on their way at the last cut: it was for them too
};

}  // namespace tideway::swh
