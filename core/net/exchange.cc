#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/base/trim.h"
#include "core/net/exchange_internal.h"

namespace tideway::net {
namespace {

// Of an answer that is no success as much is kept as its words may need.
constexpr size_t kErrorBodyBytes = 64 << 10;
// And as much is read, whatever the limit of what was asked for.
constexpr int64_t kMostOfRefusal = 1 << 20;

std::string FieldLine(const std::string& name, const std::string& value) {
  return value.empty() ? name + ";" : name + ": " + value;  // libcurl's form of an empty one
}

}  // namespace

Exchange::Exchange(const Request& request, std::string url, const Headers& headers,
                   const Wire& wire, bool fresh, const Clock& clock)
    : request_(request),
      url_(std::move(url)),
      fresh_(fresh),
      clock_(clock),
      easy_(curl_easy_init()),
      since_(clock.Monotonic()) {
  response_.url = url_;
  SetOptions(headers, wire);
}

void Exchange::SetOptions(const Headers& headers, const Wire& wire) {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A burst takes streams of one connection, once it has told whether it has them. Without TLS that
  // is told by the first answer only, which may be long in coming.
  if (url_.starts_with("https:")) curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  // The limits are ours; but by this one libcurl knows when to try a host's next address.
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>((request_.time.dns_s + request_.time.connect_s) * 1000) + 1);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // a proxy's are no answer
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // no waiting for a resolver that is given up
  if (fresh_) curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  // Names of objects may hold `..` and `//`, and signatures are of the URL as it is.
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L << 10);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, wire.user_agent.c_str());
  if (!wire.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, wire.ca_file.c_str());
  if (!wire.http_proxy.empty() && url_.starts_with("http:")) {
    curl_easy_setopt(easy, CURLOPT_PROXY, wire.http_proxy.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, request_.compressed ? "" : nullptr);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBytes);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, OnResolve);
  curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OnSocket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, OnConnected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  SetMethod();
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  if (!request_.compressed) list = curl_slist_append(list, "Accept-Encoding: identity");
  for (const auto& [name, value] : headers.fields()) {
    list = curl_slist_append(list, FieldLine(name, value).c_str());
  }
  fields_.reset(list);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
}

void Exchange::SetMethod() {
  CURL* easy = easy_.get();
  const std::string& method = request_.method;
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  const bool sends = request_.body || method == "POST" || method == "PUT" || method == "PATCH";
  if (sends) {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(request_.body ? request_.body->size : 0));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, OnRead);
    curl_easy_setopt(easy, CURLOPT_READDATA, this);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, OnSeek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
  }
  if (sends || method != "GET") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
}

void Exchange::Enter(Stage stage) {
  stage_ = std::max(stage_, stage);
  since_ = clock_.Monotonic();
}

size_t Exchange::OnHeader(char* text, size_t size, size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  exchange.Enter(Stage::kReceiving);
  exchange.failure_ = exchange.TakeHeader({text, size * count});
  return exchange.failure_.ok() ? size * count : CURL_WRITEFUNC_ERROR;
}

size_t Exchange::OnBytes(char* bytes, size_t size, size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  exchange.Enter(Stage::kReceiving);
  exchange.failure_ = exchange.Take({bytes, size * count});
  return exchange.failure_.ok() ? size * count : CURL_WRITEFUNC_ERROR;
}

size_t Exchange::OnRead(char* buffer, size_t size, size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  const Result<size_t> read = exchange.Read(buffer, size * count);
  exchange.failure_ = read.status();
  return read.ok() ? *read : CURL_READFUNC_ABORT;
}

int Exchange::OnSeek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Exchange*>(self)->sent_bytes_ = offset;
  return CURL_SEEKFUNC_OK;
}

int Exchange::OnResolve(void*, void*, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (exchange.stage_ < Stage::kResolving) exchange.Enter(Stage::kResolving);
  return 0;
}

curl_socket_t Exchange::OnSocket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (exchange.stage_ < Stage::kConnecting) exchange.Enter(Stage::kConnecting);
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// libcurl sends a request again, over a new connection, when a kept one turns out to be closed: the
// server may have seen it all the same.
int Exchange::OnConnected(void* self, char*, char*, int, int) {
  auto& exchange = *static_cast<Exchange*>(self);
  const bool again = exchange.stage_ >= Stage::kSending;
  if (again && !exchange.request_.IsIdempotent()) return CURL_PREREQFUNC_ABORT;
  const bool sends = exchange.request_.body && exchange.request_.body->size > 0;
  exchange.Enter(sends ? Stage::kSending : Stage::kWaiting);
  return CURL_PREREQFUNC_OK;
}

Status Exchange::TakeHeader(std::string_view line) {
  header_bytes_ += static_cast<int64_t>(line.size());
  if (header_bytes_ > request_.size.headers) {
    return Error(
        ErrorKind::kData,
        fmt::format("net: the server sends more than {} bytes of headers", request_.size.headers));
  }
  if (line.starts_with("HTTP/")) {  // also of each informational answer before
    response_.headers = Headers();
    const size_t space = line.find(' ');
    response_.status = space == line.npos ? 0 : std::atoi(line.data() + space);
    return Status::OK();
  }
  const size_t colon = line.find(':');
  if (colon == line.npos) return Status::OK();
  response_.headers.Add(std::string(line.substr(0, colon)),
                        std::string(Trim(line.substr(colon + 1))));
  return Status::OK();
}

