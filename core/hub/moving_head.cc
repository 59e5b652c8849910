#include "core/hub/moving_head.h"

#include "core/base/log.h"
#include "core/hub/remote/patience.h"

namespace tideway::hub {

Status CommitOnHead(const std::string& uri, const CancelToken& cancel,
                    const std::function<Status()>& commit) {
  constexpr int kTries = 8;
  const Patience patience{.base_s = 0.2, .cap_s = 10};
  for (int attempt = 1;; ++attempt) {
    const Status made = commit();
    const bool moved = KindOf(made) == ErrorKind::kConflict && IsRetryable(made);
    if (!moved || attempt == kTries) return made;
    LogDebug("hub: {}: another commit came first, building upon it", uri);
    RETURN_NOT_OK(patience.Wait(attempt, cancel));
  }
}

}  // namespace tideway::hub
