// Pages of a Parquet file that are compressed apart from their encoding, several at once.
//
// Arrow's column writer compresses each page where it encodes it: a file of one large column is
// written by one thread. Given a DeferredPageWriter it encodes only. The pages wait in a PageQueue,
// to be compressed beside the encoding of the next ones; then WriteOut() gives them, in order, to
// Arrow's own page writer, which makes of them the bytes that it makes otherwise.
#pragma once

#include <arrow/util/compression.h>
#include <parquet/column_page.h>
#include <parquet/column_writer.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/dataset/stream.h"

namespace tideway::dataset {

class DeferredPage {
 public:
  // Copies the bytes of `page`, which is not compressed.
  explicit DeferredPage(const parquet::DataPageV1& page);
  // Each page by one thread. A failure is kept for Compressed().
  void Compress(arrow::util::Codec* codec);
  // The page as it is written. REQUIRES: Compress() was called, unless the column has no codec.
  // Throws what Compress() failed with.
  parquet::DataPageV1 Compressed() const;

 private:
  parquet::DataPageV1 page_;
  std::shared_ptr<arrow::Buffer> bytes_;
  Status status_;
};

// The pages that wait for their compression. Thread-safe.
class PageQueue {
 public:
  explicit PageQueue(arrow::util::Codec* codec) : codec_(codec) {}
  void Add(DeferredPage* page);
  std::vector<DeferredPage*> Take();
  // Compresses one of those that were taken.
  void Compress(DeferredPage* page) const { page->Compress(codec_); }
  // Compresses all that wait, side by side.
  void CompressAll();

 private:
  arrow::util::Codec* codec_;
  std::mutex mutex_;
  std::vector<DeferredPage*> waiting_;
};

class DeferredPageWriter : public parquet::PageWriter {
 public:
  // `pages` is null where the column is not compressed; else it must outlive the writer.
  DeferredPageWriter(std::unique_ptr<parquet::PageWriter> file, PageQueue* pages)
      : file_(std::move(file)), queue_(pages) {}

  int64_t WriteDataPage(const parquet::DataPage& page) override;
  int64_t WriteDictionaryPage(const parquet::DictionaryPage& page) override;
  void Close(bool has_dictionary, bool fallback) override;
  // After Close(), when all pages are compressed. Returns how many bytes were written, counted as
  // if none were compressed.
  int64_t WriteOut();

  int64_t total_compressed_bytes_written() const override;
  bool has_compressor() override { return false; }
  void Compress(const arrow::Buffer& source, arrow::ResizableBuffer* target) override;

 private:
  std::unique_ptr<parquet::PageWriter> file_;
  PageQueue* queue_;
  std::optional<parquet::DictionaryPage> dictionary_;
  std::deque<DeferredPage> pages_;  // whose places do not change
  bool has_dictionary_ = false;
  bool fallback_ = false;
};

}  // namespace tideway::dataset
