// How long to wait before another try: full jitter, or as long as the server asks for.
#pragma once

#include <functional>

#include "core/base/cancel.h"

namespace tideway::hub {

struct Patience {
  double base_s = 1;
  double cap_s = 30;
  // Tests give one that does not wait. Empty: SleepCancellable.
  std::function<Status(double seconds)> sleep = {};

  // After failed try number `attempt` (from 1). `asked_s`: what the server asks for; 0: nothing.
  Status Wait(int attempt, const CancelToken& cancel, double asked_s = 0) const;
  // For just as long.
  Status Pause(double seconds, const CancelToken& cancel) const;
};

}  // namespace tideway::hub
