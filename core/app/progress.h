// The line on the terminal that says how far a run is: rows, rate, time. Redrawn ten times a second
// on standard error; steps aside for log lines; gone when the run ends.
//
// Threads: draws on a thread of its own. One at a time in a program.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "core/dataset/run_context.h"

namespace tideway::app {

// "write.parquet  1,234,567 rows  412,000 rows/s  0:03"; empty before the first row.
std::string ProgressText(const dataset::RunContext::Progress& progress,
                         std::chrono::nanoseconds elapsed);

class ProgressLine {
 public:
  // Starts drawing what `read` returns.
  explicit ProgressLine(std::function<dataset::RunContext::Progress()> read);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;

 private:
  void Draw();

  const std::function<dataset::RunContext::Progress()> read_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tideway::app
