#include "core/queue/drain.h"

#include <utility>

namespace tideway::queue {

Drain& Drain::OfProcess() {
  static Drain drain;
  return drain;
}

void Drain::Request() {
  std::lock_guard lock(mutex_);
  requested_ = true;
  for (const auto& wake : listeners_) wake();
}

Drain::Listener::Listener(std::function<void()> wake) {
  Drain& drain = OfProcess();
  std::lock_guard lock(drain.mutex_);
  if (drain.requested_) wake();
  place_ = drain.listeners_.insert(drain.listeners_.end(), std::move(wake));
}

Drain::Listener::~Listener() {
  Drain& drain = OfProcess();
  std::lock_guard lock(drain.mutex_);
  drain.listeners_.erase(place_);
}

}  // namespace tideway::queue
