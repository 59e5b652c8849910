// What the stages that a Space goes through say to one who waits for one of them.
//
//   StageWatch watch("RUNNING", "PAUSED");
//   switch (watch.Look(runtime.stage)) ...
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace tideway::hub {

class StageWatch {
 public:
  enum class Verdict { kThere, kNotYet, kNever };

  // `before`: the stage before the Space was told to change, empty where it is not known; nothing:
  // it was not told to. That stage counts once another was seen, or at the third look.
  StageWatch(std::string wanted, std::optional<std::string> before)
      : wanted_(std::move(wanted)), before_(std::move(before)), settled_(!before_) {}

  // The next look.
  Verdict Look(const std::string& stage);

 private:
  const std::string wanted_;
  std::optional<std::string> before_;
  bool settled_;
  int looks_ = 0;
};

// Whether the Space has stopped and runs again when it is restarted.
bool IsAsleep(const std::string& stage);
// Whether no other stage comes by itself.
bool IsDead(const std::string& stage);

// OK for a name of a stage: the Hub's, or one that is like none of them.
bool IsStageName(const std::string& stage);
// "; did you mean `RUNNING`?", or nothing.
std::string LikeStage(const std::string& stage);

}  // namespace tideway::hub
