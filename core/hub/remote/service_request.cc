#include "core/hub/remote/service_request.h"

#include <fmt/format.h>

namespace tideway::hub {

Status CheckService(const Settings& settings, const std::string& service,
                    const std::string& address, const char* variable) {
  if (!address.empty()) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("hub: {} is not asked: it is the Hub's, and HF_ENDPOINT is {}", service,
                           net::RedactUrl(settings.endpoint)))
      .Hint(fmt::format("set {} to the address of one", variable));
}

net::Request ServiceRequest(const Api& api, const std::string& method, const std::string& url) {
  net::Request request = api.RequestFor(method, url);
  request.trusted.clear();
  request.gates.clear();
  if (!api.settings().token.empty()) {
    request.credentials = {{"Authorization", "Bearer " + api.settings().token}};
  }
  return request;
}

}  // namespace tideway::hub
