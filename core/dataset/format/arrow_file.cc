#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/memory.h"
#include "core/dataset/format/arrow_file_internal.h"

namespace tideway::dataset {
namespace {

constexpr std::string_view kFileMagic = "ARROW1";
constexpr std::string_view kOldFeatherMagic = "FEA1";
// Lengths beyond this, which buffers do not bound for columns of nulls, are damage.
constexpr int64_t kMaxBatchRows = std::numeric_limits<int32_t>::max();

// What the reading that runs on this thread may still allocate.
thread_local int64_t bytes_left = std::numeric_limits<int64_t>::max();

Status TooLarge() { return Status::OutOfMemory("more than a batch may take"); }

// Arrow's usual pool, but for that limit. It lives as long as the process: buffers keep a pointer.
class ReadingPool : public arrow::ProxyMemoryPool {
 public:
  ReadingPool() : ProxyMemoryPool(arrow::default_memory_pool()) {}
  using ProxyMemoryPool::Allocate;
  using ProxyMemoryPool::Reallocate;
  Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    if (size > bytes_left) return TooLarge();
    bytes_left -= size;
    return ProxyMemoryPool::Allocate(size, alignment, out);
  }
  Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment, uint8_t** ptr) override {
    if (new_size - old_size > bytes_left) return TooLarge();
    bytes_left -= std::max<int64_t>(new_size - old_size, 0);
    return ProxyMemoryPool::Reallocate(old_size, new_size, alignment, ptr);
  }

  static ReadingPool& Get() {
    static auto* pool = new ReadingPool;
    return *pool;
  }
};

// Sets the limit while it lives.
class Limit {
 public:
  explicit Limit(int64_t bytes) : before_(std::exchange(bytes_left, bytes)) {}
  ~Limit() { bytes_left = before_; }
  Limit(const Limit&) = delete;

 private:
  const int64_t before_;
};

// A file that refuses, before any memory is taken, to read what it does not have or more than
// `max_bytes` at once.
class BoundedFile : public arrow::io::RandomAccessFile {
 public:
  static Result<std::shared_ptr<BoundedFile>> Open(const std::string& path, int64_t max_bytes) {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
    return std::make_shared<BoundedFile>(std::move(file), size, max_bytes);
  }
  BoundedFile(std::shared_ptr<arrow::io::ReadableFile> file, int64_t size, int64_t max_bytes)
      : file_(std::move(file)), size_(size), max_bytes_(max_bytes) {}

  Status Close() override { return file_->Close(); }
  bool closed() const override { return file_->closed(); }
  Result<int64_t> Tell() const override { return at_; }
  Status Seek(int64_t position) override {
    at_ = position;
    return Status::OK();
  }
  Result<int64_t> GetSize() override { return size_; }
  Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override {
    RETURN_NOT_OK(Check(position, bytes));
    return file_->ReadAt(position, bytes, out);
  }
  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes) override {
    RETURN_NOT_OK(Check(position, bytes));
    return file_->ReadAt(position, bytes);
  }
  Result<int64_t> Read(int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t got, ReadAt(at_, bytes, out));
    at_ += got;
    return got;
  }
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(at_, bytes));
    at_ += buffer->size();
    return buffer;
  }

 private:
  Status Check(int64_t position, int64_t bytes) const {
    if (position < 0 || bytes < 0 || position > size_ || bytes > size_ - position) {
      return Status::Invalid(bytes, " bytes at ", position, " where the file has ", size_);
    }
    return bytes > max_bytes_ ? TooLarge() : Status::OK();
  }

  const std::shared_ptr<arrow::io::ReadableFile> file_;
  const int64_t size_;
  const int64_t max_bytes_;
  int64_t at_ = 0;
};

arrow::ipc::IpcReadOptions ReadOptions() {
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.memory_pool = &ReadingPool::Get();
  options.use_threads = false;
  options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
  return options;
}

template <typename TextArray>
int64_t LongestText(const arrow::Array& values) {
  int64_t longest = 0;
  for (int64_t i = 0; i < values.length(); ++i) {
    const auto text = static_cast<const TextArray&>(values).GetView(i);
    longest = std::max(longest, static_cast<int64_t>(text.size()));
  }
  return longest;
}

// The longest value of a dictionary, when each row may stand for it.
Result<int64_t> LongestValue(const arrow::Array& values) {
  RETURN_NOT_OK(values.ValidateFull());
  const auto type = values.type_id();
  if (arrow::is_fixed_width(type)) return values.type()->bit_width() / 8 + 1;
  if (arrow::is_binary_like(type)) return LongestText<arrow::BinaryArray>(values);
  if (arrow::is_large_binary_like(type)) return LongestText<arrow::LargeBinaryArray>(values);
  if (arrow::is_binary_view_like(type)) return LongestText<arrow::BinaryViewArray>(values);
  // Of lists and the like: as if one value were all there is.
  return arrow::util::TotalBufferSize(values);
}

}  // namespace

