#include "core/hub/remote/send_all.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

namespace tideway::hub {
namespace {

class Flight : public std::enable_shared_from_this<Flight> {
 public:
  Flight(net::Client& client, const std::vector<net::Request>& requests, size_t at_once,
         const SendAllHooks& hooks)
      : client_(client), requests_(requests), at_once_(at_once), hooks_(hooks) {
    answers_.all.resize(requests.size());
  }

  void Begin() {
    std::lock_guard lock(mutex_);
    Launch();
  }
  void GiveUp(const Status& why) {
    std::lock_guard lock(mutex_);
    End(why);
  }
  Result<Answers> Wait() {
    constexpr std::chrono::milliseconds kLook{50};
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kLook, [this] { return running_.empty() && !Launch(); })) {
      if (const Status status = hooks_.check(); !status.ok()) End(status);
    }
    RETURN_NOT_OK(failure_);
    return std::move(answers_);
  }

 private:
  // Whether something is on its way now.
  bool Launch() {
    while (!ended_ && running_.size() < at_once_ && next_ < requests_.size()) {
      const size_t index = next_++;
      running_[index] = client_.Start(
          requests_[index], [self = shared_from_this(), index](Result<net::Response> result) {
            self->Take(index, std::move(result));
          });
    }
    return !running_.empty();
  }

  void Take(size_t index, Result<net::Response> result) {
    std::lock_guard lock(mutex_);
    running_.erase(index);
    if (!result.ok()) {
      End(result.status());
    } else {
      const net::Response& answer = answers_.all[index] = std::move(result).ValueOrDie();
      if (answer.ok()) {
        if (hooks_.succeeded) hooks_.succeeded(index, answer);
      } else if (!ended_) {
        answers_.refused = index;
        End(Status::OK());
      }
    }
    Launch();
    changed_.notify_all();
  }

  void End(const Status& why) {
    if (ended_) return;
    ended_ = true;
    failure_ = why;
    for (const auto& [index, number] : running_) client_.Cancel(number);
  }

  net::Client& client_;
  const std::vector<net::Request>& requests_;
  const size_t at_once_;
  const SendAllHooks hooks_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t next_ = 0;
  std::map<size_t, uint64_t> running_;
  bool ended_ = false;
  Status failure_;
  Answers answers_;
};

}  // namespace

Result<Answers> SendAll(net::Client& client, const std::vector<net::Request>& requests,
                        size_t at_once, const SendAllHooks& hooks) {
  const auto flight = std::make_shared<Flight>(client, requests, at_once, hooks);
  flight->Begin();
  if (hooks.meanwhile) {
    const Status status = hooks.meanwhile();
    if (!status.ok()) flight->GiveUp(status);
  }
  return flight->Wait();
}

}  // namespace tideway::hub
