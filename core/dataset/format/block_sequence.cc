#include <algorithm>
#include <utility>

#include "core/dataset/format/block_sequence_internal.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

constexpr int64_t kMaxBlockBytes = 4 << 20;

}  // namespace

BlockSequence::BlockSequence(const TextFormat& format, const std::vector<std::string>& paths,
                             RunContext& run)
    : format_(format),
      paths_(paths),
      block_bytes_(static_cast<size_t>(std::min(run.batch_bytes(), kMaxBlockBytes))) {}

Result<std::optional<TextBlock>> BlockSequence::StartFile() {
  const std::string& path = paths_[file_];
  const auto complete = [this, &path](std::string_view bytes) {
    return format_.CompleteBytes(bytes, path);
  };
  const auto too_long = [this](const TextBlock& start) { return format_.TooLong(start); };
  ARROW_ASSIGN_OR_RAISE(reader_,
                        BlockReader::Open(format_.op(), path, complete, too_long, block_bytes_));
  ARROW_ASSIGN_OR_RAISE(auto first, reader_->Next());
  ARROW_ASSIGN_OR_RAISE(head_, format_.TakeHead(first ? &*first : nullptr, path));
  RETURN_NOT_OK(on_start(file_, head_.get()));
  return first;
}

Result<std::optional<BlockSequence::Item>> BlockSequence::Next(bool heads_only) {
  while (file_ < paths_.size()) {
    std::optional<TextBlock> block;
    if (reader_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(block, StartFile());
    } else {
      ARROW_ASSIGN_OR_RAISE(block, reader_->Next());
    }
    if (block && !heads_only) return Item{std::move(*block), head_, file_};
    RETURN_NOT_OK(on_end(file_));
    reader_.reset();
    ++file_;
  }
  return std::nullopt;
}

}  // namespace tideway::dataset
