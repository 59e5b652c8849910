// A request as a line of curl, for a person who wants to see or repeat it: -vv prints these.
#pragma once

#include <string>

#include "core/net/message.h"

namespace tideway::net {

// Credentials, registered secrets and what signs a URL are "[secret]"; a body is told by its size.
std::string CurlLine(const Request& request, const std::string& url, const Headers& sent);

}  // namespace tideway::net
