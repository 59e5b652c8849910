#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "core/dataset/format/block_sequence_internal.h"

namespace tideway::dataset {
namespace {

// Every block is scanned by some worker, and the findings are merged in order.
class FirstPass {
 public:
  FirstPass(const TextFormat& format, const SourceFiles& files,
            const std::vector<std::string>& paths, RunContext& run, bool heads_only)
      : format_(format),
        heads_only_(heads_only),
        run_(run),
        blocks_(format, paths, run),
        all_(format.NewFindings()),
        file_rows_(paths.size()) {
    blocks_.on_start = [this, &paths](size_t file, const TextHead* head) {
      std::lock_guard lock(mutex_);
      return format_.AddHead(head, paths[file], *all_);
    };
    blocks_.on_end = [&files](size_t file) { return files.CheckUnchanged(file); };
  }

  Status Run();
  const TextFindings& findings() const { return *all_; }
  std::vector<int64_t> TakeFileRows() { return std::move(file_rows_); }

 private:
  struct Item {
    BlockSequence::Item block;
    std::unique_ptr<TextFindings> findings;
    Status status;
  };
  using ItemPtr = std::shared_ptr<Item>;

  ItemPtr Fetch();
  ItemPtr Scan(ItemPtr item) const;
  void Merge(const Item& item);

  const TextFormat& format_;
  const bool heads_only_;
  RunContext& run_;
  BlockSequence blocks_;
  std::mutex mutex_;  // of all_: heads are added while blocks are merged
  std::unique_ptr<TextFindings> all_;
  std::vector<int64_t> file_rows_;
  std::atomic<bool> stop_ = false;
  Status status_;
};

// The next item; null at the end. A failure is an item too, so that it waits for its turn.
FirstPass::ItemPtr FirstPass::Fetch() {
  if (stop_) return nullptr;
  auto item = std::make_shared<Item>();
  item->status = run_.cancel().Check();
  if (item->status.ok()) {
    auto next = blocks_.Next(heads_only_);
    if (next.ok() && !*next) return nullptr;
    item->status = next.status();
    if (next.ok()) item->block = std::move(**next);
  }
  if (!item->status.ok()) stop_ = true;
  return item;
}

FirstPass::ItemPtr FirstPass::Scan(ItemPtr item) const {
  if (!item->status.ok()) return item;
  item->findings = format_.NewFindings();
  item->status = format_.Scan(item->block.block, item->block.head.get(), *item->findings);
  item->block.block.owner.reset();
  return item;
}

void FirstPass::Merge(const Item& item) {
  if (!status_.ok()) return;
  status_ = item.status;
  if (status_.ok()) {
    std::lock_guard lock(mutex_);
    file_rows_[item.block.file] += item.findings->rows;
    status_ = format_.Merge(*all_, *item.findings);
  }
  if (!status_.ok()) stop_ = true;
}

Status FirstPass::Run() {
  using tbb::filter_mode;
  const auto chain =
      tbb::make_filter<void, ItemPtr>(filter_mode::serial_in_order,
                                      [this](tbb::flow_control& flow) {
                                        ItemPtr item = Fetch();
                                        if (item == nullptr) flow.stop();
                                        return item;
                                      }) &
      tbb::make_filter<ItemPtr, ItemPtr>(filter_mode::parallel,
                                         [this](ItemPtr item) { return Scan(std::move(item)); }) &
      tbb::make_filter<ItemPtr, void>(filter_mode::serial_in_order,
                                      [this](const ItemPtr& item) { Merge(*item); });
  tbb::task_arena arena(run_.workers());
  arena.execute([&] { tbb::parallel_pipeline(static_cast<size_t>(run_.workers()) + 2, chain); });
  return status_;
}

}  // namespace

Result<TextLayout> FindTextLayout(const TextFormat& format, const SourceFiles& files,
                                  RunContext& run) {
  RETURN_NOT_OK(format.Validate());
  ARROW_ASSIGN_OR_RAISE(const auto paths, files.Paths());
  TextLayout layout;
  if (format.heads_may_suffice()) {
    FirstPass heads(format, files, paths, run, true);
    RETURN_NOT_OK(heads.Run());
    if (format.HeadsSuffice(heads.findings())) {
      ARROW_ASSIGN_OR_RAISE(layout.schema, format.SchemaOf(heads.findings()));
      return layout;
    }
  }
  FirstPass pass(format, files, paths, run, false);
  RETURN_NOT_OK(pass.Run());
  ARROW_ASSIGN_OR_RAISE(layout.schema, format.SchemaOf(pass.findings()));
  layout.file_rows = pass.TakeFileRows();
  return layout;
}

}  // namespace tideway::dataset
