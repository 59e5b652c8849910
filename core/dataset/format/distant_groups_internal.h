// Brings what is read of distant Parquet files (distant_file.h) in time: their footers, and the
// column chunks in use of a row group while those before it are decoded. A file of which most is
// read comes whole, where it is kept for other runs.
//
// Threads: one at a time.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/dataset/format/distant_file.h"
#include "core/dataset/format/parquet_layout_internal.h"
#include "core/dataset/format/row_group_filter_internal.h"

namespace tideway::dataset {

// The footers of those of `paths` that are distant, several at once.
Status BringFooters(const std::vector<std::string>& paths);

class DistantGroups {
 public:
  // Both must outlive it.
  DistantGroups(const ParquetLayout& layout, const RowGroupFilter& filter);
  ~DistantGroups();
  DistantGroups(const DistantGroups&) = delete;

  // To be called before the first row group of a file, and before each.
  Status BringFile(size_t file);
  Status BringGroup(size_t file, int group);

 private:
  std::vector<ByteRange> ChunksOf(size_t file, int group) const;
  bool ReadsMostOf(size_t file) const;
  void BringOn(size_t file, int group);

  const ParquetLayout& layout_;
  const RowGroupFilter& filter_;
  std::vector<std::shared_ptr<DistantFile>> files_;  // null: it is here
  std::unique_ptr<CancelToken> stop_;                // of what is brought ahead
  std::future<Status> ahead_;
};

}  // namespace tideway::dataset
