// One text file in the making: compressed as its name asks, hashed, written to an AtomicFile.
//
// The bytes depend on the text only. gzip is written as members of 1 MiB of text each, which
// workers compress side by side; zstd as one frame, for there are readers that stop after the
// first. Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/dataset/format/file_sink.h"

namespace arrow::util {
class Compressor;
}

namespace tideway::dataset {

enum class TextCompression { kNone, kGzip, kZstd };
// ".gz" and ".zst" at the end of a path.
TextCompression CompressionOf(std::string_view path);
// The path without that ending.
std::string_view WithoutCompression(std::string_view path);

class TextFile {
 public:
  // `workers`: how many members may be held to be compressed side by side.
  static Result<std::unique_ptr<TextFile>> Create(const std::string& path,
                                                  TextCompression compression, int workers);
  ~TextFile();

  Status Append(std::string_view text, int64_t rows);
  // Makes all durable under the temporary name.
  Status Finish();
  std::unique_ptr<AtomicFile> TakeFile() { return std::move(file_); }

  // `name` is left empty. Complete after Finish().
  const WrittenFile& info() const { return info_; }
  int64_t text_bytes() const { return info_.bytes; }

 private:
  TextFile();
  Status Write(std::string_view bytes);
  Status WriteMembers(size_t count);
  Status WriteFrame(std::string_view text);
  Status WriteOfFrame(std::string_view bytes);
  Status EndFrame();

  TextCompression compression_ = TextCompression::kNone;
  size_t held_members_ = 1;
  std::unique_ptr<AtomicFile> file_;
  Sha256 hash_;
  std::shared_ptr<arrow::util::Compressor> frame_;
  std::unique_ptr<class FrameChecksum> checksum_;  // of what is in it
  std::string rest_;                               // text that is not compressed yet
  WrittenFile info_;
};

}  // namespace tideway::dataset
