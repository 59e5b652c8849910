#include "core/app/fetch_file.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "core/app/version.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/dataset/run_context.h"

namespace tideway::app {
namespace {

constexpr long kRedirects = 10;
constexpr long kConnectSeconds = 30;
constexpr long kStallSeconds = 60;
constexpr long kOk = 200, kPartial = 206, kRangeNotSatisfiable = 416;

struct CloseCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// One file on its way, over as many requests as it takes.
class Download {
 public:
  Download(const std::string& url, const std::string& path, dataset::RunContext& run)
      : url_(url), path_(path), run_(run) {}
  ~Download() {
    if (fd_ >= 0) close(fd_);
  }
  Download(const Download&) = delete;

  Status Open() {
    fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return fd_ < 0 ? Status(ErrnoError(errno, "cannot write", path_)) : Status::OK();
  }
  // Sends one request, for what is missing.
  Status Try();

 private:
  static size_t OnHeader(char* text, size_t size, size_t count, void* self) {
    static_cast<Download*>(self)->TakeHeader({text, size * count});
    return size * count;
  }
  static size_t OnBytes(char* bytes, size_t size, size_t count, void* self) {
    return static_cast<Download*>(self)->Take({bytes, size * count}) ? size * count : 0;
  }
  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Download*>(self)->run_.cancel().cancelled() ? 1 : 0;
  }
  void TakeHeader(std::string_view line);
  bool Take(std::string_view bytes);
  bool Begin();
  Status Outcome(CURLcode code) const;
  Error Fault(ErrorKind kind, const std::string& what) const {
    return {kind, fmt::format("{}: {}", what, RedactUri(url_))};
  }

  const std::string& url_;
  const std::string& path_;
  dataset::RunContext& run_;
  CURL* curl_ = nullptr;
  int fd_ = -1;
  int64_t written_ = 0;
  std::string version_;      // of what is written: a strong ETag, or a date of change
  std::string new_version_;  // of the answer that comes
  int64_t range_first_ = -1;
  double retry_after_s_ = 0;
  bool begun_ = false;
  int failed_write_ = 0;  // an errno
};

// The value of a header field by that name, or nothing.
std::optional<std::string> FieldOf(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return {};
  if (!curl_strnequal(line.data(), name.data(), name.size())) return {};
  line.remove_prefix(name.size() + 1);
  const size_t first = line.find_first_not_of(" \t"), last = line.find_last_not_of(" \t\r\n");
  return first == line.npos ? "" : std::string(line.substr(first, last - first + 1));
}

void Download::TakeHeader(std::string_view line) {
  if (line.starts_with("HTTP/")) {  // also of each redirection
    new_version_.clear();
    range_first_ = -1;
    retry_after_s_ = 0;
  }
  if (const auto tag = FieldOf(line, "etag"); tag && !tag->starts_with("W/")) new_version_ = *tag;
  if (const auto date = FieldOf(line, "last-modified"); date && new_version_.empty()) {
    new_version_ = *date;
  }
  if (const auto wait = FieldOf(line, "retry-after")) retry_after_s_ = std::atof(wait->c_str());
  if (const auto range = FieldOf(line, "content-range"); range && range->starts_with("bytes ")) {
    range_first_ = std::atoll(range->c_str() + 6);
  }
}

// Makes room for the body of the answer: behind what is there, or instead of it.
bool Download::Begin() {
  long code = 0;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &code);
  begun_ = true;
  if (code == kPartial) return range_first_ == written_;
  if (code != kOk) return false;
  written_ = 0;
  version_ = new_version_;
  if (ftruncate(fd_, 0) == 0 && lseek(fd_, 0, SEEK_SET) == 0) return true;
  failed_write_ = errno;
  return false;
}

bool Download::Take(std::string_view bytes) {
  if (!begun_ && !Begin()) return false;
  while (!bytes.empty()) {
    const ssize_t count = write(fd_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      failed_write_ = errno;
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(count));
    written_ += count;
  }
  return true;
}

