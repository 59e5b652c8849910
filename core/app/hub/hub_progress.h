// Progress lines of an action of `tideway hub`, while this object lives: files, bytes and rate.
#pragma once

#include <optional>

#include "core/app/progress.h"
#include "core/app/report.h"
#include "core/hub/remote/transfer.h"

namespace tideway::app {

class HubProgress {
 public:
  // `board`: what else is at work, if anything. Both outlive this.
  HubProgress(const Globals& globals, const hub::Transfer& transfer,
              const dataset::ProgressBoard* board = nullptr);

 private:
  std::optional<ProgressLines> lines_;  // none with -q
};

}  // namespace tideway::app
