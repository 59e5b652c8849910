// What Arrow's writers write to: an AtomicFile, hashed on the way. It only ever appends.
#pragma once

#include <arrow/io/interfaces.h>

#include <string_view>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/dataset/parallel.h"

namespace tideway::dataset {

// `file` and `hash` must outlive the stream, which closes neither.
class AtomicStream : public arrow::io::OutputStream {
 public:
  AtomicStream(AtomicFile* file, Sha256* hash) : file_(file), hash_(hash) {}
  using arrow::io::OutputStream::Write;
  Status Write(const void* data, int64_t size) override {
    const std::string_view bytes(static_cast<const char*>(data), static_cast<size_t>(size));
    if (size < kManyBytes) {
      hash_->Update(bytes);
      return file_->Write(bytes);
    }
    Status written;
    ParallelFor(2, [&](size_t i) {
      if (i == 0) hash_->Update(bytes);
      if (i == 1) written = file_->Write(bytes);
    });
    return written;
  }
  Result<int64_t> Tell() const override { return file_->size(); }
  Status Close() override {
    closed_ = true;
    return Status::OK();
  }
  bool closed() const override { return closed_; }

 private:
  static constexpr int64_t kManyBytes = 256 * 1024;  // worth hashing beside the writing

  AtomicFile* file_;
  Sha256* hash_;
  bool closed_ = false;
};

}  // namespace tideway::dataset