Status Exchange::Begin() {
  begun_ = true;
  if (request_.sink && response_.ok()) return request_.sink->Begin(response_);
  return Status::OK();
}

Status Exchange::Take(std::string_view bytes) {
  if (!begun_) RETURN_NOT_OK(Begin());
  body_bytes_ += static_cast<int64_t>(bytes.size());
  const int64_t most =
      response_.ok() ? request_.size.body : std::max(request_.size.body, kMostOfRefusal);
  if (body_bytes_ > most) {
    return Error(ErrorKind::kData, fmt::format("net: the server sends more than {} bytes", most));
  }
  if (request_.sink && response_.ok()) return request_.sink->Take(bytes);
  const size_t room = response_.ok()
                          ? bytes.size()
                          : kErrorBodyBytes - std::min(kErrorBodyBytes, response_.body.size());
  response_.body += bytes.substr(0, room);
  return Status::OK();
}

Result<size_t> Exchange::Read(char* buffer, size_t count) {
  if (!request_.body || sent_bytes_ == request_.body->size) {
    Enter(Stage::kWaiting);
    return 0;
  }
  const auto left = static_cast<size_t>(request_.body->size - sent_bytes_);
  ARROW_ASSIGN_OR_RAISE(const size_t read,
                        request_.body->read(sent_bytes_, buffer, std::min(count, left)));
  if (read == 0) {
    return Error(ErrorKind::kData, fmt::format("net: {} bytes were to be sent, but there are {}",
                                               request_.body->size, sent_bytes_));
  }
  sent_bytes_ += static_cast<int64_t>(read);
  Enter(sent_bytes_ == request_.body->size ? Stage::kWaiting : Stage::kSending);
  return read;
}

double Exchange::limit_s() const {
  switch (stage_) {
    case Stage::kQueued:
      return request_.time.dns_s + request_.time.connect_s;
    case Stage::kResolving:
      return request_.time.dns_s;
    case Stage::kConnecting:
      return request_.time.connect_s;
    case Stage::kWaiting:
      return request_.time.first_byte_s;
    case Stage::kSending:
    case Stage::kReceiving:
      break;
  }
  return request_.time.stall_s;
}

std::chrono::nanoseconds Exchange::due() const {
  return since_ + std::chrono::duration_cast<std::chrono::nanoseconds>(
                      std::chrono::duration<double>(limit_s()));
}

Exchange::Outcome Exchange::GiveUp() {
  const char* what = "";
  switch (stage_) {
    case Stage::kResolving:
      what = "the host name is not found out";
      break;
    case Stage::kQueued:
    case Stage::kConnecting:
      what = "no connection";
      break;
    case Stage::kWaiting:
      what = "no answer";
      break;
    case Stage::kSending:
    case Stage::kReceiving:
      what = "nothing moves";
      break;
  }
  return Done(Error(ErrorKind::kTimeout, fmt::format("{} {}: {} within {} s", request_.method,
                                                     RedactUrl(url_), what, limit_s()))
                  .Retryable());
}

Exchange::Outcome Exchange::Finish(CURLcode code) {
  if (code == CURLE_OK && !begun_) failure_ = Begin();
  if (!failure_.ok()) return Done(failure_);
  return Done(StatusOf(code));
}

Exchange::Outcome Exchange::Done(Status status) {
  return {.status = std::move(status),
          .response = std::move(response_),
          .sent = stage_ >= Stage::kSending};
}

Status Exchange::StatusOf(CURLcode code) const {
  if (code == CURLE_OK) return Status::OK();
  Error error(code == CURLE_BAD_CONTENT_ENCODING ? ErrorKind::kData : ErrorKind::kNetwork,
              fmt::format("{} {}: {}", request_.method, RedactUrl(url_), curl_easy_strerror(code)));
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Error(ErrorKind::kData,
                   fmt::format("{} {}: the answer is no HTTP", request_.method, RedactUrl(url_)));
    case CURLE_ABORTED_BY_CALLBACK:
      return Error(ErrorKind::kNetwork,
                   fmt::format("{} {}: the connection broke off", request_.method, RedactUrl(url_)))
          .Retryable();
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      error.Hint(
          "if the server has a certificate of your own authority, name its file in SSL_CERT_FILE");
      break;
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_CONTENT_ENCODING:
      break;
    case CURLE_COULDNT_RESOLVE_HOST:
      error.Hint("check the host name and the network").Retryable();
      break;
    case CURLE_COULDNT_CONNECT:
      error.Hint("check that the server runs, its port, and what lies between: firewall or proxy")
          .Retryable();
      break;
    default:
      error.Retryable();
  }
  return error;
}

}  // namespace tideway::net
