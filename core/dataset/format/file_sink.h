// Sinks that write files, which appear under their names together: what ParquetSink and TextSink
// have in common.
//
//   RETURN_NOT_OK(ExecuteWriters({{plan, sink.get()}}, run));   // complete, under temporary names
//   RETURN_NOT_OK(sink->Publish());                             // renamed; the folder is synced
//   for (const WrittenFile& file : sink->files()) ...
//
// A sink destroyed before Publish() leaves nothing behind. Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/execute.h"

namespace tideway::dataset {

struct WrittenFile {
  std::string name;  // "train-00000-of-00001.parquet"
  int64_t rows = 0;
  int64_t bytes = 0;   // of Arrow data (what a dataset card calls num_bytes), or of text
  int64_t size = 0;    // of the file: what a card sums up as download_size
  std::string sha256;  // of the file, 64 hex digits
};

// Where shards end by their number of rows.
struct ShardCuts {
  int64_t max_rows = 0;  // of every shard but the last, which may have fewer; 0: any
  // So many shards of `rows` rows in all, even empty ones: sizes differ by one at most, and the
  // first ones are larger. 0: as many as it takes.
  int64_t shards = 0;
  int64_t rows = 0;

  static constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
  // The rows after which shard number `shard` ends, or kNoLimit. With all `rows` in the shards
  // before there is none either.
  int64_t RowsOf(size_t shard) const;
  // An error of kind data when other than the `rows` announced came to `place`.
  Status CheckRows(int64_t rows_written, std::string_view place) const;
};

// Where one part goes: one file of this name in `folder`, made when absent, or, where that is
// empty, shards named after `stem`.
struct PartTarget {
  std::string folder = {};
  std::string stem = {};
  std::string file_name = {};
  int64_t max_shard_bytes = 500'000'000;  // as the format counts; of no account for one file,
  ShardCuts cuts = {};                    // nor with cuts.shards
};

class FileSink : public Sink {
 public:
  // Moves the files to their names, replacing what stood there. Call once, after Finish().
  virtual Status Publish() = 0;
  // Complete after Finish().
  virtual const std::vector<WrittenFile>& files() const = 0;
};

// "train-00000-of-00002.jsonl"
std::string ShardName(std::string_view stem, size_t index, size_t count, std::string_view ending);

// ExecuteAll for plans that end in FileSinks: as many at once as the run's memory has room for (a
// row group each), one after another beyond.
Status ExecuteWriters(const std::vector<Execution>& executions, RunContext& run);
// The same for executions of one plan, which runs once: into all sinks side by side, or, where
// memory has no room for that, into a BatchStore that each of them is then given.
Status ExecuteTee(const std::vector<Execution>& executions, RunContext& run);

}  // namespace tideway::dataset
