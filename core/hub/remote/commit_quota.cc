#include "core/hub/remote/commit_quota.h"

#include <fmt/format.h>

#include "core/base/clock.h"
#include "core/net/rate_headers.h"

namespace tideway::hub {

bool IsQuotaOfCommits(const net::Response& response) {
  const auto says = [&](std::string_view words) {
    return response.body.find(words) != std::string::npos;
  };
  return response.status == 429 && says("commit") && (says("hour") || says("rate limit"));
}

double AskedWait(const net::Response& response) {
  return net::AskedWait(response, SystemClock().Now());
}

Status TooManyCommits(const RepoId& repo, const net::Request& request,
                      const net::Response& response) {
  constexpr double kHour_s = 3600;
  const double asked_s = AskedWait(response);
  const std::string when =
      asked_s > 0 ? fmt::format("{:.0f} seconds", asked_s) : std::string("about an hour");
  return Error(ErrorKind::kNetwork,
               fmt::format("hub: {}: no more commits are allowed for now ({})", repo.id,
                           Status(ErrorOf(request, response)).message()))
      .Hint(fmt::format("wait {}, then run it again: files that are uploaded are not sent again",
                        when))
      .RetryAfter(asked_s > 0 ? asked_s : kHour_s);
}

}  // namespace tideway::hub
