// How far the moving of files is: what progress lines show.
//
//   transfer.Begin("fetch", files, bytes);
//   transfer.AddBytes(piece.size());
//   transfer.AddFile();
//
// Threads: any, several at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace tideway::hub {

class Transfer {
 public:
  struct State {
    std::string step = {};  // "fetch", "send"
    int64_t files = 0;      // done, of
    int64_t all_files = 0;
    int64_t bytes = 0;  // moved, of
    int64_t all_bytes = 0;
    std::chrono::nanoseconds elapsed{};
  };

  // Another step, in place of the one before.
  void Begin(std::string step, int64_t all_files, int64_t all_bytes);
  // Less than nothing for what has to be moved again.
  void AddBytes(int64_t bytes);
  void AddFile();
  // Nothing before the first step.
  std::optional<State> state() const;

 private:
  mutable std::mutex mutex_;
  State state_;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace tideway::hub
