// A request and its answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/gate.h"
#include "core/net/retry_rule.h"
#include "core/net/url.h"

namespace tideway::net {

// Header fields in their order; names in any letter case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void Add(std::string name, std::string value);
  // In place of what there is by that name.
  void Set(std::string name, std::string value);
  // The first of that name; nothing when there is none.
  std::optional<std::string> Find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// What is sent. Read piece by piece, and again from the start for another try.
struct Body {
  int64_t size = 0;
  // Fills `buffer` with the bytes from `offset` on and returns how many; 0 before `size` is an
  // error. Called on the client's thread: must not wait.
  std::function<Result<size_t>(int64_t offset, char* buffer, size_t count)> read;
  static Body Of(std::string text);
};

// How long each part of an exchange may take, in seconds.
struct TimeLimits {
  double dns_s = 10;
  double connect_s = 20;     // after the name is known; TLS included
  double first_byte_s = 60;  // from the last byte sent to the first of the answer
  double stall_s = 60;       // without a byte, either way
};

// How large an answer may be, in bytes; what is larger is an error of kind data.
struct SizeLimits {
  int64_t headers = 256 << 10;
  int64_t body = int64_t{64} << 20;  // after decompression
};

struct Response {
  int status = 0;
  Headers headers = {};
  std::string body = {};  // empty where a sink took it
  std::string url = {};   // that answered, after redirects
  int tries = 1;          // of the last address
  bool ok() const { return status >= 200 && status < 300; }
};

// Takes the body of a successful answer (2xx) in place of Response::body, which holds that of any
// other. Called on the client's thread: must not wait for the network. SizeLimits::body holds all
// the same.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // Once per answer, before its first byte: what an earlier try gave is to be dropped, or gone on
  // with where the answer is a part (206).
  virtual Status Begin(const Response& head) = 0;
  virtual Status Take(std::string_view bytes) = 0;
};

struct Request {
  std::string method = "GET";
  std::string url = {};
  Headers headers = {};
  // Fields that go to no origin but the URL's own and those in `trusted`: Authorization and its
  // kin. After a redirect elsewhere, of `headers` too only those go on that describe content.
  Headers credentials = {};
  std::vector<Origin> trusted = {};
  std::optional<Body> body = {};
  std::shared_ptr<BodySink> sink = {};
  // Called before each try, on the client's thread, with a copy of `headers` that this try sends.
  std::function<void(Headers&)> before_try = {};
  TimeLimits time = {};
  SizeLimits size = {};
  // Each try at the URL's own origin, or a trusted one, waits for its turn at all of these, which
  // learn what the answers say of quotas.
  std::vector<std::shared_ptr<Gate>> gates = {};
  int max_redirects = 20;  // 0: a redirect is an answer like any other
  // Redirects to other origins are answers too.
  bool stay = false;
  RetryRule retry = {};
  // Whether doing it twice is doing it once. By default so for all methods but POST and PATCH.
  std::optional<bool> idempotent = {};
  bool IsIdempotent() const { return idempotent.value_or(method != "POST" && method != "PATCH"); }
  // Whether the server may compress what it sends. A part of a file is asked for uncompressed.
  bool compressed = true;
};

// The error for an answer that is no success: auth (401, 403), not_found (404, 410), conflict (409,
// 412), timeout (408), network for all else; retryable for those that RetryRule tries again. Has
// the server's own words, shortened, and the number it gave the request.
Error ErrorOf(const Request& request, const Response& response);

}  // namespace tideway::net
