// The wish that this process takes no more jobs: one for all its workers.
//
//   Drain::OfProcess().Request();              // on SIGTERM
//   Drain::Listener listener([&] { ... });     // at once when it has been requested already
//
// Threads: all from any thread. A listener is called on the thread of who requests, and must not
// make or end another.
#pragma once

#include <functional>
#include <list>
#include <mutex>

namespace tideway::queue {

class Drain {
 public:
  static Drain& OfProcess();
  void Request();

  class Listener {
   public:
    explicit Listener(std::function<void()> wake);
    ~Listener();
    Listener(const Listener&) = delete;

   private:
    std::list<std::function<void()>>::iterator place_;
  };

 private:
  std::mutex mutex_;
  bool requested_ = false;
  std::list<std::function<void()>> listeners_;
};

}  // namespace tideway::queue
