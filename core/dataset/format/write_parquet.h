// Runs plans into Parquet files and publishes them: what `write_parquet` does.
//
//   ARROW_ASSIGN_OR_RAISE(auto written, WriteParquet({{"train", plan}}, {.path = "out"}, run));
//
// A path that ends in ".parquet" becomes that one file. Any other is a folder, which then holds
// <part>-00000-of-00001.parquet ... and manifest.json, which names every shard with its rows, size
// and SHA-256. Readers see the old output or the new one, whole (replace_folder.h). All parts run
// at once, on the same workers. Threads: any; blocks until published.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/dataset/format/parquet_sink.h"
#include "core/dataset/node.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {

struct ParquetTarget {
  std::string path = {};
  int64_t max_shard_bytes = 500'000'000;  // Arrow bytes
};

struct ParquetPart {
  std::string name;  // letters, digits and `_`, in words joined by `.`
  NodePtr plan;
};

struct WrittenShard {
  std::string part;
  ParquetFile file;
};

// The shards in the order of `parts`. Each is recorded as an output of `run`. With
// run.options().check_only, checks names, columns and that the target can be written, records the
// plan and gives no shards.
Result<std::vector<WrittenShard>> WriteParquet(const std::vector<ParquetPart>& parts,
                                               const ParquetTarget& target, RunContext& run);

}  // namespace tideway::dataset
