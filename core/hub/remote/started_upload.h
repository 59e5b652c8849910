// An upload in parts that was begun, noted on disk so that the next process goes on with it: where
// its parts go, and which of them have arrived.
//
//   StartedUpload started(folder, key, address);    // `address`: what the Hub says now
//   started.address();                              // that, or the one of the earlier process
//   started.tag(3);                                 // the ETag of that part, once it has arrived
//   started.Arrived(3, etag);
//   started.Restart(address);                       // the storage refuses what an earlier one left
//   started.Forget();                               // it is complete
//
// The addresses let whoever has them write that one object for as long as the storage says, so that
// the notes are for the user alone, and are removed a day later. Where they cannot be written, or
// another process has them, nothing is kept: that costs bytes, no more. A note that was torn by a
// kill is a part that is sent again.
//
// Threads: any.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/hub/remote/lfs_answer.h"

namespace tideway::hub {

class StartedUpload {
 public:
  // `key`: what tells this upload from others: the Hub, the repository and the object.
  StartedUpload(const std::string& folder, std::string_view key, LfsUploadAddress address);
  ~StartedUpload();
  StartedUpload(const StartedUpload&) = delete;

  const LfsUploadAddress& address() const { return address_; }
  // Whether it is one of an earlier process, of which a part has arrived.
  bool resumed() const { return resumed_; }
  // Of the part at `index`, counted from 0.
  std::optional<std::string> tag(size_t index) const;
  void Arrived(size_t index, const std::string& tag);
  // From the first part, to `address`.
  void Restart(LfsUploadAddress address);
  void Forget();

 private:
  // False: nothing is kept.
  bool Open(const std::string& folder);
  void Read(const std::string& text);
  void Append(const std::string& line);

  LfsUploadAddress address_;
  std::string path_;
  int fd_ = -1;
  bool resumed_ = false;
  mutable std::mutex mutex_;
  std::map<size_t, std::string> tags_;
};

}  // namespace tideway::hub
