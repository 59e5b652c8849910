#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/buffer_builder.h>
#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <utility>

#include "core/base/hash.h"
#include "core/dataset/columns.h"
#include "core/dataset/format/source_files_internal.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

constexpr std::string_view kReadFiles = "read.files";
constexpr size_t kMaxBatchFiles = 1024;

// Larger ones a row may not hold, whatever the number of workers.
int64_t MaxFileBytes(const RunContext& run) {
  return std::min<int64_t>(run.options().memory_bytes / 8, std::numeric_limits<int32_t>::max());
}

// Of the files of a source: how many, and the columns that are asked for.
struct FileList {
  size_t count;
  SchemaPtr schema;
  bool contents;      // whether they are read,
  int64_t max_bytes;  // of those that are no larger
};

// The files of one reading, and what tells when it is complete.
class FileRows {
 public:
  FileRows(FileList list, const SourceFiles& files, RunContext& run)
      : list_(std::move(list)), files_(files), run_(run), left_(list_.count) {}

  // The rows of the files from `first` on.
  Result<BatchPtr> Read(size_t first, size_t count);
  // How many files from `first` on make a batch; at least one.
  Result<size_t> BatchFiles(size_t first) const;

 private:
  bool IsRead(size_t file) const { return files_.SizeOf(file) <= list_.max_bytes; }
  Result<std::shared_ptr<arrow::Array>> Contents(size_t first, size_t count);
  Status ReadContent(size_t file, uint8_t* to);
  Result<std::shared_ptr<arrow::Array>> Column(const arrow::Field& field, size_t first,
                                               size_t count);
  // Called for each batch; the last one records the input.
  void Complete(size_t count);

  const FileList list_;
  const SourceFiles& files_;
  RunContext& run_;
  std::atomic<size_t> left_;
};

Result<size_t> FileRows::BatchFiles(size_t first) const {
  const size_t end = std::min(list_.count, first + kMaxBatchFiles);
  if (!list_.contents) return end - first;
  int64_t bytes = 0;
  size_t file = first;
  for (; file < end && bytes < run_.batch_bytes(); ++file) {
    if (!IsRead(file)) continue;
    const int64_t size = files_.SizeOf(file);
    if (size > MaxFileBytes(run_)) {
      return Error(ErrorKind::kMemory,
                   fmt::format("{}: a file of {}, where a row may hold {}: {}", kReadFiles,
                               FormatBytes(size), FormatBytes(MaxFileBytes(run_)),
                               files_.PathOf(file)))
          .Hint(
              "give more --memory, leave the file out of the pattern, or read no contents of large "
              "files: max_bytes");
    }
    if (file > first && bytes + size > run_.batch_bytes()) break;
    bytes += size;
  }
  return file - first;
}

Status FileRows::ReadContent(size_t file, uint8_t* to) {
  const std::string path = files_.PathOf(file);
  const auto read = [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto input, arrow::io::ReadableFile::Open(path));
    ARROW_ASSIGN_OR_RAISE(const int64_t got, input->Read(files_.SizeOf(file), to));
    if (got == files_.SizeOf(file)) return Status::OK();
    return Status::IOError("only ", got, " bytes came");
  };
  const Status status = read();
  RETURN_NOT_OK(files_.CheckUnchanged(file));
  if (status.ok()) return status;
  return Error(ErrorKind::kIo,
               fmt::format("{}: cannot read {}: {}", kReadFiles, path, status.message()));
}

