// How far a run is: a line for each part of it that is at work, on standard error.
//
// On a terminal the lines are redrawn ten times a second, step aside for log lines and are gone
// when the run ends; under --json each is an event, once a second; else they go to the log, twice a
// minute.
//
// Threads: draws on a thread of its own. One at a time in a program.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "core/dataset/progress.h"

namespace tideway::app {

// "sort  1,234,567 rows  412,000 rows/s  25 %  0:03, 0:09 left", as far as that is known; the name
// is padded to `name_width`.
std::string ProgressText(const dataset::StageProgress& stage, size_t name_width);
// {"event": "progress", "step": "sort", "rows": ..., "rows_per_s": ..., "share": 0.25, "elapsed_s":
// ..., "left_s": ...}
nlohmann::ordered_json ProgressJson(const dataset::StageProgress& stage);

class ProgressLines {
 public:
  enum class Style { kTerminal, kJson, kLog };
  // Starts showing what `read` returns.
  ProgressLines(Style style, std::function<std::vector<dataset::StageProgress>()> read);
  ~ProgressLines();
  ProgressLines(const ProgressLines&) = delete;

 private:
  void Loop();
  void Show(const std::vector<dataset::StageProgress>& stages) const;
  void Draw(const std::vector<dataset::StageProgress>& stages) const;

  const Style style_;
  const std::function<std::vector<dataset::StageProgress>()> read_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tideway::app
