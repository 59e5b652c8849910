#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/dataset/format/text_block_internal.h"

namespace tideway::dataset {
namespace {

constexpr size_t kMaxRecordBytes = 64 << 20;
constexpr size_t kMagicBytes = 4;

arrow::Compression::type CompressionByMagic(std::string_view head) {
  if (head.starts_with("\x1f\x8b")) return arrow::Compression::GZIP;
  if (head.starts_with("\x28\xb5\x2f\xfd")) return arrow::Compression::ZSTD;
  return arrow::Compression::UNCOMPRESSED;
}

int64_t CountLines(std::string_view bytes) {
  int64_t lines = 0;
  for (size_t at = 0; (at = bytes.find('\n', at)) != bytes.npos; ++at) ++lines;
  return lines;
}

Status Unreadable(std::string_view op, std::string_view path, const Status& status) {
  if (status.ok() || GetErrorDetail(status) != nullptr) return status;
  return Error(ErrorKind::kData, fmt::format("{}: cannot read {}: {}", op, path, status.message()))
      .Hint("the file is damaged or incomplete; fetch it again");
}

}  // namespace

Error LineError(std::string_view op, const TextBlock& block, int64_t line,
                const std::string& what) {
  return Error(ErrorKind::kData, fmt::format("{}: {}:{}: {}", op, block.path, line, what));
}

int64_t LineAt(const TextBlock& block, size_t offset) {
  return block.first_line + CountLines(block.bytes.substr(0, offset));
}

Status CheckUtf8(std::string_view op, const TextBlock& block) {
  const std::string_view bytes = block.bytes;
  if (simdjson::validate_utf8(bytes.data(), bytes.size())) return Status::OK();
  int64_t line = block.first_line;
  for (size_t at = 0; at < bytes.size(); ++line) {
    const size_t end = std::min(bytes.find('\n', at), bytes.size());
    if (!simdjson::validate_utf8(bytes.data() + at, end - at)) break;
    at = end + 1;
  }
  return LineError(op, block, line, "text that is not UTF-8")
      .Hint("convert the file: iconv -f LATIN1 -t UTF-8");
}

BlockReader::BlockReader(std::string_view op, std::string_view path, CompleteBytes complete,
                         TooLong too_long, size_t block_bytes)
    : op_(op),
      path_(path),
      complete_(std::move(complete)),
      too_long_(std::move(too_long)),
      block_bytes_(block_bytes) {}

Result<std::unique_ptr<BlockReader>> BlockReader::Open(std::string_view op, std::string_view path,
                                                       CompleteBytes complete, TooLong too_long,
                                                       size_t block_bytes) {
  std::unique_ptr<BlockReader> reader(
      new BlockReader(op, path, std::move(complete), std::move(too_long), block_bytes));
  RETURN_NOT_OK(Unreadable(op, path, reader->OpenStream()));
  RETURN_NOT_OK(Unreadable(op, path, reader->SkipMark()));
  return reader;
}

Status BlockReader::OpenStream() {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(std::string(path_)));
  char head[kMagicBytes] = {};
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file->Read(kMagicBytes, head));
  RETURN_NOT_OK(file->Seek(0));
  const auto compression = CompressionByMagic({head, static_cast<size_t>(size)});
  stream_ = file;
  if (compression == arrow::Compression::UNCOMPRESSED) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(compression));
  ARROW_ASSIGN_OR_RAISE(stream_, arrow::io::CompressedInputStream::Make(codec.get(), file));
  return Status::OK();
}

Status BlockReader::SkipMark() {
  rest_.resize(kMagicBytes - 1);
  size_t filled = 0;
  RETURN_NOT_OK(Fill(rest_.data(), rest_.size(), filled));
  rest_.resize(filled);
  if (rest_.starts_with("\xff\xfe") || rest_.starts_with("\xfe\xff")) {
    return Error(ErrorKind::kData, fmt::format("{}: the text is UTF-16, not UTF-8: {}", op_, path_))
        .Hint("convert it: iconv -f UTF-16 -t UTF-8");
  }
  if (rest_.starts_with("\xef\xbb\xbf")) rest_.clear();
  return Status::OK();
}

Status BlockReader::Fill(char* to, size_t size, size_t& filled) {
  while (filled < size && !at_end_) {
    ARROW_ASSIGN_OR_RAISE(const int64_t got,
                          stream_->Read(static_cast<int64_t>(size - filled), to + filled));
    at_end_ = got == 0;
    filled += static_cast<size_t>(got);
  }
  return Status::OK();
}

Result<std::optional<TextBlock>> BlockReader::Next() {
  size_t capacity = std::max(block_bytes_, std::min(2 * rest_.size(), kMaxRecordBytes));
  while (true) {
    auto owner = std::make_shared_for_overwrite<char[]>(capacity + kBlockPadding);
    std::memcpy(owner.get(), rest_.data(), rest_.size());
    size_t filled = rest_.size();
    RETURN_NOT_OK(Unreadable(op_, path_, Fill(owner.get(), capacity, filled)));
    if (filled == 0) return std::nullopt;
    const std::string_view bytes(owner.get(), filled);
    const size_t complete = at_end_ ? filled : complete_(bytes);
    rest_ = bytes.substr(complete);
    if (complete == 0) {
      if (capacity >= kMaxRecordBytes) {
        return too_long_({owner, bytes, path_, next_line_});
      }
      capacity = std::min(2 * capacity, kMaxRecordBytes);
      continue;
    }
    std::memset(owner.get() + filled, 0, kBlockPadding);
    TextBlock block{std::move(owner), bytes.substr(0, complete), path_, next_line_};
    next_line_ += CountLines(block.bytes);
    return block;
  }
}

}  // namespace tideway::dataset
