#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/app/doctor/checkup.h"
#include "core/base/clock.h"
#include "core/hub/remote/api.h"

namespace tideway::app {
namespace {

// ", by the proxy of HTTPS_PROXY, proxy.lab:3128": without its user and password.
std::string ProxyText(const std::string& endpoint) {
  const bool plain = endpoint.starts_with("http:");
  const std::vector<std::string> names =
      plain ? std::vector<std::string>{"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}
            : std::vector<std::string>{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  for (const std::string& name : names) {
    const std::string proxy = hub::ProcessVariable(name).value_or("");
    if (proxy.empty()) continue;
    const size_t user_end = proxy.rfind('@'), scheme_end = proxy.find("://");
    const size_t from = user_end != proxy.npos     ? user_end + 1
                        : scheme_end != proxy.npos ? scheme_end + 3
                                                   : 0;
    return fmt::format(", {}={}", name, proxy.substr(from));
  }
  return "";
}

}  // namespace

Finding CheckNetwork(const DoctorOptions& options, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(hub::Settings settings, hub::Settings::Read(hub::ProcessVariable));
  const std::string endpoint = net::RedactUrl(settings.endpoint);
  const std::string proxy = ProxyText(settings.endpoint);
  if (settings.offline) return "offline, as HF_HUB_OFFLINE says: the Hub is not asked";
  settings.etag_timeout_s = std::min(settings.etag_timeout_s, options.timeout_s);
  hub::Api api(settings, net::SharedClient());
  net::Request request = api.RequestFor("HEAD", "/api/datasets?limit=1");
  request.credentials = {};
  api.MakeBrief(request);
  const auto start = SystemClock().Monotonic();
  const auto response = api.Ask(request, cancel);
  const std::chrono::duration<double> time = SystemClock().Monotonic() - start;
  const Status failure = !response.ok()            ? response.status()
                         : response->status >= 500 ? Status(net::ErrorOf(request, *response))
                                                   : Status::OK();
  if (failure.ok()) return fmt::format("{} answers in {:.2f} s{}", endpoint, time.count(), proxy);
  if (KindOf(failure) == ErrorKind::kInterrupted) return failure;
  return Error(KindOf(failure), failure.message() + proxy)
      .Hint(
          "check the network, HTTPS_PROXY and HF_ENDPOINT; with HF_HUB_OFFLINE=1 the cache alone "
          "is used");
}

}  // namespace tideway::app
