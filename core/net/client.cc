#include "core/net/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <future>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "core/base/log.h"
#include "core/net/curl_line.h"
#include "core/net/engine_internal.h"
#include "core/net/rate_headers.h"
#include "core/net/retry_budget.h"

namespace tideway::net {
namespace {

std::string Environment(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

Wire WireOf(const ClientOptions& options) {
  Wire wire{.user_agent = options.user_agent,
            .http_proxy = "",
            .ca_file = Environment({"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"})};
  // libcurl takes no HTTP_PROXY in capitals, for the sake of CGI programs.
  if (Environment({"http_proxy"}).empty()) wire.http_proxy = Environment({"HTTP_PROXY"});
  return wire;
}

// Whether it was refused although requests are left, with no time to wait: then it is what was
// asked for that there was too much of, and asking again in seconds is of no use.
bool IsQuotaOfActions(const Response& response) {
  const auto quotas = QuotasOf(response.headers);
  return response.status == 429 && !quotas.empty() &&
         std::ranges::all_of(quotas, [](const Quota& quota) { return quota.remaining > 0; });
}

// A wait that nobody needs to be told of.
constexpr double kQuietSeconds = 2;
LogLevel LevelOfWait(double wait_s) {
  return wait_s < kQuietSeconds ? LogLevel::kDebug : LogLevel::kInfo;
}

int64_t WholeSeconds(double seconds) {
  constexpr double kMost = 1e9;
  return static_cast<int64_t>(std::ceil(std::clamp(seconds, 0.0, kMost)));
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// What tells of content, not of who asks: the fields that go to another origin.
bool IsSafeElsewhere(std::string_view name) {
  static const Headers kSafe{
      {"Accept", ""},        {"Accept-Language", ""},   {"Accept-Encoding", ""},
      {"Range", ""},         {"If-Range", ""},          {"If-Match", ""},
      {"If-None-Match", ""}, {"If-Modified-Since", ""}, {"Content-Type", ""}};
  return kSafe.Find(name).has_value();
}

// A field that would end its line, or the head, is not one (RFC 9110, 5.5).
Status CheckFields(const Headers& headers) {
  constexpr std::string_view kNotInNames = "()<>@,;:\\\"/[]?={} \t";
  for (const auto& [name, value] : headers.fields()) {
    const auto is_bad = [&](unsigned char c) {
      return c <= 0x20 || c >= 0x7f || kNotInNames.find(static_cast<char>(c)) != kNotInNames.npos;
    };
    if (name.empty() || std::ranges::any_of(name, is_bad)) {
      return Error(ErrorKind::kUsage, fmt::format("net: not a name of a header field: `{}`", name));
    }
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos) {
      return Error(ErrorKind::kUsage,
                   fmt::format("net: the header field {} has a line break or a zero byte", name));
    }
  }
  return Status::OK();
}

Error Interrupted() { return {ErrorKind::kInterrupted, "net: interrupted"}; }

}  // namespace

struct Client::State {
  State(ClientOptions given, const Clock& its_clock)
      : options(std::move(given)),
        wire(WireOf(options)),
        clock(its_clock),
        engine(its_clock, options.most_per_origin) {
    if (options.random) return;
    options.random = [generator = std::mt19937_64(std::random_device()())]() mutable {
      return std::uniform_real_distribution<double>(0, 1)(generator);
    };
  }

  ClientOptions options;
  const Wire wire;
  const Clock& clock;
  RetryBudget budget;
  std::set<Origin> told;                            // that they fail too often
  std::map<uint64_t, std::shared_ptr<Call>> calls;  // on the engine's thread
  std::atomic<uint64_t> next{1};
  Engine engine;  // the last: its thread uses all others
};

// One request to its end: over redirects and further tries.
class Client::Call : public std::enable_shared_from_this<Client::Call> {
 public:
  Call(State& state, uint64_t number, Request request, Done done)
      : state_(state), number_(number), request_(std::move(request)), done_(std::move(done)) {}

  void Start() {
    url_ = request_.url;
    const Status status = Prepare();
    if (!status.ok()) return End(status);
    Try();
  }
  void Cancel() {
    state_.engine.Drop(exchange_);
    state_.engine.CancelTimer(timer_);
    End(Interrupted());
  }

 private:
  Status Prepare() {
    RETURN_NOT_OK(request_.retry.Validate());
    RETURN_NOT_OK(CheckFields(request_.headers));
    RETURN_NOT_OK(CheckFields(request_.credentials));
    ARROW_ASSIGN_OR_RAISE(origin_, OriginOf(url_));
    home_ = origin_;
    return Status::OK();
  }