Result<std::shared_ptr<arrow::Array>> FileRows::Contents(size_t first, size_t count) {
  std::vector<int32_t> offsets = {0};
  arrow::TypedBufferBuilder<bool> read;
  for (size_t i = first; i < first + count; ++i) {
    RETURN_NOT_OK(read.Append(IsRead(i)));
    const int64_t size = IsRead(i) ? files_.SizeOf(i) : 0;
    offsets.push_back(offsets.back() + static_cast<int32_t>(size));
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bytes,
                        arrow::AllocateBuffer(offsets.back()));
  for (size_t i = 0; i < count; ++i) {
    RETURN_NOT_OK(run_.cancel().Check());
    if (!IsRead(first + i)) continue;
    uint8_t* to = bytes->mutable_data() + offsets[i];
    RETURN_NOT_OK(ReadContent(first + i, to));
    const std::string_view content(reinterpret_cast<const char*>(to),
                                   static_cast<size_t>(offsets[i + 1] - offsets[i]));
    files_.Remember(first + i, Sha256Hex(content), run_);
  }
  const int64_t nulls = read.false_count();
  ARROW_ASSIGN_OR_RAISE(auto validity, read.Finish());
  return std::make_shared<arrow::BinaryArray>(
      static_cast<int64_t>(count), arrow::Buffer::FromVector(std::move(offsets)), std::move(bytes),
      nulls == 0 ? nullptr : std::move(validity), nulls);
}

Result<std::shared_ptr<arrow::Array>> FileRows::Column(const arrow::Field& field, size_t first,
                                                       size_t count) {
  if (field.type()->id() == arrow::Type::NA) {
    return std::make_shared<arrow::NullArray>(static_cast<int64_t>(count));
  }
  const std::string& name = field.name();
  if (name == "content") return Contents(first, count);
  if (name == "path") {
    arrow::StringBuilder paths;
    for (size_t i = first; i < first + count; ++i) RETURN_NOT_OK(paths.Append(files_.NameOf(i)));
    return paths.Finish();
  }
  arrow::Int64Builder sizes;
  for (size_t i = first; i < first + count; ++i) RETURN_NOT_OK(sizes.Append(files_.SizeOf(i)));
  return sizes.Finish();
}

Result<BatchPtr> FileRows::Read(size_t first, size_t count) {
  arrow::ArrayVector columns;
  for (const auto& field : list_.schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(auto column, Column(*field, first, count));
    columns.push_back(std::move(column));
  }
  Complete(count);
  return arrow::RecordBatch::Make(list_.schema, static_cast<int64_t>(count), std::move(columns));
}

void FileRows::Complete(size_t count) {
  if ((left_ -= count) > 0) return;
  // One file is called by the hash of what it holds, several by that of a list.
  if (list_.contents && list_.count == 1 && IsRead(0) && files_.PathOf(0) == files_.Describe()) {
    run_.RecordInput(
        {files_.Describe(), "sha256:" + files_.HashOf(0).value_or(""), 1, files_.SizeOf(0)});
    return;
  }
  Sha256 hash;
  int64_t bytes = 0;
  for (size_t i = 0; i < list_.count; ++i) {
    const int64_t size = files_.SizeOf(i);
    const bool is_read = list_.contents && IsRead(i);
    const std::string what = is_read ? files_.HashOf(i).value_or("") : std::to_string(size);
    hash.Update(fmt::format("{}  {}\n", what, files_.NameOf(i)));
    bytes += size;
  }
  run_.RecordInput({files_.Describe(), "sha256:" + hash.Finish(), static_cast<int64_t>(list_.count),
                    list_.contents ? bytes : -1});
}

class FileStream : public Stream {
 public:
  FileStream(const FileList& list, std::shared_ptr<const SourceFiles> files, RunContext& run)
      : list_(list), files_(std::move(files)), rows_(list, *files_, run) {}
  const SchemaPtr& schema() const override { return list_.schema; }
  Result<Morsel> Next() override {
    if (next_ == list_.count) return Morsel();
    ARROW_ASSIGN_OR_RAISE(count_, rows_.BatchFiles(next_));
    const size_t first = std::exchange(next_, next_ + count_);
    return Morsel([this, first, count = count_](Worker&) { return rows_.Read(first, count); });
  }
  std::optional<int64_t> MorselRows() const override { return static_cast<int64_t>(count_); }

 private:
  const FileList list_;
  const std::shared_ptr<const SourceFiles> files_;
  FileRows rows_;
  size_t next_ = 0;
  size_t count_ = 0;
};

