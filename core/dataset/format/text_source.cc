#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <mutex>
#include <numeric>
#include <utility>

#include "core/dataset/format/block_sequence_internal.h"

namespace tideway::dataset {
namespace {

using LayoutPtr = std::shared_ptr<const TextLayout>;

class TextStream : public Stream {
 public:
  TextStream(LayoutPtr layout, const TextFormat& format, Step step, const SourceFiles& files,
             std::vector<std::string> paths, RunContext& run)
      : layout_(std::move(layout)),
        format_(format),
        step_(std::move(step)),
        paths_(std::move(paths)),
        blocks_(format, paths_, run) {
    blocks_.on_start = [this, &files, &run](size_t file, const TextHead*) {
      reading_ = std::make_unique<FileReading>(files, paths_[file], file, run);
      return Status::OK();
    };
    if (format_.drops()) run.Count({.step = step_});
    blocks_.on_end = [this](size_t file) {
      return reading_->Finish(layout_->file_rows ? (*layout_->file_rows)[file] : -1);
    };
  }

  const SchemaPtr& schema() const override { return layout_->schema; }
  Result<Morsel> Next() override {
    ARROW_ASSIGN_OR_RAISE(auto item, blocks_.Next());
    if (!item) return Morsel();
    return Morsel([this, item = std::move(*item)](Worker& worker) { return Parse(item, worker); });
  }

 private:
  Result<BatchPtr> Parse(const BlockSequence::Item& item, Worker& worker) const {
    DropCounts dropped;
    ARROW_ASSIGN_OR_RAISE(BatchPtr batch,
                          format_.Parse(item.block, item.head.get(), layout_->schema, dropped));
    if (!format_.drops()) return batch;
    int64_t records = batch->num_rows();
    for (const auto& [reason, count] : dropped) {
      worker.CountDropped(reason, count);
      records += count;
    }
    worker.CountStep(step_, records, batch->num_rows());
    return batch;
  }

  const LayoutPtr layout_;
  const TextFormat& format_;
  const Step step_;
  const std::vector<std::string> paths_;
  BlockSequence blocks_;
  std::unique_ptr<FileReading> reading_;
};

class TextSource : public Node {
 public:
  TextSource(std::vector<std::string> paths, std::unique_ptr<const TextFormat> format)
      : format_(std::move(format)),
        files_(std::string(format_->op()), std::move(paths), format_->endings()) {}

  std::string_view op() const override { return format_->op(); }
  std::string Describe() const override { return files_.Describe(); }
  Result<std::string> Identity(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const std::string hashes, files_.Hashes(run));
    ARROW_ASSIGN_OR_RAISE(const auto paths, files_.Paths());
    return hashes + format_->Options(paths) + (format_->drops() ? "\tdrop" : "");
  }
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
    ARROW_ASSIGN_OR_RAISE(const LayoutPtr layout, Layout(run));
    ARROW_ASSIGN_OR_RAISE(auto paths, files_.Paths());
    return std::make_unique<TextStream>(layout, *format_, StepOf(*this), files_, std::move(paths),
                                        run);
  }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    if (format_->drops()) return std::nullopt;  // who counts shall see what was dropped
    ARROW_ASSIGN_OR_RAISE(const LayoutPtr layout, Layout(run));
    if (!layout->file_rows) return std::nullopt;
    return std::accumulate(layout->file_rows->begin(), layout->file_rows->end(), int64_t{0});
  }

 private:
  Result<LayoutPtr> Layout(RunContext& run) const {
    std::lock_guard lock(mutex_);
    if (layout_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(TextLayout layout, FindTextLayout(*format_, files_, run));
      layout_ = std::make_shared<TextLayout>(std::move(layout));
    }
    return layout_;
  }

  const std::unique_ptr<const TextFormat> format_;
  const SourceFiles files_;
  mutable std::mutex mutex_;
  mutable LayoutPtr layout_;
};

}  // namespace

NodePtr MakeTextSource(std::vector<std::string> paths, std::unique_ptr<const TextFormat> format) {
  return std::make_shared<TextSource>(std::move(paths), std::move(format));
}

}  // namespace tideway::dataset
