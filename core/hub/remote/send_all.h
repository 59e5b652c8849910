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

// Sends `requests`, `at_once` of them at a time, and calls `meanwhile` on this thread, once. The
// first that fails or is refused ends it, and so does an error of `check`, called twenty times a
// second: the others are given up. Errors: of the client, of `check` and `meanwhile`.
Result<Answers> SendAll(net::Client& client, const std::vector<net::Request>& requests,
                        size_t at_once, const std::function<Status()>& check,
                        const std::function<Status()>& meanwhile = {});

}  // namespace tideway::hub