// The batches of either kind.
class ArrowFile::Batches {
 public:
  virtual ~Batches() = default;
  virtual SchemaPtr schema() const = 0;
  virtual Result<BatchPtr> Next() = 0;
};

class ArrowFile::FileBatches : public ArrowFile::Batches {
 public:
  explicit FileBatches(std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader)
      : reader_(std::move(reader)) {}
  SchemaPtr schema() const override { return reader_->schema(); }
  Result<BatchPtr> Next() override {
    if (next_ == reader_->num_record_batches()) return nullptr;
    return reader_->ReadRecordBatch(next_++);
  }

 private:
  const std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader_;
  int next_ = 0;
};

class ArrowFile::StreamBatches : public ArrowFile::Batches {
 public:
  StreamBatches(std::shared_ptr<BoundedFile> file,
                std::shared_ptr<arrow::ipc::RecordBatchStreamReader> reader)
      : file_(std::move(file)), reader_(std::move(reader)) {}
  SchemaPtr schema() const override { return reader_->schema(); }
  // The file ends where the stream says that it does, so nothing is cut off or left over.
  Result<BatchPtr> Next() override {
    ARROW_ASSIGN_OR_RAISE(const int64_t at, file_->Tell());
    ARROW_ASSIGN_OR_RAISE(const int64_t size, file_->GetSize());
    if (at == size) return Status::Invalid("the stream ends without its end marker");
    BatchPtr batch;
    RETURN_NOT_OK(reader_->ReadNext(&batch));
    if (batch != nullptr) return batch;
    ARROW_ASSIGN_OR_RAISE(const int64_t end, file_->Tell());
    if (end == size) return batch;
    return Status::Invalid(size - end, " bytes behind the end of the stream");
  }

 private:
  const std::shared_ptr<BoundedFile> file_;
  const std::shared_ptr<arrow::ipc::RecordBatchStreamReader> reader_;
};

ArrowFile::ArrowFile(std::string path, int64_t max_batch_bytes)
    : path_(std::move(path)), max_batch_bytes_(max_batch_bytes) {}
ArrowFile::~ArrowFile() = default;

Result<std::unique_ptr<ArrowFile>> ArrowFile::Open(const std::string& path,
                                                   int64_t max_batch_bytes) {
  const Limit limit(max_batch_bytes);
  std::unique_ptr<ArrowFile> opened(new ArrowFile(path, max_batch_bytes));
  ARROW_ASSIGN_OR_RAISE(auto file, BoundedFile::Open(path, max_batch_bytes));
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
  const auto head_size = std::min<int64_t>(size, kFileMagic.size());
  ARROW_ASSIGN_OR_RAISE(const auto head, file->ReadAt(0, head_size));
  const std::string_view magic(*head);
  if (magic.starts_with(kOldFeatherMagic)) {
    return Error(ErrorKind::kData, "read.arrow: a Feather file of version 1: " + path)
        .Hint(
            "write it anew: pyarrow.feather.write_feather(pyarrow.feather.read_table(path), path)");
  }
  if (magic == kFileMagic) {
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          arrow::ipc::RecordBatchFileReader::Open(file, ReadOptions()));
    opened->batches_ = std::make_unique<FileBatches>(std::move(reader));
  } else {
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          arrow::ipc::RecordBatchStreamReader::Open(file, ReadOptions()));
    opened->batches_ = std::make_unique<StreamBatches>(file, std::move(reader));
  }
  opened->schema_ = opened->batches_->schema();
  return opened;
}

Result<BatchPtr> ArrowFile::Next() {
  const Limit limit(max_batch_bytes_);
  auto batch = batches_->Next();
  if (batch.status().IsOutOfMemory()) {
    return Error(ErrorKind::kMemory, fmt::format("read.arrow: a record batch of more than {}: {}",
                                                 FormatBytes(max_batch_bytes_), path_))
        .Hint(
            "give more --memory, or write the file with smaller batches: "
            "write_table(table, max_chunksize=10000)");
  }
  if (batch.ok() && *batch != nullptr && (*batch)->num_rows() > kMaxBatchRows) {
    return Status::Invalid("a record batch of ", (*batch)->num_rows(), " rows");
  }
  return batch;
}

Result<int64_t> DecodedRowBytes(const arrow::RecordBatch& batch) {
  int64_t bytes = arrow::util::TotalBufferSize(batch) / std::max<int64_t>(batch.num_rows(), 1) + 1;
  for (const auto& column : batch.columns()) {
    if (column->type_id() != arrow::Type::DICTIONARY) continue;
    const auto& values = *static_cast<const arrow::DictionaryArray&>(*column).dictionary();
    ARROW_ASSIGN_OR_RAISE(const int64_t longest, LongestValue(values));
    bytes += longest;
  }
  return bytes;
}

}  // namespace tideway::dataset
