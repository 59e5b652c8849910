// Files that get their names together: the disk is made to hold hundreds at once, not each alone.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "core/base/file.h"
#include "core/store/copy_run.h"

namespace tideway::store {

// Threads: any. What is not published when it is destroyed is removed.
class PublishBatch {
 public:
  explicit PublishBatch(CopyRun& run) : run_(run) {}

  // Writes `bytes` as the file of `item`. It has its name, and the run is told, once there are
  // enough of them, or by Flush.
  void Add(const CopyItem& item, std::string_view bytes);
  void Flush();

 private:
  struct Waiting {
    CopyItem item;
    std::unique_ptr<AtomicFile> file;
  };
  void Publish(std::vector<Waiting> files);

  CopyRun& run_;
  std::mutex mutex_;
  std::vector<Waiting> waiting_;
};

}  // namespace tideway::store
