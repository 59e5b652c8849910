#include <arrow/buffer.h>
#include <parquet/exception.h>

#include <utility>

#include "core/base/mapped_pool.h"
#include "core/dataset/format/deferred_pages_internal.h"
#include "core/dataset/parallel.h"

namespace tideway::dataset {
namespace {

parquet::DataPageV1 WithBytes(const parquet::DataPageV1& page,
                              const std::shared_ptr<arrow::Buffer>& bytes) {
  return {bytes,
          page.num_values(),
          page.encoding(),
          page.definition_level_encoding(),
          page.repetition_level_encoding(),
          page.uncompressed_size(),
          page.statistics(),
          page.first_row_index(),
          page.size_statistics()};
}

// The column writer makes the next page in the same buffer.
std::shared_ptr<arrow::Buffer> CopyOf(const arrow::Buffer& bytes) {
  PARQUET_ASSIGN_OR_THROW(auto copy, bytes.CopySlice(0, bytes.size(), &MappedPool::Get()));
  return copy;
}

Result<std::shared_ptr<arrow::Buffer>> CompressedBytes(arrow::util::Codec* codec,
                                                       const arrow::Buffer& bytes) {
  const int64_t most = codec->MaxCompressedLen(bytes.size(), bytes.data());
  ARROW_ASSIGN_OR_RAISE(auto target, arrow::AllocateResizableBuffer(most, &MappedPool::Get()));
  ARROW_ASSIGN_OR_RAISE(const int64_t size,
                        codec->Compress(bytes.size(), bytes.data(), most, target->mutable_data()));
  RETURN_NOT_OK(target->Resize(size));
  return target;
}

}  // namespace

DeferredPage::DeferredPage(const parquet::DataPageV1& page)
    : page_(WithBytes(page, nullptr)), bytes_(CopyOf(*page.buffer())) {}

void DeferredPage::Compress(arrow::util::Codec* codec) {
  auto compressed = CompressedBytes(codec, *bytes_);
  status_ = compressed.status();
  if (compressed.ok()) bytes_ = std::move(*compressed);
}

parquet::DataPageV1 DeferredPage::Compressed() const {
  PARQUET_THROW_NOT_OK(status_);
  return WithBytes(page_, bytes_);
}

void PageQueue::Add(DeferredPage* page) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(page);
}

std::vector<DeferredPage*> PageQueue::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void PageQueue::CompressAll() {
  const std::vector<DeferredPage*> pages = Take();
  ParallelFor(pages.size(), [&](size_t i) { Compress(pages[i]); });
}

int64_t DeferredPageWriter::WriteDataPage(const parquet::DataPage& page) {
  DeferredPage& kept = pages_.emplace_back(static_cast<const parquet::DataPageV1&>(page));
  if (queue_ != nullptr) queue_->Add(&kept);
  return page.size();
}

int64_t DeferredPageWriter::WriteDictionaryPage(const parquet::DictionaryPage& page) {
  dictionary_ = page;
  return page.size();
}

void DeferredPageWriter::Close(bool has_dictionary, bool fallback) {
  has_dictionary_ = has_dictionary;
  fallback_ = fallback;
}

int64_t DeferredPageWriter::WriteOut() {
  int64_t bytes = dictionary_ ? file_->WriteDictionaryPage(*dictionary_) : 0;
  for (; !pages_.empty(); pages_.pop_front()) {
    bytes += file_->WriteDataPage(pages_.front().Compressed());
  }
  file_->Close(has_dictionary_, fallback_);
  return bytes;
}

int64_t DeferredPageWriter::total_compressed_bytes_written() const {
  return file_->total_compressed_bytes_written();
}

void DeferredPageWriter::Compress(const arrow::Buffer& source, arrow::ResizableBuffer* target) {
  file_->Compress(source, target);
}

}  // namespace tideway::dataset
