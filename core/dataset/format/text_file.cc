#include <arrow/util/compression.h>
#include <xxhash.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/dataset/format/text_file_internal.h"
#include "core/dataset/parallel.h"

namespace tideway::dataset {
namespace {

constexpr size_t kMemberBytes = 1 << 20;
constexpr int kGzipLevel = 6;  // the default of gzip itself
constexpr int kZstdLevel = 3;  // and of zstd

Result<std::unique_ptr<arrow::util::Codec>> MakeCodec(TextCompression compression) {
  if (compression == TextCompression::kGzip) {
    return arrow::util::Codec::Create(arrow::Compression::GZIP, kGzipLevel);
  }
  return arrow::util::Codec::Create(arrow::Compression::ZSTD, kZstdLevel);
}

const uint8_t* BytesOf(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// One gzip member that holds `text`.
Result<std::string> GzipMember(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(const auto codec, MakeCodec(TextCompression::kGzip));
  const auto size = static_cast<int64_t>(text.size());
  const int64_t room = codec->MaxCompressedLen(size, BytesOf(text));
  std::string member(static_cast<size_t>(room), '\0');
  ARROW_ASSIGN_OR_RAISE(
      const int64_t used,
      codec->Compress(size, BytesOf(text), room, reinterpret_cast<uint8_t*>(member.data())));
  member.resize(static_cast<size_t>(used));
  return member;
}

// Where the first bytes of a zstd frame tell what it has, and that it has a checksum (RFC
// 8878, 3.1.1).
constexpr size_t kFrameDescriptor = 4;
constexpr char kHasChecksum = 1 << 2;

}  // namespace

// The checksum of a zstd frame, which Arrow leaves out: without one, damage goes unnoticed. Its
// four bytes stand behind the last block: the low ones of XXH64 of the content.
class FrameChecksum {
 public:
  FrameChecksum() { XXH64_reset(state_.get(), 0); }
  void Update(std::string_view text) { XXH64_update(state_.get(), text.data(), text.size()); }
  std::string Bytes() const {
    uint64_t hash = XXH64_digest(state_.get());
    std::string bytes;
    for (int i = 0; i < 4; ++i, hash >>= 8) bytes += static_cast<char>(hash & 0xFF);
    return bytes;
  }
  bool begun = false;  // whether something of the frame is written

 private:
  struct Free {
    void operator()(XXH64_state_t* state) const { XXH64_freeState(state); }
  };
  std::unique_ptr<XXH64_state_t, Free> state_{XXH64_createState()};
};

TextCompression CompressionOf(std::string_view path) {
  if (path.ends_with(".gz")) return TextCompression::kGzip;
  return path.ends_with(".zst") ? TextCompression::kZstd : TextCompression::kNone;
}

std::string_view WithoutCompression(std::string_view path) {
  if (CompressionOf(path) == TextCompression::kNone) return path;
  return path.substr(0, path.rfind('.'));
}

TextFile::TextFile() = default;
TextFile::~TextFile() = default;

Result<std::unique_ptr<TextFile>> TextFile::Create(const std::string& path,
                                                   TextCompression compression, int workers) {
  std::unique_ptr<TextFile> file(new TextFile);
  file->compression_ = compression;
  file->held_members_ = static_cast<size_t>(std::max(workers, 1));
  ARROW_ASSIGN_OR_RAISE(file->file_, AtomicFile::Create(path));
  if (compression == TextCompression::kZstd) {
    ARROW_ASSIGN_OR_RAISE(const auto codec, MakeCodec(compression));
    ARROW_ASSIGN_OR_RAISE(file->frame_, codec->MakeCompressor());
    file->checksum_ = std::make_unique<FrameChecksum>();
  }
  return file;
}

Status TextFile::Append(std::string_view text, int64_t rows) {
  info_.rows += rows;
  info_.bytes += static_cast<int64_t>(text.size());
  if (compression_ == TextCompression::kNone) return Write(text);
  rest_ += text;
  const size_t members = rest_.size() / kMemberBytes;
  return members < held_members_ ? Status::OK() : WriteMembers(members);
}

Status TextFile::Write(std::string_view bytes) {
  hash_.Update(bytes);
  return file_->Write(bytes);
}

// The first `count` members of rest_; the last may be short.
Status TextFile::WriteMembers(size_t count) {
  const auto text = [this](size_t i) {
    return std::string_view(rest_).substr(i * kMemberBytes, kMemberBytes);
  };
  if (compression_ == TextCompression::kGzip) {
    std::vector<Result<std::string>> members(count, std::string());
    ParallelFor(count, [&](size_t i) { members[i] = GzipMember(text(i)); });
    for (const auto& member : members) {
      RETURN_NOT_OK(member.status());
      RETURN_NOT_OK(Write(*member));
    }
  } else {
    for (size_t i = 0; i < count; ++i) RETURN_NOT_OK(WriteFrame(text(i)));
  }
  rest_.erase(0, count * kMemberBytes);
  return Status::OK();
}

// Compressed bytes; the first are at least the head of the frame.
Status TextFile::WriteOfFrame(std::string_view bytes) {
  if (checksum_->begun || bytes.empty()) return Write(bytes);
  checksum_->begun = true;
  std::string head(bytes);
  head[kFrameDescriptor] |= kHasChecksum;
  return Write(head);
}

Status TextFile::WriteFrame(std::string_view text) {
  checksum_->Update(text);
  std::string out(kMemberBytes, '\0');
  while (!text.empty()) {
    ARROW_ASSIGN_OR_RAISE(
        const auto done,
        frame_->Compress(static_cast<int64_t>(text.size()), BytesOf(text),
                         static_cast<int64_t>(out.size()), reinterpret_cast<uint8_t*>(out.data())));
    text.remove_prefix(static_cast<size_t>(done.bytes_read));
    RETURN_NOT_OK(
        WriteOfFrame(std::string_view(out).substr(0, static_cast<size_t>(done.bytes_written))));
  }
  return Status::OK();
}

Status TextFile::EndFrame() {
  std::string out(kMemberBytes, '\0');
  for (bool more = true; more;) {
    ARROW_ASSIGN_OR_RAISE(const auto done, frame_->End(static_cast<int64_t>(out.size()),
                                                       reinterpret_cast<uint8_t*>(out.data())));
    RETURN_NOT_OK(
        WriteOfFrame(std::string_view(out).substr(0, static_cast<size_t>(done.bytes_written))));
    more = done.should_retry;
  }
  return Write(checksum_->Bytes());
}

Status TextFile::Finish() {
  if (compression_ != TextCompression::kNone) {
    // A gzip file has at least one member.
    const bool empty = compression_ == TextCompression::kGzip && info_.bytes == 0;
    RETURN_NOT_OK(WriteMembers(empty ? 1 : (rest_.size() + kMemberBytes - 1) / kMemberBytes));
  }
  if (frame_ != nullptr) RETURN_NOT_OK(EndFrame());
  RETURN_NOT_OK(file_->Seal());
  info_.size = file_->size();
  info_.sha256 = hash_.Finish();
  return Status::OK();
}

}  // namespace tideway::dataset
