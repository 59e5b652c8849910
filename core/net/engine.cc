#include <algorithm>
#include <utility>

#include "core/net/engine_internal.h"

namespace tideway::net {

Engine::Engine(const Clock& clock, size_t most_per_origin)
    : clock_(clock), most_per_origin_(most_per_origin), multi_([] {
        // Not before somebody needs it: it takes milliseconds.
        static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
        return initialised == CURLE_OK ? curl_multi_init() : nullptr;
      }()) {
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 4 * static_cast<long>(most_per_origin));
  thread_ = std::thread([this] { Run(); });
}

Engine::~Engine() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  Wake();
  thread_.join();
  for (auto& [number, active] : active_) {
    if (active.started) curl_multi_remove_handle(multi_, active.exchange->easy());
  }
  active_.clear();
  curl_multi_cleanup(multi_);
}

void Engine::Post(std::function<void()> call) {
  {
    std::lock_guard lock(mutex_);
    posts_.push_back(std::move(call));
  }
  Wake();
}

void Engine::Wake() { curl_multi_wakeup(multi_); }

uint64_t Engine::Start(const Origin& origin, std::unique_ptr<Exchange> exchange, Done done) {
  const uint64_t number = next_++;
  numbers_[exchange->easy()] = number;
  active_[number] = {origin, std::move(exchange), std::move(done)};
  waiting_[origin].push_back(number);
  StartWaiting(origin);
  return number;
}

void Engine::StartWaiting(const Origin& origin) {
  auto& waiting = waiting_[origin];
  auto& running = running_[origin];
  while (!waiting.empty() && running.size() < most_per_origin_) {
    const uint64_t number = waiting.front();
    waiting.pop_front();
    Active& active = active_[number];
    active.started = true;
    running.insert(number);
    active.exchange->Restart();
    curl_multi_add_handle(multi_, active.exchange->easy());
  }
  if (waiting.empty()) waiting_.erase(origin);
  if (running.empty()) running_.erase(origin);
}

std::unique_ptr<Exchange> Engine::Remove(uint64_t number) {
  const auto found = active_.find(number);
  if (found == active_.end()) return nullptr;
  auto [origin, exchange, done, started] = std::move(found->second);
  active_.erase(found);
  numbers_.erase(exchange->easy());
  if (started) {
    curl_multi_remove_handle(multi_, exchange->easy());
    running_[origin].erase(number);
  } else {
    std::erase(waiting_[origin], number);
  }
  StartWaiting(origin);
  return std::move(exchange);
}

void Engine::Drop(uint64_t number) { Remove(number); }

void Engine::End(uint64_t number, Exchange::Outcome outcome) {
  const Done done = std::move(active_[number].done);
  const auto exchange = Remove(number);
  done(std::move(outcome));
}

uint64_t Engine::After(double seconds, std::function<void()> call) {
  const auto due = clock_.Monotonic() + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                            std::chrono::duration<double>(seconds));
  timers_[next_] = {due, std::move(call)};
  return next_++;
}

void Engine::CancelTimer(uint64_t number) { timers_.erase(number); }

void Engine::Run() {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (stop_) return;
    }
    RunPosts();
    RunTimers();
    int running = 0;
    curl_multi_perform(multi_, &running);
    Collect();
    GiveUpLate();
    curl_multi_poll(multi_, nullptr, 0, PollMs(), nullptr);
  }
}

void Engine::RunPosts() {
  std::vector<std::function<void()>> posts;
  {
    std::lock_guard lock(mutex_);
    posts.swap(posts_);
  }
  for (const auto& call : posts) call();
}

void Engine::RunTimers() {
  const auto now = clock_.Monotonic();
  std::vector<uint64_t> due;
  for (const auto& [number, timer] : timers_) {
    if (timer.due <= now) due.push_back(number);
  }
  for (const uint64_t number : due) {
    const auto found = timers_.find(number);
    if (found == timers_.end()) continue;
    const auto call = std::move(found->second.call);
    timers_.erase(found);
    call();
  }
}

void Engine::Collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const uint64_t number = numbers_.at(message->easy_handle);
    const CURLcode code = message->data.result;
    End(number, active_[number].exchange->Finish(code));
  }
}

void Engine::GiveUpLate() {
  const auto now = clock_.Monotonic();
  std::vector<uint64_t> late;
  for (const auto& [number, active] : active_) {
    if (active.started && active.exchange->due() <= now) late.push_back(number);
  }
  for (const uint64_t number : late) {
    const auto found = active_.find(number);
    if (found != active_.end()) End(number, found->second.exchange->GiveUp());
  }
}

// Until something is due, but no longer than a second: the clock may be wound meanwhile.
int Engine::PollMs() const {
  auto next = clock_.Monotonic() + std::chrono::nanoseconds(std::chrono::seconds(1));
  const auto start = clock_.Monotonic();
  for (const auto& [number, timer] : timers_) next = std::min(next, timer.due);
  for (const auto& [number, active] : active_) {
    if (active.started) next = std::min(next, active.exchange->due());
  }
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - start);
  return static_cast<int>(std::clamp<int64_t>(wait.count(), 0, 1000));
}

}  // namespace tideway::net
