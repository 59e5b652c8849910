// Names for requests, by which the Hub's people find them in their logs.
#pragma once

#include <string>

namespace tideway::hub {

// A UUID made at random (RFC 9562, version 4). Threads: any.
std::string NewTraceId();

}  // namespace tideway::hub
