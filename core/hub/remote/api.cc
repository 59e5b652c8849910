#include "core/hub/remote/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/hub/remote/json_field.h"
#include "core/hub/remote/new_name.h"
#include "core/hub/remote/trace_id.h"
#include "core/limiter/shared_quota.h"

namespace tideway::hub {
namespace {

using nlohmann::json;

constexpr std::string_view kHub = "https://huggingface.co";

// The address of rel="next" in a Link header (RFC 8288).
std::string NextOf(const net::Headers& headers) {
  const std::string link = headers.Find("Link").value_or("");
  for (size_t at = link.find('<'); at != link.npos; at = link.find('<', at + 1)) {
    const size_t end = link.find('>', at);
    if (end == link.npos) break;
    const std::string_view rest = std::string_view(link).substr(end, link.find('<', end) - end);
    if (rest.find("rel=\"next\"") != rest.npos) return link.substr(at + 1, end - at - 1);
  }
  return "";
}

// Of one of the Hub's two policies: "resolvers" counts the addresses of files, "api" all others.
std::shared_ptr<Gate> OpenQuota(const Settings& settings, const char* policy) {
  const auto folder = limiter::SharedNumbers::Folder();
  if (!folder.ok()) {
    LogDebug("{}: quotas are not shared with other processes", folder.status().message());
    return nullptr;
  }
  const auto quota = limiter::SharedQuota::Open(
      *folder, settings.endpoint + "\n" + Sha256Hex(settings.token), policy, SystemClock());
  if (quota.ok()) return *quota;
  LogDebug("{}: quotas are not shared with other processes", quota.status().message());
  return nullptr;
}

std::vector<Ref> RefsOf(const json& body, const char* key) {
  std::vector<Ref> refs;
  for (const json& ref : ListOf(body, key)) {
    refs.push_back({TextOf(ref, "name"), TextOf(ref, "ref"), TextOf(ref, "targetCommit")});
  }
  return refs;
}

// What the Hub has to say to its users: "<topic>; <message>", each topic once.
void TellWarnings(const net::Headers& headers) {
  static std::mutex mutex;
  static std::set<std::string> told;
  const auto warning = headers.Find("X-HF-Warning");
  if (!warning) return;
  std::lock_guard lock(mutex);
  if (told.insert(warning->substr(0, warning->find(';'))).second) LogWarn("hub: {}", *warning);
}

}  // namespace

const std::string& HashOf(const RemoteFile& file) {
  return file.sha256.empty() ? file.blob_id : file.sha256;
}

std::string Refs::head() const {
  const auto main = std::ranges::find(branches, "main", &Ref::name);
  return main == branches.end() ? "" : main->commit;
}

Result<std::shared_ptr<Api>> OpenApi(const Lookup& environment) {
  ARROW_ASSIGN_OR_RAISE(Settings settings, Settings::Read(environment));
  LogHub(settings);
  return std::make_shared<Api>(std::move(settings), net::SharedClient());
}

Api::Api(Settings settings, net::Client& client, Transfer* transfer)
    : settings_(std::move(settings)),
      client_(client),
      transfer_(transfer != nullptr ? transfer : &untold_) {
  // Another hub's token is none of theirs, and what a mirror has is not to be asked of them.
  std::vector<std::string> own{settings_.endpoint};
  if (settings_.endpoint == kHub) own.push_back("https://hf.co");
  for (const std::string& url : own) {
    const auto origin = net::OriginOf(url);
    if (origin.ok()) hub_origins_.push_back(*origin);
  }
}

std::vector<std::shared_ptr<Gate>> Api::QuotasFor(const std::string& url) const {
  std::call_once(quotas_opened_, [this] {
    api_quota_ = OpenQuota(settings_, "api");
    resolver_quota_ = OpenQuota(settings_, "resolvers");
  });
  const auto& quota = url.find("/resolve/") == std::string::npos ? api_quota_ : resolver_quota_;
  if (quota == nullptr) return {};
  return {quota};
}

std::string Api::UrlOf(const std::string& address) const {
  std::string url = address.starts_with('/') ? settings_.endpoint + address : address;
  const bool of_the_hub =
      url.starts_with(kHub) && (url.size() == kHub.size() || url[kHub.size()] == '/');
  if (of_the_hub) url.replace(0, kHub.size(), settings_.endpoint);
  return url;
}

net::Request Api::RequestFor(const std::string& method, const std::string& address) const {
  net::Request request{.method = method, .url = UrlOf(address), .trusted = hub_origins_};
  request.gates = QuotasFor(request.url);
  request.headers.Set("X-Amzn-Trace-Id", NewTraceId());
  if (!settings_.user_agent_origin.empty()) {
    request.headers.Set("User-Agent", fmt::format("{}; origin/{}", client_.user_agent(),
                                                  settings_.user_agent_origin));
  }
  const auto origin = net::OriginOf(request.url);
  const bool trusted =
      origin.ok() && std::ranges::find(hub_origins_, *origin) != hub_origins_.end();
  if (trusted && !settings_.token.empty()) {
    request.credentials = {{"Authorization", "Bearer " + settings_.token}};
  }
  return request;
}

net::Request Api::JsonRequest(const std::string& method, const std::string& address,
                              const nlohmann::ordered_json& body) const {
  net::Request request = RequestFor(method, address);
  request.headers.Set("Content-Type", "application/json");
  request.body = net::Body::Of(body.dump(-1, ' ', false, json::error_handler_t::replace));
  request.idempotent = true;
  return request;
}

Status Api::CheckOnline() const {
  if (!settings_.offline) return Status::OK();
  return Error(ErrorKind::kNetwork, "hub: offline, and this is not in the cache")
      .Hint("unset HF_HUB_OFFLINE to ask the Hub");
}

Result<net::Response> Api::Ask(const net::Request& request, const CancelToken& cancel) {
  RETURN_NOT_OK(CheckOnline());
  auto response = client_.Send(request, cancel);
  if (!response.ok()) return response;
  TellWarnings(response->headers);
  TellNewName(settings_.endpoint, request.url, response->url);
  return response;
}

Result<net::Response> Api::Send(const net::Request& request, const Subject& subject,
                                const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(net::Response response, Ask(request, cancel));
  if (response.status >= 400) return Refused(request, subject, response, cancel);
  return response;
}

// Servers of third parties say 404 and no more: then it may be the repository that is missing.
Status Api::Refused(const net::Request& request, const Subject& subject,
                    const net::Response& response, const CancelToken& cancel) {
  if (IsUnclear(response) && !subject.repo.id.empty()) {
    const net::Request root = RequestFor("GET", subject.repo.api_path());
    const auto answer = Ask(root, cancel);
    if (answer.ok() && RefusalOf(*answer) == Refusal::kRepository) {
      return AnswerError(subject, settings_, root, *answer);
    }
  }
  return AnswerError(subject, settings_, request, response);
}

Result<Api::Page> Api::GetPage(const std::string& address, const Subject& subject,
                               const CancelToken& cancel, Effort effort) {
  net::Request request = RequestFor("GET", address);
  if (effort == Effort::kBrief) MakeBrief(request);
  ARROW_ASSIGN_OR_RAISE(const net::Response response, Send(request, subject, cancel));
  Page page{json::parse(response.body, nullptr, false), NextOf(response.headers)};
  if (!page.body.is_discarded()) return page;
  return Error(ErrorKind::kData, fmt::format("hub: the answer is no JSON: {} {}", request.method,
                                             net::RedactUrl(response.url)))
      .Hint("is HF_ENDPOINT the address of a Hub?");
}

Result<Identity> Api::WhoAmI(const CancelToken& cancel, Effort effort) {
  if (settings_.token.empty()) {
    return Error(ErrorKind::kAuth, "hub: there is no token")
        .Hint("set HF_TOKEN, or log in with `tideway hub login`");
  }
  net::Request request = RequestFor("GET", "/api/whoami-v2");
  if (effort == Effort::kBrief) MakeBrief(request);
  ARROW_ASSIGN_OR_RAISE(const net::Response response, Ask(request, cancel));
  if (response.status == 401) return WrongToken(settings_);
  if (!response.ok()) return net::ErrorOf(request, response);
  const json body = json::parse(response.body, nullptr, false);
  Identity identity{.name = TextOf(body, "name"), .type = TextOf(body, "type")};
  if (identity.name.empty()) {
    return Error(ErrorKind::kData, "hub: the answer to whoami has no name")
        .Hint("is HF_ENDPOINT the address of a Hub?");
  }
  if (body.contains("auth") && body["auth"].is_object()) {
    identity.expires_at = TextOf(body["auth"], "expiresAt");
    if (body["auth"].contains("accessToken")) {
      identity.role = TextOf(body["auth"]["accessToken"], "role");
    }
  }
  for (const json& org : ListOf(body, "orgs")) identity.orgs.push_back(TextOf(org, "name"));
  return identity;
}

void Api::MakeBrief(net::Request& request) const {
  constexpr double kReach_s = 3;
  request.retry.tries = 2;
  request.retry.base_s = request.retry.cap_s = 0.5;
  request.retry.deadline_s = 2 * kReach_s;
  request.time.dns_s = request.time.connect_s = kReach_s;
  request.time.first_byte_s = std::min(request.time.first_byte_s, settings_.etag_timeout_s);
}

Result<RepoInfo> Api::Info(const RepoId& repo, const std::string& revision,
                           const CancelToken& cancel, Effort effort) {
  std::string address = repo.api_path();
  if (!revision.empty()) address += "/revision/" + net::EncodeSegment(revision);
  ARROW_ASSIGN_OR_RAISE(const Page page, GetPage(address, {repo, revision}, cancel, effort));
  const json& body = page.body;
  RepoInfo info{.id = TextOf(body, "id"),
                .commit = TextOf(body, "sha"),
                .is_private = body.is_object() && body.value("private", json(false)) == json(true),
                .gated = TextOf(body, "gated"),
                .last_modified = TextOf(body, "lastModified")};
  if (info.id.empty()) info.id = repo.id;
  if (IsCommit(info.commit)) return info;
  return Error(ErrorKind::kData, fmt::format("hub: {} {} has no commit", repo.noun(), repo.id))
      .Hint("push something to it first");
}

Result<Refs> Api::ListRefs(const RepoId& repo, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const Page page, GetPage(repo.api_path() + "/refs", {repo}, cancel));
  return Refs{RefsOf(page.body, "branches"), RefsOf(page.body, "tags"),
              RefsOf(page.body, "converts")};
}

}  // namespace tideway::hub