  bool IsTrusted(const Origin& origin) const {
    return origin == home_ || std::ranges::find(request_.trusted, origin) != request_.trusted.end();
  }
  Headers Sent() const {
    Headers sent = request_.headers;
    if (request_.before_try) request_.before_try(sent);
    if (!IsTrusted(origin_)) {
      Headers safe;
      for (const auto& [name, value] : sent.fields()) {
        if (IsSafeElsewhere(name)) safe.Add(name, value);
      }
      return safe;
    }
    for (const auto& [name, value] : request_.credentials.fields()) sent.Set(name, value);
    return sent;
  }

  // Waits for a turn.
  void Try() {
    std::chrono::nanoseconds wait{};
    for (const auto& gate : Gates()) wait = std::max(wait, gate->TakeTurn());
    if (wait <= wait.zero()) return Go();
    const double wait_s = std::chrono::duration<double>(wait).count();
    LogLine(LevelOfWait(wait_s), fmt::format("net: {} {}: waits {:.1f} s for its turn (rate limit)",
                                             request_.method, RedactUrl(url_), wait_s));
    timer_ = state_.engine.After(wait_s, [self = shared_from_this()] { self->Go(); });
  }

  void Go() {
    ++attempt_;
    if (!began_) began_ = state_.clock.Monotonic();
    const Headers sent = Sent();
    if (LogEnabled(LogLevel::kTrace)) LogTrace("{}", CurlLine(request_, url_, sent));
    exchange_ = state_.engine.Start(
        origin_,
        std::make_unique<Exchange>(request_, url_, sent, state_.wire, fresh_, state_.clock),
        [self = shared_from_this()](Exchange::Outcome outcome) { self->Take(std::move(outcome)); });
  }

  void Take(Exchange::Outcome outcome) {
    outcome.response.tries = attempt_;
    Learn(outcome.response);
    // A kept connection may be dead without anybody having told.
    fresh_ = KindOf(outcome.status) == ErrorKind::kTimeout;
    if (outcome.status.ok()) {
      LogTrace("net: {} from {}", outcome.response.status, RedactUrl(url_));
      const bool again = request_.retry.Tries(outcome.response.status);
      if (!again) state_.budget.Refill(origin_);
      if (IsRedirect(outcome.response.status) && request_.max_redirects > 0) {
        return Redirect(std::move(outcome.response));
      }
      if (!again) return End(std::move(outcome.response));
    }
    if (const auto wait_s = WaitFor(outcome)) return TryAfter(*wait_s, outcome);
    if (!outcome.status.ok()) return End(outcome.status);
    End(std::move(outcome.response));
  }

  // Those of the origin under way: where a redirect leads elsewhere nobody has to wait.
  std::vector<std::shared_ptr<Gate>> Gates() const {
    return IsTrusted(origin_) ? request_.gates : std::vector<std::shared_ptr<Gate>>();
  }
  void Learn(const Response& response) const {
    auto quotas = QuotasOf(response.headers);
    const bool refused = response.status == 429 || response.status == 503;
    const auto wait_s = RetryAfterOf(response.headers, state_.clock.Now());
    if (refused && wait_s && quotas.empty()) {
      quotas.push_back({.policy = "", .remaining = 0, .reset_s = WholeSeconds(*wait_s)});
    }
    for (const auto& gate : Gates()) {
      for (const Quota& quota : quotas) gate->Learn(quota);
    }
  }

  // The seconds until another try, where there is to be one.
  std::optional<double> WaitFor(const Exchange::Outcome& outcome) {
    if (!outcome.status.ok() && !request_.retry.Tries(outcome.status)) return std::nullopt;
    const bool unseen = !outcome.sent || outcome.response.status == 429;
    if (!unseen && !request_.IsIdempotent()) return std::nullopt;
    const auto asked = [&](double busy_s) {
      return outcome.status.ok() ? AskedWait(outcome.response, state_.clock.Now(), busy_s) : 0;
    };
    if (asked(0) == 0 && IsQuotaOfActions(outcome.response)) return std::nullopt;
    const double asked_s = asked(request_.retry.busy_s);
    const double elapsed_s =
        std::chrono::duration<double>(state_.clock.Monotonic() - *began_).count();
    const auto wait_s =
        request_.retry.WaitAfter(attempt_, elapsed_s, asked_s, state_.options.random());
    if (!wait_s) return std::nullopt;
    if (!state_.budget.Take(origin_)) {
      if (state_.told.insert(origin_).second) {
        LogWarn("net: {} fails too often: what fails there is not tried again", origin_.ToString());
      }
      return std::nullopt;
    }
    return wait_s;
  }

