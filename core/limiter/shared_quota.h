// Keeps to a server's own quota of so many requests in each window, as its answers tell it
// (RateLimit headers), together with all processes of the machine that ask the same host with the
// same credential.
//
// Until the first answer tells the quota, turns come at once. When a window's requests are used up,
// turns come in the next one, and so on.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "core/base/clock.h"
#include "core/base/gate.h"
#include "core/limiter/shared_numbers.h"

namespace tideway::limiter {

class SharedQuota : public Gate {
 public:
  // `key`: host and credential. Only what the server says of `policy` is learnt.
  static Result<std::shared_ptr<SharedQuota>> Open(const std::string& folder,
                                                   const std::string& key, std::string policy,
                                                   const Clock& clock);

  std::chrono::nanoseconds TakeTurn() override;
  void Learn(const Quota& quota) override;

 private:
  SharedQuota(std::string policy, const Clock& clock) : policy_(std::move(policy)), clock_(clock) {}
  // What the processes know together.
  struct Window {
    int64_t limit = 0;  // requests in each; 0: not known
    int64_t length_ns = 0;
    int64_t end_ns = 0;
    int64_t remaining = 0;
    int64_t ahead = 0;  // turns taken in later windows
  };
  static constexpr size_t kNumbers = 5;
  template <typename Step>
  void Change(const Step& step);
  static bool IsSound(const Window& window, int64_t now_ns);
  static void Roll(Window& window, int64_t now_ns);

  const std::string policy_;
  const Clock& clock_;
  std::unique_ptr<SharedNumbers> shared_;
  std::atomic<bool> told_ = false;  // that the numbers cannot be changed
};

}  // namespace tideway::limiter
