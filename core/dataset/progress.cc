#include "core/dataset/progress.h"

#include <algorithm>

namespace tideway::dataset {
namespace {

constexpr double kUnknown = -1;

}  // namespace

ProgressBoard::Stage::Stage(ProgressBoard& board, std::string_view name, size_t inputs)
    : board_(board), name_(name), started_(board.clock_.Monotonic()), shares_(inputs) {
  for (auto& share : shares_) share = kUnknown;
  std::lock_guard lock(board_.mutex_);
  board_.stages_.push_back(this);
}

ProgressBoard::Stage::~Stage() {
  std::lock_guard lock(board_.mutex_);
  std::erase(board_.stages_, this);
}

StageProgress ProgressBoard::Stage::Now() const {
  StageProgress now{.name = name_, .rows = rows_, .elapsed = board_.clock_.Monotonic() - started_};
  double sum = 0;
  for (const auto& share : shares_) {
    if (share == kUnknown) return now;
    sum += share;
  }
  if (!shares_.empty()) now.share = std::clamp(sum / static_cast<double>(shares_.size()), 0.0, 1.0);
  return now;
}

std::unique_ptr<ProgressBoard::Stage> ProgressBoard::Start(std::string_view name, size_t inputs) {
  return std::unique_ptr<Stage>(new Stage(*this, name, inputs));
}

std::vector<StageProgress> ProgressBoard::stages() const {
  std::lock_guard lock(mutex_);
  std::vector<StageProgress> stages;
  for (const Stage* stage : stages_) stages.push_back(stage->Now());
  return stages;
}

}  // namespace tideway::dataset
