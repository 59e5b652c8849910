// A text file as blocks of complete records: plain, gzip or zstd, told by the first bytes.
#pragma once

#include <arrow/io/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::dataset {

// Complete records, one after another, and where they stand.
struct TextBlock {
  std::shared_ptr<char[]> owner;
  std::string_view bytes;  // kBlockPadding readable bytes follow
  std::string_view path;   // outlives the block
  int64_t first_line = 1;
};

// simdjson reads this far beyond the end.
inline constexpr size_t kBlockPadding = 64;

// The error (kind data) "<op>: <path>:<line>: <what>".
Error LineError(std::string_view op, const TextBlock& block, int64_t line, const std::string& what);
// The line that byte `offset` of `block` stands in.
int64_t LineAt(const TextBlock& block, size_t offset);
// OK when `block` is valid UTF-8; else an error that names the line.
Status CheckUtf8(std::string_view op, const TextBlock& block);

// Threads: one at a time.
class BlockReader {
 public:
  // Where the complete records at the start of some bytes end; 0 when there is none.
  using CompleteBytes = std::function<size_t(std::string_view)>;
  // The error for a record of which only the start is there, and which is too long.
  using TooLong = std::function<Status(const TextBlock&)>;

  // `path` must outlive the reader and its blocks. Errors of kind data: UTF-16 text.
  static Result<std::unique_ptr<BlockReader>> Open(std::string_view op, std::string_view path,
                                                   CompleteBytes complete, TooLong too_long,
                                                   size_t block_bytes);
  // The next block, of about block_bytes and at least one record; nothing at the end. The last
  // record need not be complete. A record longer than 64 MiB is an error of kind data.
  Result<std::optional<TextBlock>> Next();

 private:
  BlockReader(std::string_view op, std::string_view path, CompleteBytes complete, TooLong too_long,
              size_t block_bytes);
  Status OpenStream();
  Status SkipMark();
  Status Fill(char* to, size_t size, size_t& filled);

  const std::string_view op_;
  const std::string_view path_;
  const CompleteBytes complete_;
  const TooLong too_long_;
  const size_t block_bytes_;
  std::shared_ptr<arrow::io::InputStream> stream_;
  std::string rest_;  // read, but not handed out yet
  bool at_end_ = false;
  int64_t next_line_ = 1;
};

}  // namespace tideway::dataset
