#include "core/hub/remote/stage_watch.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "core/base/error.h"

namespace tideway::hub {
namespace {

const std::vector<std::string>& Asleep() {
  static const std::vector<std::string> stages{"PAUSED", "STOPPED", "SLEEPING"};
  return stages;
}

const std::vector<std::string>& Broken() {
  static const std::vector<std::string> stages{"NO_APP_FILE", "CONFIG_ERROR", "BUILD_ERROR",
                                               "RUNTIME_ERROR", "DELETING"};
  return stages;
}

bool Holds(const std::vector<std::string>& stages, const std::string& stage) {
  return std::ranges::find(stages, stage) != stages.end();
}

std::vector<std::string> Known() {
  std::vector<std::string> stages{"RUNNING", "BUILDING", "RUNNING_BUILDING", "APP_STARTING",
                                  "RUNNING_APP_STARTING"};
  stages.insert(stages.end(), Asleep().begin(), Asleep().end());
  stages.insert(stages.end(), Broken().begin(), Broken().end());
  return stages;
}

}  // namespace

StageWatch::Verdict StageWatch::Look(const std::string& stage) {
  constexpr int kLooks = 3;
  ++looks_;
  if (before_ && before_->empty()) before_ = stage;
  settled_ = settled_ || stage != *before_ || looks_ == kLooks;
  if (!settled_) return Verdict::kNotYet;
  if (stage == wanted_) return Verdict::kThere;
  // Whoever waits for a pause waits for somebody's doing, which ends any other stage.
  const bool ends = IsAsleep(wanted_) ? stage == "DELETING" : IsDead(stage);
  return ends ? Verdict::kNever : Verdict::kNotYet;
}

bool IsAsleep(const std::string& stage) { return Holds(Asleep(), stage); }

bool IsDead(const std::string& stage) { return IsAsleep(stage) || Holds(Broken(), stage); }

bool IsStageName(const std::string& stage) {
  if (Holds(Known(), stage)) return true;
  const bool word = !stage.empty() && std::ranges::all_of(stage, [](char c) {
    return (c >= 'A' && c <= 'Z') || c == '_';
  });
  return word && LikeStage(stage).empty();
}

std::string LikeStage(const std::string& stage) {
  std::string capitals = stage;
  std::ranges::transform(capitals, capitals.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return DidYouMean(capitals, Known());
}

}  // namespace tideway::hub
