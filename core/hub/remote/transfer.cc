#include "core/hub/remote/transfer.h"

#include <utility>

namespace tideway::hub {

void Transfer::Begin(std::string step, int64_t all_files, int64_t all_bytes) {
  std::lock_guard lock(mutex_);
  state_ = {.step = std::move(step), .all_files = all_files, .all_bytes = all_bytes};
  begun_ = std::chrono::steady_clock::now();
}

void Transfer::AddBytes(int64_t bytes) {
  std::lock_guard lock(mutex_);
  state_.bytes += bytes;
}

void Transfer::AddFile() {
  std::lock_guard lock(mutex_);
  ++state_.files;
}

std::optional<Transfer::State> Transfer::state() const {
  std::lock_guard lock(mutex_);
  if (state_.step.empty()) return std::nullopt;
  State state = state_;
  state.elapsed = std::chrono::steady_clock::now() - begun_;
  return state;
}

}  // namespace tideway::hub
