#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/dataset/format/arrow_file_internal.h"
#include "core/dataset/format/schema_union_internal.h"
#include "core/dataset/format/source_files_internal.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

struct ArrowLayout {
  SchemaPtr schema;
  std::vector<std::string> paths;
  // Of each file: for each column of the whole its position in the file, or -1.
  std::vector<std::vector<int>> positions;
};
using LayoutPtr = std::shared_ptr<const ArrowLayout>;

int64_t MaxBatchBytes(const RunContext& run) { return run.options().memory_bytes / 4; }

Status Unreadable(const std::string& path, const Status& status) {
  if (GetErrorDetail(status) != nullptr) return status;
  return Error(ErrorKind::kData,
               fmt::format("read.arrow: cannot read {}: {}", path, status.message()))
      .Hint("the file is damaged, incomplete or no Arrow file; write or fetch it again");
}

Result<ArrowLayout> ReadLayout(const SourceFiles& files, const RunContext& run) {
  ArrowLayout layout;
  ARROW_ASSIGN_OR_RAISE(layout.paths, files.Paths());
  SchemaUnion all("read.arrow");
  std::vector<SchemaPtr> schemas;
  for (const std::string& path : layout.paths) {
    const auto columns = [&]() -> Result<SchemaPtr> {
      ARROW_ASSIGN_OR_RAISE(const auto file, ArrowFile::Open(path, MaxBatchBytes(run)));
      return ColumnsOfFile(*file->schema());
    }();
    if (!columns.ok()) return Unreadable(path, columns.status());
    RETURN_NOT_OK(all.Add(path, **columns));
    schemas.push_back(*columns);
  }
  layout.schema = all.schema();
  for (const SchemaPtr& schema : schemas) {
    auto& positions = layout.positions.emplace_back();
    for (const auto& field : layout.schema->fields()) {
      positions.push_back(schema->GetFieldIndex(field->name()));
    }
  }
  return layout;
}

class ArrowStream : public Stream {
 public:
  ArrowStream(LayoutPtr layout, const SourceFiles& files, RunContext& run)
      : layout_(std::move(layout)), files_(files), run_(run) {}
  const SchemaPtr& schema() const override { return layout_->schema; }
  Result<Morsel> Next() override {
    Result<Morsel> morsel = Fetch();
    if (morsel.ok()) return morsel;
    return Explain(index_, morsel.status());
  }
  std::optional<int64_t> MorselRows() const override { return morsel_rows_; }

 private:
  // A file that changed meanwhile explains any other error.
  Status Explain(size_t file, const Status& status) const {
    RETURN_NOT_OK(files_.CheckUnchanged(file));
    return Unreadable(layout_->paths[file], status);
  }
  Result<Morsel> Fetch();
  Status StartFile();
  // The next rows of batch_.
  Morsel Piece();

  const LayoutPtr layout_;
  const SourceFiles& files_;
  RunContext& run_;
  size_t index_ = 0;
  std::unique_ptr<ArrowFile> file_;
  std::unique_ptr<FileReading> reading_;
  BatchPtr batch_;
  int64_t piece_rows_ = 1;
  int64_t at_ = 0;    // in batch_
  int64_t rows_ = 0;  // of the file so far
  int64_t morsel_rows_ = 0;
};

Status ArrowStream::StartFile() {
  RETURN_NOT_OK(files_.CheckUnchanged(index_));
  const std::string& path = layout_->paths[index_];
  reading_ = std::make_unique<FileReading>(files_, path, index_, run_);
  ARROW_ASSIGN_OR_RAISE(file_, ArrowFile::Open(path, MaxBatchBytes(run_)));
  rows_ = 0;
  return Status::OK();
}

Result<Morsel> ArrowStream::Fetch() {
  while (index_ < layout_->paths.size()) {
    if (batch_ != nullptr && at_ < batch_->num_rows()) return Piece();
    if (file_ == nullptr) RETURN_NOT_OK(StartFile());
    batch_.reset();
    ARROW_ASSIGN_OR_RAISE(batch_, file_->Next());
    at_ = 0;
    if (batch_ != nullptr) {
      rows_ += batch_->num_rows();
      ARROW_ASSIGN_OR_RAISE(const int64_t row_bytes, DecodedRowBytes(*batch_));
      piece_rows_ = std::clamp<int64_t>(run_.batch_bytes() / row_bytes, 1, run_.batch_rows());
      continue;
    }
    file_.reset();
    RETURN_NOT_OK(reading_->Finish(rows_));
    reading_.reset();
    ++index_;
  }
  return Morsel();
}

Morsel ArrowStream::Piece() {
  const BatchPtr piece = batch_->Slice(at_, piece_rows_);
  at_ += piece->num_rows();
  morsel_rows_ = piece->num_rows();
  return [this, piece, file = index_](Worker&) -> Result<BatchPtr> {
    const auto decode = [&]() -> Result<BatchPtr> {
      RETURN_NOT_OK(piece->ValidateFull());
      return Conform(piece, layout_->schema, layout_->positions[file]);
    };
    Result<BatchPtr> batch = decode();
    if (batch.ok()) return batch;
    return Explain(file, batch.status());
  };
}

class ArrowSource : public Node {
 public:
  explicit ArrowSource(std::vector<std::string> paths)
      : files_("read.arrow", std::move(paths), {".arrow", ".feather", ".arrows"}) {}

  std::string_view op() const override { return "read.arrow"; }
  std::string Describe() const override { return files_.Describe(); }
  Result<std::string> Identity(RunContext& run) const override { return files_.Hashes(run); }
  Result<bool> KnowsIdentity(RunContext& run) const override { return files_.KnowsHashes(run); }
  Status LearnIdentity(RunContext& run, const CancelToken& stop) const override {
    return files_.LearnHashes(run, stop);
  }
  Result<std::vector<std::string>> InputUris() const override { return files_.Paths(); }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const LayoutPtr layout, Layout(run));
    return layout->schema;
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(LayoutPtr layout, Layout(run));
    return std::make_unique<ArrowStream>(std::move(layout), files_, run);
  }

 private:
  Result<LayoutPtr> Layout(RunContext& run) const {
    std::lock_guard lock(mutex_);
    if (layout_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(ArrowLayout layout, ReadLayout(files_, run));
      layout_ = std::make_shared<ArrowLayout>(std::move(layout));
    }
    return layout_;
  }

  const SourceFiles files_;
  mutable std::mutex mutex_;
  mutable LayoutPtr layout_;
};

}  // namespace

NodePtr ReadArrow(std::vector<std::string> paths) {
  return std::make_shared<ArrowSource>(std::move(paths));
}

}  // namespace tideway::dataset
