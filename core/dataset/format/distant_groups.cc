#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/work_all.h"
#include "core/dataset/format/distant_groups_internal.h"
#include "core/dataset/format/remote_source.h"

namespace tideway::dataset {
namespace {

// As much as Parquet's own code asks for first.
constexpr int64_t kFooter = 64 << 10;
constexpr size_t kFilesAtOnce = 4, kFootersAtOnce = 16;
// Of row groups that are not needed yet.
constexpr int64_t kAhead = int64_t{64} << 20;

ByteRange ChunkOf(const parquet::ColumnChunkMetaData& column, int64_t size) {
  int64_t begin = column.data_page_offset();
  const int64_t dictionary = column.has_dictionary_page() ? column.dictionary_page_offset() : 0;
  if (dictionary > 0) begin = std::min(begin, dictionary);
  begin = std::clamp<int64_t>(begin, 0, size);
  return {begin, begin + std::clamp<int64_t>(column.total_compressed_size(), 0, size - begin)};
}

int64_t SizeOf(const std::vector<ByteRange>& ranges) {
  int64_t size = 0;
  for (const ByteRange& range : ranges) size += range.size();
  return size;
}

}  // namespace

Status BringFooters(const std::vector<std::string>& paths) {
  std::vector<std::shared_ptr<DistantFile>> files;
  for (const std::string& path : paths) {
    if (auto file = DistantFileAt(path)) files.push_back(std::move(file));
  }
  CancelToken stop;
  const Status status = WorkAll(files.size(), kFootersAtOnce, stop, [&](size_t index) {
    const int64_t size = files[index]->size();
    return files[index]->Bring({{std::max<int64_t>(size - kFooter, 0), size}});
  });
  return WithContext("read.parquet", status);
}

DistantGroups::DistantGroups(const ParquetLayout& layout, const RowGroupFilter& filter)
    : layout_(layout), filter_(filter) {
  for (const ParquetFileLayout& file : layout.files) files_.push_back(DistantFileAt(file.path));
}

DistantGroups::~DistantGroups() {
  if (stop_ != nullptr) stop_->Cancel();
}

std::vector<ByteRange> DistantGroups::ChunksOf(size_t file, int group) const {
  const ParquetFileLayout& layout = layout_.files[file];
  std::vector<ByteRange> chunks;
  if (!filter_.MayHoldRows(layout, group)) return chunks;
  const auto row_group = layout.metadata->RowGroup(group);
  for (const int leaf : layout.leaves) {
    chunks.push_back(ChunkOf(*row_group->ColumnChunk(leaf), files_[file]->size()));
  }
  return chunks;
}

bool DistantGroups::ReadsMostOf(size_t file) const {
  int64_t bytes = 0;
  for (int group = 0; group < layout_.files[file].metadata->num_row_groups(); ++group) {
    bytes += SizeOf(ChunksOf(file, group));
  }
  return bytes > files_[file]->size() / 4 * 3;
}

Status DistantGroups::BringFile(size_t file) {
  if (files_[file] == nullptr || !ReadsMostOf(file)) return Status::OK();
  std::vector<size_t> whole;
  const size_t end = std::min(files_.size(), file + kFilesAtOnce);
  for (size_t next = file; next < end; ++next) {
    if (files_[next] != nullptr && ReadsMostOf(next)) whole.push_back(next);
  }
  CancelToken stop;
  RETURN_NOT_OK(WorkAll(whole.size(), kFilesAtOnce, stop,
                        [&](size_t index) { return files_[whole[index]]->BringAll(); }));
  for (const size_t one : whole) files_[one] = nullptr;
  return Status::OK();
}

Status DistantGroups::BringGroup(size_t file, int group) {
  if (files_[file] == nullptr) return Status::OK();
  RETURN_NOT_OK(files_[file]->Bring(ChunksOf(file, group)));
  BringOn(file, group + 1);
  return Status::OK();
}

// An error is met again by who needs the bytes.
void DistantGroups::BringOn(size_t file, int group) {
  const bool busy =
      ahead_.valid() && ahead_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
  if (busy) return;
  std::vector<ByteRange> chunks;
  const int groups = layout_.files[file].metadata->num_row_groups();
  for (; group < groups && SizeOf(chunks) < kAhead; ++group) {
    const auto more = ChunksOf(file, group);
    chunks.insert(chunks.end(), more.begin(), more.end());
  }
  if (chunks.empty()) return;
  stop_ = std::make_unique<CancelToken>(files_[file]->cancel());
  ahead_ =
      std::async(std::launch::async, [this, distant = files_[file], chunks = std::move(chunks)] {
        return distant->Bring(chunks, stop_.get());
      });
}

}  // namespace tideway::dataset
