// A resolver that finds one name out only when the test lets it. Test code only, and for one test
// file of a program: it stands before the C library's getaddrinfo for libcurl too.
#pragma once

#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <mutex>
#include <string_view>

namespace tideway::net::testing {

// While one lives, who asks for kHost waits.
class StuckResolver {
 public:
  static constexpr const char* kHost = "stuck.test";

  StuckResolver() { Set(true); }
  ~StuckResolver() { Set(false); }
  StuckResolver(const StuckResolver&) = delete;

  static void Wait() {
    std::unique_lock lock(mutex());
    changed().wait(lock, [] { return !stuck(); });
  }

 private:
  static void Set(bool is_stuck) {
    std::lock_guard lock(mutex());
    stuck() = is_stuck;
    changed().notify_all();
  }
  // Never destroyed: a resolver's thread may outlive the test.
  static std::mutex& mutex() { return *new_once<std::mutex>(); }
  static std::condition_variable& changed() { return *new_once<std::condition_variable>(); }
  static bool& stuck() { return *new_once<bool>(); }
  template <typename T>
  static T* new_once() {
    static T* const one = new T();
    return one;
  }
};

}  // namespace tideway::net::testing

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  using tideway::net::testing::StuckResolver;
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  if (name != nullptr && std::string_view(name) == StuckResolver::kHost) {
    StuckResolver::Wait();
    return EAI_NONAME;
  }
  return real(name, service, hints, found);
}
