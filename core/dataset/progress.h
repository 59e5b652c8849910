// How far the parts of a run are that are at work now: what progress lines show.
//
//   const auto stage = run.progress().Start("sort");
//   stage->AddRows(batch->num_rows());
//
// Threads: any, several at once.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"

namespace tideway::dataset {

struct StageProgress {
  std::string name;
  int64_t rows = 0;
  std::optional<double> share = {};  // of its input: 0 to 1, where that is known
  std::chrono::nanoseconds elapsed{};
};

class ProgressBoard {
 public:
  explicit ProgressBoard(const Clock& clock) : clock_(clock) {}
  ProgressBoard(const ProgressBoard&) = delete;

  // A part of the run, on the board until it is destroyed.
  class Stage {
   public:
    ~Stage();
    Stage(const Stage&) = delete;
    void AddRows(int64_t rows) { rows_ += rows; }
    // How much of input number `input` has been taken.
    void SetShare(size_t input, double share) { shares_[input] = share; }

   private:
    friend class ProgressBoard;
    Stage(ProgressBoard& board, std::string_view name, size_t inputs);
    StageProgress Now() const;

    ProgressBoard& board_;
    const std::string name_;
    const std::chrono::nanoseconds started_;
    std::atomic<int64_t> rows_ = 0;
    std::vector<std::atomic<double>> shares_;
  };
  std::unique_ptr<Stage> Start(std::string_view name, size_t inputs = 1);

  // In the order in which they were started.
  std::vector<StageProgress> stages() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<const Stage*> stages_;
};

}  // namespace tideway::dataset
