// One Arrow IPC file or stream, read batch by batch. What it says about itself is not believed: no
// reading goes beyond the file, nor takes more memory than the caller allows.
//
//   ARROW_ASSIGN_OR_RAISE(auto file, ArrowFile::Open("op", path, 64 << 20));
//   while (true) {
//     ARROW_ASSIGN_OR_RAISE(const BatchPtr batch, file->Next());     // null at the end
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/dataset/stream.h"

namespace tideway::dataset {

class ArrowFile {
 public:
  // Reads the schema. `max_batch_bytes`: of one batch, as stored and when decompressed.
  static Result<std::unique_ptr<ArrowFile>> Open(const std::string& path, int64_t max_batch_bytes);
  ~ArrowFile();

  // As stored, with dictionaries and views.
  const SchemaPtr& schema() const { return schema_; }
  // The next batch, as it is stored: only ValidateFull() tells whether its values make sense.
  // Errors are Arrow's own, or of kind memory for a batch beyond the limit.
  Result<BatchPtr> Next();

 private:
  class Batches;
  class FileBatches;
  class StreamBatches;
  ArrowFile(std::string path, int64_t max_batch_bytes);

  const std::string path_;
  const int64_t max_batch_bytes_;
  std::unique_ptr<Batches> batches_;
  SchemaPtr schema_;
};

// What a row of `batch` takes in memory at most once its dictionaries are decoded, about.
Result<int64_t> DecodedRowBytes(const arrow::RecordBatch& batch);

}  // namespace tideway::dataset
