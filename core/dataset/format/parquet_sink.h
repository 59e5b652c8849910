// Writes a plan's rows as Parquet shards, exactly as the Hub's own writer does: version 2.6,
// SNAPPY, dictionaries, statistics, page index, content-defined page boundaries, the `huggingface`
// key.
//
//   ParquetSink sink({.folder = "out/data", .stem = "train"});
//   RETURN_NOT_OK(Execute(*plan, sink, run));       // shards are complete under temporary names
//   RETURN_NOT_OK(sink.Publish());                  // renamed; the folder is synced
//   for (const ParquetFile& file : sink.files()) ...
//
// The bytes depend on the rows only, never on how they came in batches. The columns of a block are
// encoded side by side, on the workers of the execution, and beside them the pages of the block
// before are compressed. Row groups are not: the boundaries of pages are carried over from one to
// the next. Holds one block of rows and the compressed pages of
// one row group (about 100 MB uncompressed); a sink destroyed before Publish() leaves nothing
// behind. Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/dataset/format/file_sink.h"

namespace tideway::dataset {

// How much there is to write, when that is known: then shards and row groups are cut where the
// Hub's writer cuts them. Else a row group ends at 100 MB, or at max_shard_bytes when that is less,
// and a shard with the row group that brings it to max_shard_bytes. With cuts, shards end by them
// as well, also in the middle of what would be a row group; with cuts.max_rows, totals are of no
// account.
struct ParquetTotals {
  std::optional<int64_t> rows = {};
  std::optional<int64_t> bytes = {};  // Arrow bytes, as byte_count.h counts them
};
// Of a part of a split, which knows them; of other plans nothing.
Result<ParquetTotals> TotalsOf(const Node& plan, RunContext& run);

// `bytes` is Arrow data, as byte_count.h counts it.
using ParquetFile = WrittenFile;

class ParquetSink : public FileSink {
 public:
  explicit ParquetSink(PartTarget target, ParquetTotals totals = {});
  ~ParquetSink() override;

  std::string_view name() const override { return "write.parquet"; }
  Status Open(const SchemaPtr& schema) override;
  Result<bool> Consume(const BatchPtr& batch) override;
  // Zero rows still give one shard. Afterwards files() is complete and all bytes are durable.
  Status Finish() override;

  // The schema as given to Open(), with features on its fields.
  const SchemaPtr& schema() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tideway::dataset
