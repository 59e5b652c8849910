#include "core/hub/remote/answer_error.h"

#include <fmt/format.h>

namespace tideway::hub {
namespace {

constexpr std::string_view kBadToken = "Invalid credentials in Authorization header";

std::string WordsOf(const net::Response& response) {
  return response.headers.Find("X-Error-Message").value_or("") + response.body;
}

// Servers of third parties leave the code out: then the address tells.
Refusal RefusalByAddress(const std::string& url) {
  if (url.find("/resolve/") != url.npos || url.find("/raw/") != url.npos) return Refusal::kEntry;
  const size_t api = url.find("/api/");
  if (api == url.npos) return Refusal::kOther;
  if (url.find("/tree/", api) != url.npos || url.find("/revision/", api) != url.npos) {
    return Refusal::kRevision;
  }
  return Refusal::kRepository;
}

std::string Name(const Subject& subject) {
  return fmt::format("{} {}", subject.repo.noun(), subject.repo.id);
}

std::string At(const Subject& subject) {
  return subject.revision.empty() ? Name(subject)
                                  : fmt::format("{} at {}", Name(subject), subject.revision);
}

std::string TokenHint(const Settings& settings) {
  if (settings.token.empty()) {
    return "check the name; if it is private, set HF_TOKEN to a token that may read it";
  }
  return fmt::format("check the name; if it is private, the token of {} may not read it",
                     settings.token_source);
}

struct Told {
  ErrorKind kind;
  std::string what;
  std::string hint;
};

Told Tell(Refusal refusal, const Subject& subject, const Settings& settings) {
  const std::string page = fmt::format("{}/{}", settings.endpoint, subject.repo.web_path());
  switch (refusal) {
    case Refusal::kRepository:
      return {ErrorKind::kNotFound, fmt::format("no {}", Name(subject)), TokenHint(settings)};
    case Refusal::kRevision:
      return {ErrorKind::kNotFound,
              fmt::format("no revision {} of {}", subject.revision, Name(subject)),
              fmt::format("see the branches and tags at {}", page)};
    case Refusal::kEntry:
      return {ErrorKind::kNotFound, fmt::format("no {} in {}", subject.path, At(subject)),
              fmt::format("see the files at {}/tree/{}", page,
                          subject.revision.empty() ? "main" : subject.revision)};
    case Refusal::kGated:
      return {ErrorKind::kAuth, fmt::format("{} is gated", Name(subject)),
              settings.token.empty()
                  ? fmt::format("ask for access at {}, then set HF_TOKEN", page)
                  : fmt::format("ask for access at {} as the owner of the token of {}", page,
                                settings.token_source)};
    case Refusal::kDisabled:
      return {ErrorKind::kAuth, fmt::format("{} is disabled", Name(subject)),
              fmt::format("the Hub has closed it: see {}", page)};
    case Refusal::kToken:
      return {ErrorKind::kAuth,
              fmt::format("the token of {} is wrong or has expired", settings.token_source),
              fmt::format("make a new one at {}/settings/tokens", settings.endpoint)};
    case Refusal::kOther:
      break;
  }
  return {ErrorKind::kNetwork, Name(subject), ""};
}

}  // namespace

Refusal RefusalOf(const net::Response& response) {
  const std::string code = response.headers.Find("X-Error-Code").value_or("");
  const std::string words = WordsOf(response);
  if (code == "GatedRepo") return Refusal::kGated;
  if (code == "RepoNotFound") return Refusal::kRepository;
  if (code == "RevisionNotFound") return Refusal::kRevision;
  if (code == "EntryNotFound") return Refusal::kEntry;
  if (response.status == 403 && words.find("Access to this resource is disabled") != words.npos) {
    return Refusal::kDisabled;
  }
  if (response.status == 401) {
    const bool token =
        words.find(kBadToken) != words.npos || words.find("Invalid user token") != words.npos;
    // The Hub hides private repositories from those who may not see them.
    return token ? Refusal::kToken : Refusal::kRepository;
  }
  if (response.status == 404 && code.empty()) return RefusalByAddress(response.url);
  return Refusal::kOther;
}

bool IsUnclear(const net::Response& response) {
  if (response.status != 404 || response.headers.Find("X-Error-Code")) return false;
  const Refusal refusal = RefusalByAddress(response.url);
  return refusal == Refusal::kRevision || refusal == Refusal::kEntry;
}

Error NoToken(const Settings& settings, const std::string& message) {
  return Error(ErrorKind::kAuth, message)
      .Hint("set HF_TOKEN to a token with the right to write; make one at " + settings.endpoint +
            "/settings/tokens");
}

Error WrongToken(const Settings& settings) {
  const Told told = Tell(Refusal::kToken, {}, settings);
  return Error(told.kind, "hub: " + told.what).Hint(told.hint);
}

Status AnswerError(const Subject& subject, const Settings& settings, const net::Request& request,
                   const net::Response& response) {
  const Status plain = net::ErrorOf(request, response);
  const Refusal refusal = RefusalOf(response);
  if (refusal == Refusal::kOther) return WithContext("hub: " + Name(subject), plain);
  const Told told = Tell(refusal, subject, settings);
  return Error(told.kind, fmt::format("hub: {} ({})", told.what, plain.message())).Hint(told.hint);
}

bool IsExpired(const Settings& settings, const net::Response& response) {
  const auto hub = net::OriginOf(settings.endpoint), answered = net::OriginOf(response.url);
  if (!hub.ok() || !answered.ok() || *hub == *answered) return false;
  return response.status == 400 || response.status == 401 || response.status == 403 ||
         response.status == 404 || response.status == 410;
}

}  // namespace tideway::hub
