#include "core/swh/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/log.h"
#include "core/net/rate_headers.h"

namespace tideway::swh {
namespace {

constexpr int kMostTries = 3;
constexpr int kTooMany = 429, kNoSuch = 404;
constexpr double kMostWaitS = 2 * 3600;

std::optional<int64_t> NumberOf(const net::Headers& headers, std::string_view name) {
  const std::string text = headers.Find(name).value_or("");
  int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || text.empty()) return std::nullopt;
  return number;
}

}  // namespace

Api::Api(ApiOptions options)
    : options_(std::move(options)),
      client_(options_.client != nullptr ? *options_.client : net::SharedClient()),
      clock_(options_.clock != nullptr ? *options_.clock : SystemClock()) {}

Status Api::WaitForQuota(const net::Response& response, const CancelToken& cancel) {
  const double now_s = std::chrono::duration<double>(clock_.Now()).count();
  double wait_s = net::RetryAfterOf(response.headers, clock_.Now()).value_or(60);
  if (const auto reset = NumberOf(response.headers, "X-RateLimit-Reset")) {
    wait_s = std::max(1.0, static_cast<double>(*reset) - now_s);
  }
  wait_s = std::min(wait_s, kMostWaitS);
  LogInfo("swh: the archive's quota is spent: goes on in {:.0f} s", wait_s);
  if (options_.sleep) return options_.sleep(wait_s);
  return SleepCancellable(std::chrono::nanoseconds(static_cast<int64_t>(wait_s * 1e9)), cancel);
}

Result<Answer> Api::Read(const std::string& blob_id, int64_t most, const CancelToken& cancel) {
  if (++asked_ > options_.most_contents) {
    return Error(ErrorKind::kUsage,
                 fmt::format("swh: more than {} contents are not asked of the web API",
                             options_.most_contents))
        .Hint(
            "its terms forbid to extract many: leave out `source`, or raise `api_limit` if the "
            "archive has allowed you more");
  }
  net::Request request{.url = fmt::format("{}/content/sha1:{}/raw/", options_.address, blob_id)};
  if (!options_.token.empty()) request.credentials.Set("Authorization", "Bearer " + options_.token);
  std::erase(request.retry.statuses, kTooMany);
  for (int attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(net::Response response, client_.Send(request, cancel));
    if (response.ok()) {
      if (static_cast<int64_t>(response.body.size()) <= most) {
        return Answer{.bytes = std::move(response.body)};
      }
      return Answer{.state = Answer::State::kTooLarge,
                    .problem = fmt::format("swh: it comes to more than {} bytes", most)};
    }
    if (response.status == kNoSuch) {
      return Answer{.state = Answer::State::kMissing, .problem = "swh: the archive has it not"};
    }
    if (response.status != kTooMany || attempt == kMostTries) {
      return net::ErrorOf(request, response);
    }
    RETURN_NOT_OK(WaitForQuota(response, cancel));
  }
}

}  // namespace tideway::swh
