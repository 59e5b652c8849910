// The HTTP client that every connector uses: libcurl's multi interface on a thread of its own.
//
//   Client client({.user_agent = "tideway/1.0"});
//   ARROW_ASSIGN_OR_RAISE(const Response answer, client.Send({.url = "https://..."}, cancel));
//   if (!answer.ok()) return ErrorOf(request, answer);
//
// Connections are kept and shared by all requests; HTTP/2 where the server has it. Redirects are
// followed here, by Request's rules for credentials, never from https to http. A request is tried
// again by its RetryRule, after as long as the server asks for, within a budget per origin; one
// that may not be done twice only where the server refused it for its time (429), or never saw it.
// Proxies are those of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY); certificates
// are checked against the system's or those in SSL_CERT_FILE, CURL_CA_BUNDLE or REQUESTS_CA_BUNDLE.
//
// Threads: all methods are safe from any thread. Callbacks run on the client's own and must not
// wait, nor destroy the client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/cancel.h"
#include "core/base/clock.h"
#include "core/net/message.h"

namespace tideway::net {

struct ClientOptions {
  std::string user_agent = "tideway";
  size_t most_per_origin = 64;  // requests on their way; others wait
  // From 0 up to 1; empty: a generator seeded by the system.
  std::function<double()> random = {};
};

class Client {
 public:
  explicit Client(ClientOptions options = {}, const Clock& clock = SystemClock());
  // What is on its way ends with an error of kind interrupted.
  ~Client();
  Client(const Client&) = delete;

  // An answer of any status that is not tried again is OK. Errors: network, timeout; data for what
  // exceeds a limit or is no HTTP; usage; what the sink or the body says; interrupted.
  using Done = std::function<void(Result<Response>)>;
  // Calls `done` once, on the client's thread. Returns a number for Cancel().
  uint64_t Start(Request request, Done done);
  // Ends it with an error of kind interrupted, unless it has ended.
  void Cancel(uint64_t number);
  // Waits for the answer.
  Result<Response> Send(Request request, const CancelToken& cancel);

  const std::string& user_agent() const;

  // Looks at the clock at once: for a test that has wound it.
  void Wake();

 private:
  struct State;
  class Call;
  const std::unique_ptr<State> state_;
};

// The program's own, made at its first use.
Client& SharedClient();

}  // namespace tideway::net
