// A file in the scratch folder that many threads write blocks to, each at its own place, and read
// back through memory maps. These are large and stay until the file goes: to map each block alone
// costs a join on disk a quarter of its time, most of it in threads that wait for one another.
//
// Threads: all methods from any thread. Ownership: the destructor removes the file; blocks mapped
// before stay readable.
#pragma once

#include <arrow/type_fwd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace tideway::dataset {

class SpillFile {
 public:
  // Creates `path`, empty. Errors: kind io or disk_full, with the path.
  static Result<std::shared_ptr<SpillFile>> Create(std::string path);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;

  // Writes `buffers` one after another, each padded to 8 bytes (null ones are empty), and returns
  // where they begin.
  Result<int64_t> Append(const std::vector<std::shared_ptr<arrow::Buffer>>& buffers);
  // A block that was written. Its pages are file pages, read when touched.
  Result<std::shared_ptr<arrow::Buffer>> Map(int64_t offset, int64_t length) const;

  int64_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  SpillFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  Status WriteAt(int64_t offset, const std::vector<std::shared_ptr<arrow::Buffer>>& buffers) const;
  Result<std::shared_ptr<arrow::Buffer>> Window(size_t index) const;
  Result<std::shared_ptr<arrow::Buffer>> MapRange(int64_t offset, int64_t length) const;

  const std::string path_;
  const int fd_;
  std::atomic<int64_t> size_{0};
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<arrow::Buffer>> windows_;  // null where not mapped yet
};

}  // namespace tideway::dataset
