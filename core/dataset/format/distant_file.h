// A file that is not on this machine, and of which it is known what it holds: who can do with parts
// of it brings only those here.
//
//   RETURN_NOT_OK(file->Bring({{0, 4096}, {1 << 20, 2 << 20}}));
//   ARROW_ASSIGN_OR_RAISE(auto bytes, file->Open());   // brings what else is read
//
// Parts are kept in a file of the run's scratch folder. They come without a check of their own: a
// hash is of a whole file. Threads: any.
#pragma once

#include <arrow/io/interfaces.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/byte_ranges.h"
#include "core/base/cancel.h"
#include "core/base/error.h"

namespace tideway::dataset {

struct DistantContent {
  int64_t size = 0;
  std::string sha256 = {};  // 64 hex digits
  // Writes these bytes of the file to `fd`, each at its place; blocks. Called on many threads.
  // False where there are no parts to be had.
  std::function<Result<bool>(ByteRange range, int fd, const CancelToken& stop)> fetch_range = {};
  // Makes the whole file appear under its path, checked; blocks.
  std::function<Status()> fetch_all = {};
  const CancelToken* cancel = nullptr;  // of the run; null: nothing is interrupted
};

class DistantFile : public std::enable_shared_from_this<DistantFile> {
 public:
  // `path`: where it is once it is here. `parts`: a new file for what comes of it before.
  DistantFile(std::string path, std::string parts, DistantContent content);
  ~DistantFile();
  DistantFile(const DistantFile&) = delete;

  int64_t size() const { return content_.size; }
  const std::string& sha256() const { return content_.sha256; }

  // Returns when all of these are here; several pieces come at once. Errors: of DistantContent's
  // functions; interrupted once `stop` is set (null: when the run is).
  Status Bring(const std::vector<ByteRange>& ranges, const CancelToken* stop = nullptr);
  // Interrupted with the run, for a part of it that may end before.
  const CancelToken* cancel() const { return content_.cancel; }
  // The same with the whole file, which is then read under its path.
  Status BringAll();
  // Its bytes, wherever they are.
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open();

 private:
  class Parts;

  Status OpenParts();
  std::vector<ByteRange> TakeMissing(const std::vector<ByteRange>& ranges);
  Status FetchPiece(ByteRange piece, const CancelToken& stop);
  // In place of parts: the file itself is read.
  Status TakeWhole();
  int ReadingFd();
  // Whether all are here, once none of them is on its way.
  bool WaitFor(const std::vector<ByteRange>& ranges);

  const std::string path_;
  const std::string parts_;
  const DistantContent content_;
  std::mutex mutex_;
  std::condition_variable came_;
  int fd_ = -1;        // of the parts
  int whole_fd_ = -1;  // of the whole file, where there are no parts to be had
  bool all_here_ = false;
  ByteRanges here_;
  ByteRanges on_the_way_;
  std::mutex whole_;  // held while the whole file is fetched
};

}  // namespace tideway::dataset