Status Download::Try() {
  const std::unique_ptr<CURL, CloseCurl> curl(curl_easy_init());
  if (curl == nullptr) return Fault(ErrorKind::kInternal, "cannot start a request");
  curl_ = curl.get();
  begun_ = false;
  curl_easy_setopt(curl_, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl_, CURLOPT_REDIR_PROTOCOLS_STR,
                   url_.starts_with("https:") ? "https" : "http,https");
  curl_easy_setopt(curl_, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl_, CURLOPT_MAXREDIRS, kRedirects);
  curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl_, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl_, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  const std::string agent = fmt::format("tideway/{}", kVersion);
  curl_easy_setopt(curl_, CURLOPT_USERAGENT, agent.c_str());
  curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, OnBytes);
  curl_easy_setopt(curl_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(curl_, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl_, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(curl_, CURLOPT_XFERINFODATA, this);
  std::unique_ptr<curl_slist, CloseCurl> headers;
  if (written_ > 0 && !version_.empty()) {
    headers.reset(curl_slist_append(nullptr, fmt::format("Range: bytes={}-", written_).c_str()));
    curl_slist_append(headers.get(), ("If-Range: " + version_).c_str());
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers.get());
  }
  const CURLcode code = curl_easy_perform(curl_);
  if (code == CURLE_OK && !begun_) Begin();  // an empty body
  Status outcome = Outcome(code);
  // Another part than was asked for came, or none: then the whole is asked for.
  long answer = 0;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &answer);
  if (answer == kRangeNotSatisfiable || code == CURLE_WRITE_ERROR) version_.clear();
  curl_ = nullptr;
  return outcome;
}

Status Download::Outcome(CURLcode code) const {
  RETURN_NOT_OK(run_.cancel().Check());
  if (failed_write_ != 0) return ErrnoError(failed_write_, "cannot write", path_);
  long answer = 0;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &answer);
  switch (answer) {
    case kOk:
    case kPartial:
    case 0:
      break;
    case 401:
    case 403:
      return Fault(ErrorKind::kAuth, fmt::format("the server refuses ({})", answer))
          .Hint("check the address, and whether it needs a sign-in");
    case 404:
    case 410:
      return Fault(ErrorKind::kNotFound, fmt::format("not found ({})", answer))
          .Hint("check the address");
    default: {
      const bool passes =
          answer == 408 || answer == 429 || answer >= 500 || answer == kRangeNotSatisfiable;
      Error fault = Fault(ErrorKind::kNetwork, fmt::format("the server answers {}", answer));
      fault.Retryable(passes);
      return retry_after_s_ > 0 ? fault.RetryAfter(retry_after_s_) : fault;
    }
  }
  if (code == CURLE_OK) return Status::OK();
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return Fault(ErrorKind::kTimeout, "nothing comes").Retryable();
  }
  const bool lasting = code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT ||
                       code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_TOO_MANY_REDIRECTS;
  return Fault(ErrorKind::kNetwork, fmt::format("cannot fetch: {}", curl_easy_strerror(code)))
      .Retryable(!lasting);
}

}  // namespace

dataset::Fetch FetchFile(RetryPolicy policy) {
  return [policy = std::move(policy)](const std::string& url, const std::string& path,
                                      dataset::RunContext& run) -> Status {
    // Takes milliseconds, which a run that fetches nothing need not wait for.
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (initialised != CURLE_OK) return Error(ErrorKind::kInternal, "cannot start libcurl");
    Download download(url, path, run);
    RETURN_NOT_OK(download.Open());
    for (int attempt = 1;; ++attempt) {
      const Status status = download.Try();
      const auto wait = policy.WaitAfter(attempt, status);
      if (status.ok() || !wait) return status;
      LogWarn("fetch: {}; trying again", status.message());
      RETURN_NOT_OK(SleepCancellable(*wait, run.cancel()));
    }
  };
}

}  // namespace tideway::app
