// The shards of one part of an output: what they are called, where each ends by its rows, and how
// those that are complete wait for the others.
//
//   ShardSet shards(target, ".jsonl");
//   RETURN_NOT_OK(shards.Open());               // takes over what a killed run completed
//   ... write a file at shards.NextPath(), seal it ...
//   RETURN_NOT_OK(shards.Add(std::move(file), info));
//   shards.Name();                              // when the last is in: now their number is known
//   RETURN_NOT_OK(shards.Publish());
//
// Unless it was told to Leave() them, files that are not published go with it. Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.h"

namespace tideway::dataset {

class ShardLog;

struct WrittenFile {
  std::string name;  // "train-00000-of-00001.parquet"
  int64_t rows = 0;
  int64_t bytes = 0;   // of Arrow data (what a dataset card calls num_bytes), or of text
  int64_t size = 0;    // of the file: what a card sums up as download_size
  std::string sha256;  // of the file, 64 hex digits
  bool taken = false;  // by PartTarget::take: it is not published
};

// A shard that is complete and durable under a temporary name.
struct FinishedShard {
  std::string part = {};
  std::string temporary = {};  // its name in the folder
  WrittenFile file = {};       // without a name, unless that is by its content
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
  // The first shards, which a killed run completed in `folder`: the rows that come are those after
  // them.
  std::vector<FinishedShard> finished = {};
  ShardLog* log = nullptr;  // told of each shard that is complete; may be null, outlives the sink
  // Offered each shard that is complete; may be empty. True: the file is its own from now on.
  std::function<Result<bool>(const FinishedShard& shard)> take = {};
  // Shards are called by ContentName() instead, as soon as each is complete.
  bool names_by_content = false;
};

// "train-00000-of-00002.jsonl"
std::string ShardName(std::string_view stem, size_t index, size_t count, std::string_view ending);
// "train-00000-3f786850e387550f.jsonl", by the start of the file's SHA-256: other bytes never have
// this name.
std::string ContentName(std::string_view stem, size_t index, std::string_view sha256,
                        std::string_view ending);
bool IsContentName(std::string_view name);

class ShardSet {
 public:
  // `ending`: of shards' names.
  ShardSet(PartTarget target, std::string ending);
  // Makes the folder and takes over target.finished.
  Status Open();

  size_t size() const { return files_.size(); }
  int64_t rows() const { return rows_; }
  // What to call the next file until all are named.
  std::string NextPath() const;
  // Takes a sealed file; `info` needs no name.
  Status Add(std::unique_ptr<AtomicFile> file, WrittenFile info);

  void Name();
  // Complete after Name().
  const std::vector<WrittenFile>& files() const { return infos_; }
  // Moves the files to their names, replacing what stood there, and syncs the folder.
  Status Publish();
  // What is complete stays, under its temporary names, for a later run to take over.
  void Leave();

 private:
  std::string NameOf(size_t shard, size_t count) const;

  const PartTarget target_;
  const std::string ending_;
  std::vector<std::unique_ptr<AtomicFile>> files_;
  std::vector<WrittenFile> infos_;
  int64_t rows_ = 0;
};

}  // namespace tideway::dataset
