// A file on its way to the Hub: a local file, read piece by piece, or a text; or one that was sent
// ahead of its commit, and is gone here.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/hash.h"
#include "core/hub/hub.h"
#include "core/net/message.h"

namespace tideway::hub {

struct UploadFile {
  std::string path;         // in the repository
  std::string source = {};  // the local file; empty: `bytes` are all
  std::string bytes = {};
  std::string sha256 = {};
  int64_t size = 0;
  bool sent = false;
  bool own = false;  // this process wrote and hashed it, where nobody else writes

  // Of an operation that is no removal.
  static Result<UploadFile> Of(const CommitOperation& operation);
};

// The name that git gives its bytes.
Result<std::string> GitBlobOf(const UploadFile& file);

// The bytes of an open UploadFile. Bodies keep it open. Threads: any.
class FileBytes : public std::enable_shared_from_this<FileBytes> {
 public:
  static Result<std::shared_ptr<const FileBytes>> Open(const UploadFile& file);
  ~FileBytes();
  FileBytes(const FileBytes&) = delete;

  // `size` bytes from `first` on.
  net::Body Slice(int64_t first, int64_t size) const;
  Result<std::string> Read(int64_t first, int64_t size) const;
  // The hash of `size` bytes from `first` on, with `check` between the pieces.
  Result<std::string> Hash(Hasher hasher, int64_t first, int64_t size,
                           const std::function<Status()>& check) const;
  // Reads it all, with `check` between the pieces: an error of kind conflict when the bytes are not
  // those that the hash names. One's own are taken for right.
  Status CheckHash(const std::function<Status()>& check) const;
  // An error of kind conflict when the file was written to since it was opened.
  Status CheckUntouched() const;

 private:
  explicit FileBytes(const UploadFile& file) : file_(file) {}
  Result<size_t> ReadAt(int64_t offset, char* buffer, size_t count) const;
  Status Changed() const;

  const UploadFile file_;
  int fd_ = -1;
  struct stat opened_{};
};

}  // namespace tideway::hub
