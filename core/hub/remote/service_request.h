// Requests to the services beside the Hub, which have hosts and quotas of their own.
#pragma once

#include <string>

#include "core/hub/remote/api.h"

namespace tideway::hub {

// OK where there is an `address` of the service; else the error (usage) that names the variable by
// which one can be given.
Status CheckService(const Settings& settings, const std::string& service,
                    const std::string& address, const char* variable);
// With the token, which goes to that origin only.
net::Request ServiceRequest(const Api& api, const std::string& method, const std::string& url);

}  // namespace tideway::hub
