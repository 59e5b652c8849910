// Several requests at once.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "core/net/client.h"

namespace tideway::hub {

struct Answers {
  std::vector<net::Response> all;      // in the order of the requests
  std::optional<size_t> refused = {};  // the first that is no success; those after it may be empty
};

struct SendAllHooks {
  // Called twenty times a second; its error gives up what is on its way.
  std::function<Status()> check;
  // Called once, on the thread of the caller, while the requests are on their way.
  std::function<Status()> meanwhile = {};
  // Told of each success when it comes, on the client's thread.
  std::function<void(size_t index, const net::Response&)> succeeded = {};
};

// Sends `requests`, `at_once` of them at a time. The first that fails or is refused ends it: the
// others are given up. Errors: of the client, of `check` and `meanwhile`.
Result<Answers> SendAll(net::Client& client, const std::vector<net::Request>& requests,
                        size_t at_once, const SendAllHooks& hooks);

}  // namespace tideway::hub
