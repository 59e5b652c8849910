// Copies of many objects, several at once: what is next, what became of each, when to give up.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "core/store/folder_copy.h"

namespace tideway::store {

struct CopyItem {
  Object object;                     // what is copied, or is to be made
  std::string path;                  // of the file
  std::optional<Object> there = {};  // what an upload would replace
};

class CopyRun {
 public:
  CopyRun(const FolderCopyOptions& options, const CancelToken& cancel);

  using Next = std::function<Result<std::optional<CopyItem>>()>;
  using Copy = std::function<void(const CopyItem&)>;
  // Calls `next` by one thread at a time until it gives nothing, and `copy` with each by many; that
  // ends in one of the three below, or will. Errors: of `next`, and those that concern all.
  Status Run(const Next& next, const Copy& copy);

  // Any thread.
  void Done(const CopyItem& item);
  void Skipped(const CopyItem& item);
  void Failed(const CopyItem& item, const Status& error);

  // Set when the rest is given up.
  CancelToken& stop() { return stop_; }
  // What became of all, once nothing is under way.
  Copied&& copied() { return std::move(copied_); }

 private:
  Result<std::optional<CopyItem>> Take(const Next& next);
  void Tell(const CopyItem& item, bool copied) const;

  const FolderCopyOptions& options_;
  const CancelToken& cancel_;
  CancelToken stop_;
  std::mutex taking_;
  bool ended_ = false;  // under taking_
  std::mutex mutex_;
  Copied copied_;
  size_t unreachable_ = 0;  // failures of the network since the last success
  Status fatal_;
};

}  // namespace tideway::store
