// A large file on its way, in parts that another process may go on with: beside the target lie the
// bytes (".<name>.part.tideway-tmp") and the numbers of the parts that are there (".parts.").
//
//   StartedDownload started(path, "s3://bucket/key etag size part");
//   if (!started.taken()) ...                       // another process is at it
//   RETURN_NOT_OK(started.Begin(*first_part));      // or goes on
//
// Notes of another boot of the machine count for nothing: a crash may have lost what they say is
// there. While one lives, no other process has the same. Threads: Note and has() any, for different
// parts; all else one at a time.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/file.h"

namespace tideway::store {

class StartedDownload {
 public:
  // `what`: all that must be the same for going on, in one line. `size`: of the whole.
  StartedDownload(const std::string& path, const std::string& what, int64_t part_bytes,
                  int64_t size);
  ~StartedDownload();
  StartedDownload(const StartedDownload&) = delete;

  bool taken() const { return notes_ >= 0; }
  // Opens what is there already, else makes `first`, which has the first part, the file.
  Status Begin(AtomicFile& first);
  bool has(size_t part) const { return has_[part] != 0; }
  // A part has come. One that cannot be noted is only fetched again.
  void Note(size_t part);
  // Makes it the target, durably.
  Status Publish();
  // Removes it, so that nobody goes on with it.
  void Forget();

  int fd() const { return fd_; }
  const std::string& bytes_path() const { return bytes_path_; }

 private:
  // Whether the notes are locked and still have their name.
  bool Lock();
  void ReadNotes(const std::string& text);

  const std::string path_;
  const std::string head_;  // the first line of the notes
  const int64_t part_bytes_;
  const int64_t size_;
  const std::string bytes_path_;
  const std::string notes_path_;
  int notes_ = -1;
  int fd_ = -1;
  std::mutex mutex_;       // of the notes
  std::vector<char> has_;  // by part
};

}  // namespace tideway::store
