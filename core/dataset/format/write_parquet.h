// Runs plans into Parquet files and publishes them: what `write_parquet` does.
//
//   ARROW_ASSIGN_OR_RAISE(auto files, WriteParquet(plan, {.path = "out/messages"}, run));
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

struct WriteParquetOptions {
  std::string path = {};                  // "out/rows.parquet", or a folder, made when absent
  std::string stem = "train";             // the part's name; so Python's datasets finds the files
  int64_t max_shard_bytes = 500'000'000;  // in a folder: Arrow bytes of one shard
};

// Blocks until all is durable and published; each file is recorded as an output of `run`. With
// run.options().check_only, checks names, columns and that the target can be written, records the
// plan and writes nothing. Errors: those of the plan; usage (names), conflict (foreign files in the
// folder), io and disk_full with the path. On an error the old output stands.
Result<std::vector<ParquetFile>> WriteParquet(const NodePtr& plan,
                                              const WriteParquetOptions& options, RunContext& run);

struct ParquetPart {
  std::string name;  // at most 100 letters, digits and `_`, in words joined by `.`
  NodePtr plan;
};
struct WrittenShard {
  std::string part;
  ParquetFile file;
};

// Several parts into one folder, published together; options.stem is not used. The shards come in
// the order of `parts`.
Result<std::vector<WrittenShard>> WriteParquetParts(const std::vector<ParquetPart>& parts,
                                                    const WriteParquetOptions& options,
                                                    RunContext& run);

}  // namespace tideway::dataset
