// Runs plans into files of one format and publishes them: what `write_parquet`, `write_arrow`,
// `write_jsonl` and `write_csv` do.
//
//   const auto format = MakeJsonlFormat();
//   ARROW_ASSIGN_OR_RAISE(auto shards,
//                         WriteFiles({{"train", plan}}, {.path = "out/messages"}, *format, run));
//
// A path that ends as the format's files do becomes that one file. Any other is a folder, which
// then holds <part>-00000-of-00001.jsonl ... and manifest.json, which names every shard with its
// rows, size and SHA-256. Readers see the old output or the new one, whole (replace_folder.h). All
// parts run at once, on the same workers. A place elsewhere (remote_output.h) gets shards as they
// are complete, and is published by its manifest, which comes last. Equal rows give equal bytes.
// Threads: any; blocks until published.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/format/file_sink.h"
#include "core/dataset/node.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {

struct WriteTarget {
  std::string path = {};  // "out/rows.jsonl", or a folder, made when absent
  // In a folder, where a shard ends: with the row, or the block of rows, that brings it to so many
  // bytes, as the format counts. Default: 500 MB, or where another rule is given, none.
  std::optional<int64_t> max_shard_bytes = {};
  std::optional<int64_t> max_shard_rows = {};  // and at the latest after so many rows
  // Exactly so many shards for each part, with as many rows each, the first ones one more; with
  // more shards than rows the last are empty, as `datasets` has it. No other rule goes with it. A
  // part whose rows are not known beforehand is computed and kept first.
  std::optional<int64_t> shards = {};
};

struct WritePart {
  std::string name;  // at most 100 letters, digits and `_`, in words joined by `.`
  NodePtr plan;
};
struct WrittenShard {
  std::string part;
  WrittenFile file;
};

// Threads: const methods from any thread.
class FileFormat {
 public:
  virtual ~FileFormat() = default;
  // "write.jsonl": the first word of its errors.
  virtual std::string_view op() const = 0;
  // Paths that end so are one file.
  virtual std::vector<std::string> endings() const = 0;
  // What makes its bytes different from another's of this op, as text.
  virtual std::string Identity() const { return ""; }
  // Whether the format can hold these columns; errors of kind usage or data name the column.
  virtual Status CheckColumns(const arrow::Schema& schema) const = 0;
  virtual Result<std::unique_ptr<FileSink>> MakeSink(const Node& plan, PartTarget target,
                                                     RunContext& run) const = 0;
};

// Blocks until all is durable and published; each file is recorded as an output of `run`. The
// shards come in the order of `parts`. Where an earlier run has published the same, and its files
// are still as they were, they are kept and nothing runs, unless run.options().fresh. With
// run.options().check_only, checks names, columns and that the target can be written, records the
// plan and writes nothing. Errors: those of the plans; usage (names, columns), conflict (foreign
// files in the folder), io and disk_full with the path. On an error the old output stands.
Result<std::vector<WrittenShard>> WriteFiles(const std::vector<WritePart>& parts,
                                             const WriteTarget& target, const FileFormat& format,
                                             RunContext& run);

// One of several outputs of the same rows.
struct TeeOutput {
  WriteTarget target;
  std::shared_ptr<const FileFormat> format;
};

// Runs a plan once and writes its rows to all outputs; gives the shards of each. Nothing is
// published before all are complete and durable; then each is, in the order given, so that only a
// file system that fails in that moment can leave those before it published. Errors: as for
// WriteFiles; usage where one output lies at or in another.
Result<std::vector<std::vector<WrittenShard>>> WriteTee(const WritePart& part,
                                                        const std::vector<TeeOutput>& outputs,
                                                        RunContext& run);

// As the Hub's own writer (parquet_sink.h). Shards are measured in Arrow bytes.
std::unique_ptr<const FileFormat> MakeParquetFormat();

struct ArrowWriteOptions {
  bool zstd = false;  // buffers are compressed with ZSTD; else not at all
};

// Arrow IPC files (Feather V2): .arrow or .feather. Columns are as in Parquet, features in the
// `huggingface` key too. Shards are measured in Arrow bytes.
std::unique_ptr<const FileFormat> MakeArrowFormat(ArrowWriteOptions options = {});

// One JSON object per line, keys in the order of columns, UTF-8 that is not escaped where it need
// not be: .jsonl or .ndjson, also .gz and .zst. Shards are measured in bytes of text.
//
// Values are as value_text_internal.h tells; dates, times and decimals are strings, nulls `null`.
// Errors: usage for columns that JSON has no form for (binary, map) and for two of one name; data
// for NaN and infinity, with column and row.
std::unique_ptr<const FileFormat> MakeJsonlFormat();

// One column of text as lines that end in \n, so that ReadText gives it back: .txt, also .gz and
// .zst. `column`: which; empty for the only one. Shards are measured in bytes of text. Errors:
// usage for a column that is no text; data, with column and row, for a null and for what a line
// cannot hold.
std::unique_ptr<const FileFormat> MakeTextFormat(std::string column = {});

struct CsvWriteOptions {
  std::optional<char> delimiter = {};  // default: a tab in .tsv, else a comma
};

// RFC 4180 with \n between records: a header, then one record per row: .csv or .tsv, also .gz and
// .zst. Shards are measured in bytes of text; each has the header.
//
// Fields are quoted only where they must be. A null is an empty field, an empty string is `""`:
// ReadCsv tells the two apart in columns of text. Values are as value_text_internal.h tells; NaN
// and infinity are nan, inf, -inf. Errors: usage for columns that are no single values (lists,
// structs, binary), for two of one name, and for a delimiter that cannot be; data, with column and
// row, for a NUL byte, and for a null where text is the only column: it would be a blank line,
// which readers pass over.
std::unique_ptr<const FileFormat> MakeCsvFormat(CsvWriteOptions options = {});

}  // namespace tideway::dataset
