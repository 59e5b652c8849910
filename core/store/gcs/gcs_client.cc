#include "core/store/gcs/gcs_client.h"

#include <fmt/format.h>

#include <algorithm>

namespace tideway::store {

Result<std::unique_ptr<GcsClient>> GcsClient::Make(GcsOptions options) {
  const bool named =
      options.bucket.size() >= 3 && options.bucket.size() <= 222 &&
      std::ranges::all_of(options.bucket, [](unsigned char c) {
        return std::islower(c) || std::isdigit(c) || c == '.' || c == '-' || c == '_';
      });
  if (!named) {
    return Error(ErrorKind::kUsage, fmt::format("store: no name of a bucket: `{}`", options.bucket))
        .Hint("names have 3 to 222 small letters, digits, dots, dashes and underscores");
  }
  std::string endpoint = options.endpoint;
  const auto emulator = options.environment("STORAGE_EMULATOR_HOST");
  const bool is_emulator = endpoint.empty() && emulator.has_value();
  if (is_emulator) {
    endpoint = emulator->find("://") == std::string::npos ? "http://" + *emulator : *emulator;
  }
  if (endpoint.empty()) endpoint = "https://storage.googleapis.com";
  while (endpoint.ends_with('/')) endpoint.pop_back();
  RETURN_NOT_OK(net::OriginOf(endpoint).status());
  return std::unique_ptr<GcsClient>(
      new GcsClient(std::move(options), std::move(endpoint), is_emulator));
}

GcsClient::GcsClient(GcsOptions options, std::string endpoint, bool is_emulator)
    : options_(std::move(options)),
      uri_("gs://" + options_.bucket),
      endpoint_(std::move(endpoint)),
      has_token_(!is_emulator && !options_.anonymous),
      client_(options_.client != nullptr ? *options_.client : net::SharedClient()),
      token_(options_.environment, client_,
             options_.clock != nullptr ? *options_.clock : SystemClock()) {}

std::string GcsClient::UrlOfBucket() const {
  return endpoint_ + "/storage/v1/b/" + net::EncodeSegment(options_.bucket);
}

std::string GcsClient::UrlOf(const std::string& prefix, const std::string& key,
                             const Parameters& parameters) const {
  std::string url = endpoint_ + prefix + "/b/" + net::EncodeSegment(options_.bucket) + "/o";
  if (!key.empty()) url += "/" + net::EncodeSegment(key);
  char between = '?';
  for (const auto& [name, value] : parameters) {
    url += between + name + "=" + net::EncodeSegment(value);
    between = '&';
  }
  return url;
}

Result<net::Response> GcsClient::Send(net::Request request, const CancelToken& cancel) {
  if (has_token_) {
    ARROW_ASSIGN_OR_RAISE(const std::string token, token_.Get(cancel));
    if (!token.empty()) request.credentials.Set("Authorization", "Bearer " + token);
  }
  request.max_redirects = 0;
  request.retry.base_s = 0.5;
  request.retry.cap_s = 20;
  ARROW_ASSIGN_OR_RAISE(const int64_t round, limit_.Enter(cancel));
  const net::RetryRule rule = request.retry;
  auto response = client_.Send(std::move(request), cancel);
  limit_.Leave(round, response.ok() && (response->tries > 1 || rule.Tries(response->status)));
  return response;
}

Result<nlohmann::json> GcsClient::Ask(net::Request request, const std::string& key,
                                      const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const net::Response response, Send(request, cancel));
  if (!response.ok()) return ErrorOf(request, key, response);
  auto json = nlohmann::json::parse(response.body, nullptr, false);
  if (json.is_object()) return json;
  return Error(ErrorKind::kData, "store: Google's answer is no JSON: " + uri_ + "/" + key)
      .Retryable();
}

Status GcsClient::ErrorOf(const net::Request& request, const std::string& key,
                          const net::Response& response) const {
  constexpr int kUnknown = 401, kForbidden = 403, kNotFound = 404, kPrecondition = 412;
  if (response.status == kNotFound && !key.empty()) return NoSuchObject(uri_, key);
  if (response.status == kNotFound) {
    return Error(ErrorKind::kNotFound, "store: no bucket " + uri_).Hint("check its name");
  }
  if (response.status == kPrecondition) return ObjectChanged(uri_, key);
  Error error = net::ErrorOf(request, response);
  if (response.status == kUnknown || response.status == kForbidden) {
    error.Hint("see GOOGLE_APPLICATION_CREDENTIALS, and what that account may do");
  }
  return error;
}

Status GcsClient::Pause(int attempt, const CancelToken& cancel) const {
  const net::RetryRule rule{.base_s = 0.5, .cap_s = 20};
  const double wait_s = rule.WaitAfter(std::min(attempt, 4), 0, 0, 0.5).value_or(0);
  if (options_.sleep) return options_.sleep(wait_s);
  return SleepCancellable(std::chrono::nanoseconds(static_cast<int64_t>(wait_s * 1e9)), cancel);
}

}  // namespace tideway::store
