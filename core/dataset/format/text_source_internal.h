// What CSV, JSON lines and lines of text share: files read as blocks, a first pass that finds the
// columns, blocks parsed by many workers. A format says what is particular about it (TextFormat).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/format/source_files_internal.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/text_block_internal.h"
#include "core/dataset/node.h"

namespace tideway::dataset {

// What the first lines of a file say about the rest: a CSV header.
class TextHead {
 public:
  virtual ~TextHead() = default;
};

// What the first pass has found out about the columns of some blocks.
class TextFindings {
 public:
  virtual ~TextFindings() = default;
  int64_t rows = 0;
};

// Records left out, by reason.
using DropCounts = std::map<std::string, int64_t>;

// Where `broken` says so, both passes leave out the same records: what makes one broken is found in
// the record alone.
class TextFormat {
 public:
  explicit TextFormat(BrokenRecords broken) : broken_(broken) {}
  virtual ~TextFormat() = default;
  bool drops() const { return broken_ == BrokenRecords::kDrop; }

  virtual std::string_view op() const = 0;
  virtual std::vector<std::string> endings() const = 0;
  // The options, as part of the plan's identity; also what the names of the files say.
  virtual std::string Options(const std::vector<std::string>& paths) const = 0;
  // An error of kind usage when the options contradict one another.
  virtual Status Validate() const { return Status::OK(); }
  // Where the complete records at the start of `bytes`, from the file `path`, end.
  virtual size_t CompleteBytes(std::string_view bytes, std::string_view path) const = 0;
  // The error for a record that begins as `start` does and has more than 64 MiB.
  virtual Status TooLong(const TextBlock& start) const {
    return LineError(op(), start, start.first_line, "a record of more than 64 MiB")
        .Hint("is it a file without line ends?");
  }
  // Takes the head off a file's first block; null when the format has none. `first` is null for a
  // file without bytes.
  virtual Result<std::unique_ptr<TextHead>> TakeHead(TextBlock* first,
                                                     std::string_view path) const = 0;

  virtual std::unique_ptr<TextFindings> NewFindings() const = 0;
  // Adds what a head says. Called for each file in order.
  virtual Status AddHead(const TextHead* head, std::string_view path,
                         TextFindings& findings) const = 0;
  // Whether the heads alone may give the schema, and whether those in `findings` do.
  virtual bool heads_may_suffice() const { return false; }
  virtual bool HeadsSuffice(const TextFindings&) const { return false; }
  // Adds what a block shows. Any worker; `findings` is new.
  virtual Status Scan(const TextBlock& block, const TextHead* head,
                      TextFindings& findings) const = 0;
  // Adds the findings of the block after those merged so far.
  virtual Status Merge(TextFindings& all, const TextFindings& block) const = 0;
  virtual Result<SchemaPtr> SchemaOf(const TextFindings& findings) const = 0;

  // The rows of a block; adds to `dropped` what is left out. Any worker.
  virtual Result<BatchPtr> Parse(const TextBlock& block, const TextHead* head,
                                 const SchemaPtr& schema, DropCounts& dropped) const = 0;

 private:
  const BrokenRecords broken_;
};

// What is known before rows are read.
struct TextLayout {
  SchemaPtr schema;
  // Rows of each file; nothing when there was no first pass.
  std::optional<std::vector<int64_t>> file_rows;
};

// Finds the columns, by a first pass over all files where the format needs one.
Result<TextLayout> FindTextLayout(const TextFormat& format, const SourceFiles& files,
                                  RunContext& run);

NodePtr MakeTextSource(std::vector<std::string> paths, std::unique_ptr<const TextFormat> format);

}  // namespace tideway::dataset
