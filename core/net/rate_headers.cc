#include "core/net/rate_headers.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>

namespace tideway::net {
namespace {

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<int64_t> NumberOf(std::string_view text) {
  int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// Up to the next `separator` outside of quotes, which is taken off too.
std::string_view TakeUntil(std::string_view& text, char separator) {
  bool quoted = false;
  size_t end = 0;
  for (; end < text.size() && (quoted || text[end] != separator); ++end) {
    if (text[end] == '"') quoted = !quoted;
  }
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return Trimmed(taken);
}

// Whether it is one that is known, whatever its value.
bool TakeParameter(std::string_view parameter, Quota& quota) {
  if (parameter.size() < 3 || parameter[1] != '=') return false;
  const auto number = NumberOf(parameter.substr(2));
  switch (parameter[0]) {
    case 'r':
      quota.remaining = number;
      break;
    case 't':
      quota.reset_s = number;
      break;
    case 'q':
      quota.limit = number;
      break;
    case 'w':
      quota.window_s = number;
      break;
    default:
      return false;
  }
  return true;
}

Quota& QuotaOf(std::string_view policy, std::vector<Quota>& quotas) {
  const auto found = std::ranges::find(quotas, policy, &Quota::policy);
  if (found != quotas.end()) return *found;
  quotas.push_back({.policy = std::string(policy)});
  return quotas.back();
}

// A list of items with parameters. An item that has none says what follows is, such as "fixed
// window".
void TakeItems(std::string_view text, std::vector<Quota>& quotas) {
  while (!text.empty()) {
    std::string_view item = TakeUntil(text, ',');
    std::string_view name;
    Quota found;
    bool any = false;
    while (!item.empty()) {
      const std::string_view part = TakeUntil(item, ';');
      if (part.size() >= 2 && part.front() == '"' && part.back() == '"') {
        name = part.substr(1, part.size() - 2);
      } else {
        any = TakeParameter(part, found) || any;
      }
    }
    if (!any || name.empty()) continue;
    Quota& quota = QuotaOf(name, quotas);
    if (found.remaining) quota.remaining = found.remaining;
    if (found.reset_s) quota.reset_s = found.reset_s;
    if (found.limit) quota.limit = found.limit;
    if (found.window_s) quota.window_s = found.window_s;
  }
}

}  // namespace

std::vector<Quota> QuotasOf(const Headers& headers) {
  std::vector<Quota> quotas;
  for (const char* name : {"RateLimit", "RateLimit-Policy"}) {
    if (const auto value = headers.Find(name)) TakeItems(*value, quotas);
  }
  return quotas;
}

std::optional<double> RetryAfterOf(const Headers& headers, std::chrono::microseconds now) {
  const auto value = headers.Find("Retry-After");
  if (!value) return std::nullopt;
  if (const auto seconds = NumberOf(Trimmed(*value))) return static_cast<double>(*seconds);
  const time_t date = curl_getdate(value->c_str(), nullptr);
  if (date < 0) return std::nullopt;
  const double wait_s = static_cast<double>(date) - std::chrono::duration<double>(now).count();
  return std::max(wait_s, 0.0);
}

double AskedWait(const Response& response, std::chrono::microseconds now, double busy_s) {
  double wait_s = 0;
  for (const Quota& quota : QuotasOf(response.headers)) {
    if (quota.remaining == 0 && quota.reset_s) {
      wait_s = std::max(wait_s, static_cast<double>(*quota.reset_s) + 1);
    }
  }
  if (wait_s > 0) return wait_s;
  const double unsaid_s = response.status == 429 ? busy_s : 0;
  return RetryAfterOf(response.headers, now).value_or(unsaid_s);
}

}  // namespace tideway::net
