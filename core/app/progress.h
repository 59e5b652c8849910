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
#include <utility>
#include <vector>

#include "core/app/report.h"
#include "core/dataset/progress.h"

namespace tideway::app {

// A part of the run as it is shown: rows on their way, or files.
struct ShownStage : dataset::StageProgress {
  ShownStage(dataset::StageProgress stage) : StageProgress(std::move(stage)) {}  // NOLINT
  int64_t files = 0;                                                             // done, of
  int64_t all_files = 0;
  int64_t bytes = 0;  // moved
};

// "sort  1,234,567 rows  412,000 rows/s  25 %  0:03, 0:09 left", as far as that is known, or "fetch
// 3 of 12 files  1.2 GiB  34.0 MiB/s  25 %  0:03, 0:09 left"; the name is padded to `name_width`.
std::string ProgressText(const ShownStage& stage, size_t name_width);
// {"event": "progress", "step": "sort", "rows": ..., "rows_per_s": ..., "share": 0.25, "elapsed_s":
// ..., "left_s": ...}; of files also "files", "all_files", "bytes" and "bytes_per_s".
nlohmann::ordered_json ProgressJson(const ShownStage& stage);

class ProgressLines {
 public:
  enum class Style { kTerminal, kJson, kLog };
  // Starts showing what `read` returns.
  ProgressLines(Style style, std::function<std::vector<ShownStage>()> read);
  ~ProgressLines();
  ProgressLines(const ProgressLines&) = delete;

 private:
  void Loop();
  void Show(const std::vector<ShownStage>& stages) const;
  void Draw(const std::vector<ShownStage>& stages) const;

  const Style style_;
  const std::function<std::vector<ShownStage>()> read_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

// How to show it: as events under --json, else by whether standard error is a terminal.
ProgressLines::Style ProgressStyle(const Globals& globals);

}  // namespace tideway::app
