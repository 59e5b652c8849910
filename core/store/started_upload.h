// An upload in parts that another process may go on with: its number, noted under the state folder.
//
// While one lives, no other process goes on with the same; one that finds it taken makes an upload
// that nobody goes on with. Threads: one at a time.
#pragma once

#include <memory>
#include <string>

#include "core/base/error.h"

namespace tideway::store {

class StartedUpload {
 public:
  // `what`: all that must be the same for going on. `state`: empty: nothing is noted.
  StartedUpload(const std::string& state, const std::string& what);
  ~StartedUpload();
  StartedUpload(const StartedUpload&) = delete;

  // Empty: there is none.
  const std::string& id() const { return id_; }
  // An upload that cannot be noted is only not gone on with.
  void Note(const std::string& id);
  // It has ended.
  void Forget();

 private:
  std::string path_;
  int fd_ = -1;  // -1: nothing is noted
  std::string id_;
};

}  // namespace tideway::store
