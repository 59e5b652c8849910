// One request on the wire and its answer: a libcurl transfer.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <string>

#include "core/base/clock.h"
#include "core/net/message.h"

namespace tideway::net {

// What concerns every request of a client.
struct Wire {
  std::string user_agent;
  std::string http_proxy;  // for http URLs, where libcurl does not find it itself
  std::string ca_file;     // PEM; empty: the system's
};

// Threads: one, the client's.
class Exchange {
 public:
  struct Outcome {
    Status status;  // of the transfer: OK for an answer of any kind
    Response response;
    bool sent = false;  // the server may have seen the request
  };

  // `headers` are all that is sent beside what HTTP itself needs. `fresh`: over a new connection.
  Exchange(const Request& request, std::string url, const Headers& headers, const Wire& wire,
           bool fresh, const Clock& clock);
  Exchange(const Exchange&) = delete;

  CURL* easy() const { return easy_.get(); }
  // Its time begins now, not when it was made.
  void Restart() { since_ = clock_.Monotonic(); }
  // When it is given up for slowness, by the clock.
  std::chrono::nanoseconds due() const;
  Outcome Finish(CURLcode code);
  // Instead, once it is due.
  Outcome GiveUp();

 private:
  // Queued: another request's connection may come to serve this one too.
  enum class Stage { kQueued, kResolving, kConnecting, kSending, kWaiting, kReceiving };
  struct Free {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static size_t OnHeader(char* text, size_t size, size_t count, void* self);
  static size_t OnBytes(char* bytes, size_t size, size_t count, void* self);
  static size_t OnRead(char* buffer, size_t size, size_t count, void* self);
  static int OnSeek(void* self, curl_off_t offset, int origin);
  static int OnResolve(void* state, void*, void* self);
  static curl_socket_t OnSocket(void* self, curlsocktype, curl_sockaddr* address);
  static int OnConnected(void* self, char*, char*, int, int);

  void SetOptions(const Headers& headers, const Wire& wire);
  void SetMethod();
  Status TakeHeader(std::string_view line);
  Status Begin();
  Status Take(std::string_view bytes);
  Result<size_t> Read(char* buffer, size_t count);
  void Enter(Stage stage);
  double limit_s() const;
  Status StatusOf(CURLcode code) const;
  Outcome Done(Status status);

  const Request& request_;
  const std::string url_;
  const bool fresh_;
  const Clock& clock_;
  std::unique_ptr<CURL, Free> easy_;
  std::unique_ptr<curl_slist, Free> fields_;
  Stage stage_ = Stage::kQueued;
  std::chrono::nanoseconds since_;  // the last sign of life
  Response response_;
  Status failure_;  // of what is ours: a limit, a sink, a body
  int64_t header_bytes_ = 0;
  int64_t body_bytes_ = 0;
  int64_t sent_bytes_ = 0;
  bool begun_ = false;
};

}  // namespace tideway::net
