#include "core/net/range_sink.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

namespace tideway::net {
namespace {

constexpr int kWhole = 200, kPart = 206;

}  // namespace

WriteAt WriteToFile(int fd, std::string path) {
  return [fd, path = std::move(path)](int64_t at, std::string_view bytes) -> Status {
    while (!bytes.empty()) {
      const ssize_t written = pwrite(fd, bytes.data(), bytes.size(), at);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return ErrnoError(errno, "cannot write", path);
      at += written;
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return Status::OK();
  };
}

RangeSink::RangeSink(std::string module, ByteRange range, int64_t size, WriteAt write,
                     std::string version)
    : module_(std::move(module)),
      rest_(range),
      size_(size),
      write_(std::move(write)),
      version_(std::move(version)) {}

void RangeSink::AskForRest(Headers& headers) const {
  headers.Set("Range", fmt::format("bytes={}-{}", rest_.begin, rest_.end - 1));
}

bool RangeSink::IsAnswer(const std::string& range) {
  if (size_ >= 0) {
    const std::string asked = fmt::format("bytes {}-{}/", rest_.begin, rest_.end - 1);
    return range == asked + std::to_string(size_) || range == asked + "*";
  }
  const size_t slash = range.find('/');
  if (slash == range.npos) return false;
  int64_t size = -1;
  const auto [end, code] =
      std::from_chars(range.data() + slash + 1, range.data() + range.size(), size);
  if (code != std::errc() || end != range.data() + range.size() || size <= rest_.begin) {
    return false;
  }
  const ByteRange given{rest_.begin, std::min(rest_.end, size)};
  if (range.substr(0, slash) != fmt::format("bytes {}-{}", given.begin, given.end - 1)) {
    return false;
  }
  rest_ = given;
  size_ = size;
  return true;
}

Status RangeSink::Begin(const Response& head) {
  if (head.status == kWhole) gives_whole_ = true;
  if (gives_whole_) {
    return Error(ErrorKind::kNetwork, module_ + ": the server gives no parts of files");
  }
  const std::string range = head.headers.Find("Content-Range").value_or("");
  const ByteRange asked = rest_;
  const bool is_first = headers_.fields().empty();
  if (!is_first && !version_.empty() && head.headers.Find(version_) != headers_.Find(version_)) {
    return Error(ErrorKind::kConflict, module_ + ": the file changed while it was read");
  }
  if (head.status == kPart && IsAnswer(range)) {
    if (is_first) headers_ = head.headers;
    return Status::OK();
  }
  return Error(ErrorKind::kNetwork,
               fmt::format("{}: bytes {}-{} of {} were asked for, and the answer is `{}`", module_,
                           asked.begin, asked.end - 1, size_ < 0 ? "*" : std::to_string(size_),
                           range))
      .Retryable();
}

Status RangeSink::Take(std::string_view bytes) {
  if (static_cast<int64_t>(bytes.size()) > rest_.size()) {
    return Error(ErrorKind::kNetwork, module_ + ": more bytes come than were asked for")
        .Retryable();
  }
  RETURN_NOT_OK(write_(rest_.begin, bytes));
  rest_.begin += static_cast<int64_t>(bytes.size());
  return Status::OK();
}

}  // namespace tideway::net
