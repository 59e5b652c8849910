#include "core/base/cancel.h"

#include <algorithm>
#include <thread>

namespace tideway {

Status CancelToken::Check() const {
  if (!cancelled()) return Status::OK();
  return Error(ErrorKind::kInterrupted, "interrupted");
}

Status SleepCancellable(std::chrono::nanoseconds time, const CancelToken& cancel) {
  using std::chrono::steady_clock;
  constexpr std::chrono::nanoseconds kSlice = std::chrono::milliseconds(50);
  const auto end = steady_clock::now() + time;
  for (auto now = steady_clock::now(); now < end; now = steady_clock::now()) {
    RETURN_NOT_OK(cancel.Check());
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(end - now, kSlice));
  }
  return cancel.Check();
}

}  // namespace tideway
