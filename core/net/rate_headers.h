// What a server says about when to come again.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/gate.h"
#include "core/net/message.h"

namespace tideway::net {

// The quotas in `RateLimit: "api";r=489;t=189` and `RateLimit-Policy: "api";q=500;w=300`
// (draft-ietf-httpapi-ratelimit-headers-09), by policy; what is malformed is passed over.
std::vector<Quota> QuotasOf(const Headers& headers);

// Seconds from `now` that `Retry-After` asks for, as a number or as a date (RFC 9110, 10.2.3).
std::optional<double> RetryAfterOf(const Headers& headers, std::chrono::microseconds now);

// The seconds to wait after an answer that was refused for its time: until a spent quota is full
// again and one more, else Retry-After. Where the server says nothing, `busy_s` after a 429, else
// 0.
double AskedWait(const Response& response, std::chrono::microseconds now, double busy_s = 0);

}  // namespace tideway::net