  void TryAfter(double wait_s, const Exchange::Outcome& outcome) {
    const std::string what =
        outcome.status.ok() ? std::string(Status(ErrorOf(request_, outcome.response)).message())
                            : outcome.status.message();
    const LogLevel level = LevelOfWait(wait_s);
    if (LogEnabled(level)) {
      LogLine(level, fmt::format("net: {}; trying again in {:.1f} s ({} of {})", what, wait_s,
                                 attempt_ + 1, request_.retry.tries));
    }
    timer_ = state_.engine.After(wait_s, [self = shared_from_this()] { self->Try(); });
  }

  void Redirect(Response response) {
    const auto location = response.headers.Find("Location");
    if (!location) return End(std::move(response));
    const Status status = Follow(*location, response.status);
    if (!status.ok()) return End(status);
    if (stays_) return End(std::move(response));
    attempt_ = 0;
    Try();
  }

  Status Follow(const std::string& location, int status) {
    ARROW_ASSIGN_OR_RAISE(std::string url, ResolveUrl(url_, location));
    ARROW_ASSIGN_OR_RAISE(const Origin origin, OriginOf(url));
    if (request_.stay && !IsTrusted(origin)) {
      stays_ = true;
      return Status::OK();
    }
    if (++redirects_ > request_.max_redirects) {
      return Error(ErrorKind::kNetwork,
                   fmt::format("{} {}: more than {} redirects", request_.method,
                               RedactUrl(request_.url), request_.max_redirects));
    }
    if (origin_.scheme == "https" && origin.scheme == "http") {
      return Error(ErrorKind::kNetwork,
                   fmt::format("{} {}: a redirect from https to {}", request_.method,
                               RedactUrl(url_), RedactUrl(url)))
          .Hint("name an https URL that is not redirected to http");
    }
    // As browsers do (Fetch standard, 4.4, "HTTP-redirect fetch").
    const bool to_get =
        status == 303 ? request_.method != "HEAD" : status <= 302 && request_.method == "POST";
    if (to_get) {
      request_.method = "GET";
      request_.body.reset();
    }
    url_ = std::move(url);
    origin_ = origin;
    return Status::OK();
  }

  void End(Result<Response> result) {
    const auto self = shared_from_this();
    state_.calls.erase(number_);
    if (const Done done = std::exchange(done_, nullptr)) done(std::move(result));
  }

  State& state_;
  const uint64_t number_;
  Request request_;
  Done done_;
  std::string url_;  // of the exchange under way
  Origin origin_;    // its own
  Origin home_;      // of the request's URL
  int attempt_ = 0;  // at this URL
  int redirects_ = 0;
  bool stays_ = false;
  bool fresh_ = false;                                  // the next try takes a new connection
  std::optional<std::chrono::nanoseconds> began_ = {};  // the first try at the first URL
  uint64_t exchange_ = 0;
  uint64_t timer_ = 0;
};

Client::Client(ClientOptions options, const Clock& clock)
    : state_(std::make_unique<State>(std::move(options), clock)) {}

Client::~Client() {
  std::promise<void> ended;
  state_->engine.Post([this, &ended] {
    const auto calls = state_->calls;
    for (const auto& [number, call] : calls) call->Cancel();
    ended.set_value();
  });
  ended.get_future().wait();
}

uint64_t Client::Start(Request request, Done done) {
  const uint64_t number = state_->next++;
  state_->engine.Post([state = state_.get(), number, request = std::move(request),
                       done = std::move(done)]() mutable {
    const auto call = std::make_shared<Call>(*state, number, std::move(request), std::move(done));
    state->calls[number] = call;
    call->Start();
  });
  return number;
}

void Client::Cancel(uint64_t number) {
  state_->engine.Post([state = state_.get(), number] {
    const auto found = state->calls.find(number);
    if (found == state->calls.end()) return;
    const auto call = found->second;
    call->Cancel();
  });
}

Result<Response> Client::Send(Request request, const CancelToken& cancel) {
  constexpr std::chrono::milliseconds kLook{50};
  auto promise = std::make_shared<std::promise<Result<Response>>>();
  auto answer = promise->get_future();
  const uint64_t number = Start(std::move(request), [promise](Result<Response> result) {
    promise->set_value(std::move(result));
  });
  bool cancelled = false;
  while (answer.wait_for(kLook) != std::future_status::ready) {
    if (!cancelled && cancel.cancelled()) Cancel(number);
    cancelled = cancel.cancelled();
  }
  return answer.get();
}

const std::string& Client::user_agent() const { return state_->options.user_agent; }

void Client::Wake() { state_->engine.Wake(); }

Client& SharedClient() {
  static Client client({.user_agent = "tideway/" TIDEWAY_VERSION});
  return client;
}

}  // namespace tideway::net
