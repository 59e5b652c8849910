#include "core/app/hub/hub_progress.h"

#include <algorithm>

namespace tideway::app {
namespace {

ShownStage StageOf(const hub::Transfer::State& state) {
  ShownStage stage(dataset::StageProgress{.name = state.step, .elapsed = state.elapsed});
  stage.files = state.files;
  stage.all_files = state.all_files;
  stage.bytes = state.bytes;
  if (state.all_bytes > 0) {
    stage.share =
        std::min(1.0, static_cast<double>(state.bytes) / static_cast<double>(state.all_bytes));
  }
  return stage;
}

}  // namespace

HubProgress::HubProgress(const Globals& globals, const hub::Transfer& transfer,
                         const dataset::ProgressBoard* board) {
  if (globals.quiet) return;
  lines_.emplace(ProgressStyle(globals), [&transfer, board] {
    std::vector<ShownStage> stages;
    if (board != nullptr) {
      for (const auto& stage : board->stages()) stages.emplace_back(stage);
    }
    if (const auto state = transfer.state()) stages.push_back(StageOf(*state));
    return stages;
  });
}

}  // namespace tideway::app
