#include "core/net/download.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <limits>
#include <utility>

#include "core/base/file.h"

namespace tideway::net {
namespace {

constexpr int kPartial = 206, kRangeNotSatisfiable = 416;

// The file as it grows, over as many answers as it takes.
class GrowingFile : public BodySink {
 public:
  explicit GrowingFile(std::string path) : path_(std::move(path)) {}
  ~GrowingFile() override {
    if (fd_ >= 0) close(fd_);
  }

  Status Open() {
    fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return fd_ < 0 ? Status(ErrnoError(errno, "cannot write", path_)) : Status::OK();
  }
  // Asks for what is missing.
  void AskForRest(Headers& headers) const {
    if (written_ == 0 || version_.empty()) return;
    headers.Set("Range", fmt::format("bytes={}-", written_));
    headers.Set("If-Range", version_);
  }
  // Goes on from the start.
  void Forget() { version_.clear(); }
  int64_t written() const { return written_; }
  bool IsShort() const { return total_ >= 0 && written_ < total_; }
  Error TooShort(const std::string& url) const {
    return {ErrorKind::kNetwork,
            fmt::format("net: {} of {} bytes come of {}", written_, total_, RedactUrl(url))};
  }

  Status Begin(const Response& head) override {
    if (head.status == kPartial) return BeginPart(head.headers);
    written_ = 0;
    version_ = VersionOf(head.headers);
    total_ = NumberOf(head.headers.Find("Content-Length").value_or(""));
    if (ftruncate(fd_, 0) != 0 || lseek(fd_, 0, SEEK_SET) != 0) {
      return ErrnoError(errno, "cannot write", path_);
    }
    return Status::OK();
  }

  Status Take(std::string_view bytes) override {
    RETURN_NOT_OK(WriteAll(fd_, bytes, path_));
    written_ += static_cast<int64_t>(bytes.size());
    return Status::OK();
  }

 private:
  // The part that was asked for, of the version that is there; it may end before the file does.
  Status BeginPart(const Headers& headers) {
    const std::string range = headers.Find("Content-Range").value_or("");
    const std::string start = fmt::format("bytes {}-", written_);
    const size_t slash = range.find('/');
    const std::string version = VersionOf(headers);
    const bool asked = written_ > 0 && !version_.empty();
    const bool same = version.empty() || version == version_;
    if (asked && same && range.starts_with(start) && slash != range.npos) {
      total_ = NumberOf(range.substr(slash + 1));
      return Status::OK();
    }
    Forget();
    return Error(ErrorKind::kNetwork,
                 fmt::format("net: bytes from {} on were asked for, and the answer is `{}`",
                             written_, range))
        .Retryable();
  }
  // -1 for what is none.
  static int64_t NumberOf(const std::string& text) {
    int64_t number = -1;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    return code == std::errc() && end == text.data() + text.size() && number >= 0 ? number : -1;
  }
  static std::string VersionOf(const Headers& headers) {
    const std::string tag = headers.Find("ETag").value_or("");
    if (!tag.empty() && !tag.starts_with("W/")) return tag;
    return headers.Find("Last-Modified").value_or("");
  }

  const std::string path_;
  int fd_ = -1;
  int64_t written_ = 0;
  int64_t total_ = -1;   // bytes of the whole; -1: not told
  std::string version_;  // of what is written
};

}  // namespace

Status Download(Client& client, Request request, const std::string& path,
                const CancelToken& cancel) {
  const auto file = std::make_shared<GrowingFile>(path);
  RETURN_NOT_OK(file->Open());
  request.sink = file;
  request.compressed = false;
  request.size.body = std::numeric_limits<int64_t>::max();
  request.before_try = [file](Headers& headers) { file->AskForRest(headers); };
  for (bool forgot = false;;) {
    const int64_t before = file->written();
    ARROW_ASSIGN_OR_RAISE(const Response answer, client.Send(request, cancel));
    if (answer.status == kRangeNotSatisfiable && !forgot) {
      file->Forget();
      forgot = true;
      continue;
    }
    if (!answer.ok()) return ErrorOf(request, answer);
    if (!file->IsShort()) return Status::OK();
    if (file->written() <= before) return file->TooShort(request.url);
  }
}

}  // namespace tideway::net