// Checks what Paths() does not: names that cannot be told, and what is no file.
Status CheckFile(const std::string& path, const std::string& name) {
  struct stat info{};
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return Error(ErrorKind::kIo, fmt::format("{}: no regular file: {}", kReadFiles, path))
        .Hint("give a pattern that leaves it out");
  }
  if (simdjson::validate_utf8(name.data(), name.size())) return Status::OK();
  return Error(ErrorKind::kData, fmt::format("{}: a path that is not UTF-8: {}", kReadFiles, path))
      .Hint("rename the file");
}

class FileSource : public Node {
 public:
  FileSource(std::shared_ptr<const SourceFiles> files, SchemaPtr schema, int64_t max_bytes)
      : files_(std::move(files)), schema_(std::move(schema)), max_bytes_(max_bytes) {}

  std::string_view op() const override { return kReadFiles; }
  std::string Describe() const override { return files_->Describe(); }
  Result<std::string> Identity(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const FileList list, List());
    Sha256 names;
    for (size_t i = 0; i < list.count; ++i) {
      const std::string name = files_->NameOf(i);
      names.Update(fmt::format("\t{}\t{}\t{}", files_->SizeOf(i), name.size(), name));
    }
    std::string identity = schema_->ToString() + "\t" + names.Finish();
    if (!list.contents) return identity;
    if (max_bytes_ != kAnySize) identity += fmt::format("\tup to {}", max_bytes_);
    ARROW_ASSIGN_OR_RAISE(const std::string hashes, files_->Hashes(run));
    return identity + "\t" + hashes;
  }
  Result<bool> KnowsIdentity(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const FileList list, List());
    return list.contents ? files_->KnowsHashes(run) : Result<bool>(true);
  }
  Status LearnIdentity(RunContext& run, const CancelToken& stop) const override {
    ARROW_ASSIGN_OR_RAISE(const FileList list, List());
    return list.contents ? files_->LearnHashes(run, stop) : Status::OK();
  }
  Result<std::vector<std::string>> InputUris() const override { return std::vector{Describe()}; }
  Result<SchemaPtr> schema(RunContext&) const override {
    RETURN_NOT_OK(List().status());
    return schema_;
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const FileList list, List());
    return std::make_unique<FileStream>(list, files_, run);
  }
  Result<std::optional<int64_t>> KnownRows(RunContext&) const override {
    ARROW_ASSIGN_OR_RAISE(const FileList list, List());
    return static_cast<int64_t>(list.count);
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return std::make_shared<FileSource>(files_, OnlyColumns(*schema_, columns), max_bytes_);
  }

 private:
  Result<FileList> List() const;

  const std::shared_ptr<const SourceFiles> files_;  // shared with narrower sources
  const SchemaPtr schema_;
  const int64_t max_bytes_;
  mutable std::mutex mutex_;
  mutable std::optional<size_t> checked_;  // files
};

Result<FileList> FileSource::List() const {
  std::lock_guard lock(mutex_);
  if (!checked_) {
    ARROW_ASSIGN_OR_RAISE(const size_t count, files_->Count());
    for (size_t i = 0; i < count; ++i) {
      RETURN_NOT_OK(CheckFile(files_->PathOf(i), files_->NameOf(i)));
    }
    checked_ = count;
  }
  const bool contents = schema_->GetFieldByName("content")->type()->id() != arrow::Type::NA;
  return FileList{*checked_, schema_, contents, max_bytes_};
}

}  // namespace

NodePtr ReadWholeFiles(std::vector<std::string> paths, int64_t max_bytes) {
  return std::make_shared<FileSource>(
      std::make_shared<SourceFiles>(std::string(kReadFiles), std::move(paths),
                                    std::vector<std::string>()),
      arrow::schema({arrow::field("path", arrow::utf8()), arrow::field("size", arrow::int64()),
                     arrow::field("content", arrow::binary())}),
      max_bytes);
}

}  // namespace tideway::dataset
