// Datasets from files and from memory, as the leaves of plans.
//
//   NodePtr plan = ReadCsv({"data/*.csv.gz"}, {.types = {{"zip", "string"}}});
//
// Paths: a file, a glob (`*`, `?`, `[...]` within one folder level, `**/` for folders at any depth;
// matches in byte order of their names), or a folder, which stands for the files of the format in
// it. `file:` in front is allowed. CSV, JSON lines and text may be compressed with gzip or zstd,
// told by their first bytes. Nothing is opened before a plan is described or run; the list of files
// is fixed then.
//
// Several files are one dataset: the columns are the union over all of them, in the order first
// seen, null where a file has none. A column with two types is an error of kind data that names
// both. A file that changes while it is read is an error of kind conflict. Each file read to its
// end is recorded in the run with its SHA-256. Nodes are immutable; see node.h for threads.
#pragma once

#include <arrow/type_fwd.h>

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/dataset/node.h"

namespace tideway::dataset {

// Rows that are in memory already.
NodePtr FromTable(std::shared_ptr<arrow::Table> table);

struct ParquetReadOptions {
  std::vector<std::string> columns = {};  // only these, in this order; empty: all
};

// Row groups that fit in a batch are decoded in parallel; a larger one is read piece by piece, one
// piece after another. Features in the `huggingface` key (class labels, images) come with the
// fields.
NodePtr ReadParquet(std::vector<std::string> paths, ParquetReadOptions options = {});

// What becomes of a record that is broken by itself. Dropped ones are counted in the run as dropped
// by the source, by reason; the number of rows is then not known beforehand. What is no fault of
// one record is an error in any case: a damaged archive, a quote that is never closed, a record of
// more than 64 MiB, two kinds of value in one column of JSON lines.
enum class BrokenRecords { kRefuse, kDrop };

struct CsvReadOptions {
  std::optional<char> delimiter = {};             // default: a tab in files *.tsv, else a comma
  bool header = true;                             // the first record of each file names the columns
  std::vector<std::string> columns = {};          // the names, for files without a header
  std::map<std::string, std::string> types = {};  // column -> type, as "int64", "timestamp[us]"
  std::vector<std::string> nulls = {};            // cells that stand for null, besides empty ones
  BrokenRecords broken = BrokenRecords::kRefuse;
};

// RFC 4180: fields may be quoted, quotes in them doubled, newlines in quotes kept; records end in
// \n or \r\n; blank lines are no records; a UTF-8 byte order mark is skipped.
//
// A column that `types` does not name gets its type from all of its cells, in a first pass over
// the whole input: int64 when each is a whole number without leading zeros or plus sign, float64
// when each is a number (whole ones within +-2^53), bool when each is true or false, else string.
// So no value is ever changed by a guess. An empty cell is null, but in a string column only when
// it is not quoted. With all columns in `types` there is no first pass.
//
// Errors (kind data) name file and line: a record with too few or too many fields, a quote that is
// not closed or stands inside an unquoted field, a NUL byte, invalid UTF-8, a value that is not of
// its column's type. To drop such a record is to go on with the next one; after a quote out of
// place, with the next line.
NodePtr ReadCsv(std::vector<std::string> paths, CsvReadOptions options = {});

// One JSON object per line; blank lines are skipped. Types come from all lines, in a first pass
// over the whole input: int64, float64 (also where whole numbers and others are mixed), bool,
// string, lists and structs of these; 1.0 is a float. A key that a line does not have is null
// there.
//
// Errors (kind data) name file and line: broken JSON, a line that is no object, a key twice in one
// object, more than 1,000 different keys over all objects in one place, a whole number beyond
// int64, nesting below 32 levels, two kinds of value in one place.
NodePtr ReadJsonl(std::vector<std::string> paths, BrokenRecords broken = BrokenRecords::kRefuse);

// Each line as a row with the one column `text`, without its \n or \r\n; blank lines are rows, what
// stands behind the last newline is one unless it is empty, and a UTF-8 byte order mark is skipped.
// In a folder: .txt, also .gz and .zst. Errors (kind data) name file and line: text that is not
// UTF-8.
NodePtr ReadText(std::vector<std::string> paths, BrokenRecords broken = BrokenRecords::kRefuse);

// Whole files as rows: `path` (string), `size` (int64, bytes) and `content` (binary). A folder
// stands for all files below it, at any depth, in byte order of their paths, but for those whose
// name, or a folder's on the way, starts with a dot; links to folders are not followed, so that
// there are no loops. `path` is then the one below the folder; else as it was given or matched. A
// select() that leaves `content` out reads no file. A whole reading is recorded in the run as one
// input: the hash is that of a list of all files as sha256sum prints it, or as "<size>  <path>"
// where only those were read; a single file is called by its own. Of files larger than `max_bytes`
// the content is null, and is not read.
//
// Errors: memory for a file larger than an eighth of the run's memory, or than 2 GiB; data for a
// path that is not UTF-8; io for what is no regular file.
inline constexpr int64_t kAnySize = std::numeric_limits<int64_t>::max();
NodePtr ReadWholeFiles(std::vector<std::string> paths, int64_t max_bytes = kAnySize);

// Arrow IPC files (Feather V2) and streams, told by their first bytes, plain or with LZ4 or ZSTD
// buffers; in a folder: .arrow, .feather and .arrows. Dictionaries are decoded, views made plain;
// features in the `huggingface` key come with the fields.
//
// Batches are read one after another, and checked and decoded by many workers. Errors: memory for
// a batch that takes more than a quarter of the run's memory, compressed or not; data for damaged
// files, for a stream without its end marker, and for what follows one.
NodePtr ReadArrow(std::vector<std::string> paths);

}  // namespace tideway::dataset
