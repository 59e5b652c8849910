#include "core/hub/remote/space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/base/utf8.h"
#include "core/hub/remote/json_field.h"
#include "core/hub/remote/stage_watch.h"

namespace tideway::hub {
namespace {

using nlohmann::json;

constexpr double kLonger = 1.5;  // each look after the one before

Result<SpaceRuntime> RuntimeOf(const json& answer, const RepoId& repo) {
  SpaceRuntime runtime{.stage = TextOf(answer, "stage"), .error = TextOf(answer, "errorMessage")};
  if (runtime.stage.empty()) {
    return Error(ErrorKind::kData,
                 fmt::format("hub: the answer tells no stage of space {}", repo.id))
        .Hint("is HF_ENDPOINT the address of a Hub?");
  }
  if (answer.contains("hardware")) {
    runtime.hardware = TextOf(answer["hardware"], "current");
    runtime.requested_hardware = TextOf(answer["hardware"], "requested");
  }
  return runtime;
}

Status CheckValue(const char* what, const std::string& key, const std::string& value) {
  if (IsUtf8(value)) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("hub: the value of the {} {} is not UTF-8", what, key))
      .Hint("a Space has its settings as texts: encode bytes as base64");
}

}  // namespace

Space::Space(std::shared_ptr<Api> api, RepoId repo, Patience patience, const Clock& clock)
    : api_(std::move(api)), repo_(std::move(repo)), patience_(std::move(patience)), clock_(clock) {}

std::string Space::Page() const {
  return fmt::format("{}/{}", api_->settings().endpoint, repo_.web_path());
}

Error Space::Refused(const char* what, const Status& answer, int status) const {
  const Settings& settings = api_->settings();
  const std::string owner = repo_.id.substr(0, repo_.id.find('/'));
  const std::string said = fmt::format(" ({})", answer.message());
  if (status == 403) {
    return Error(ErrorKind::kAuth, fmt::format("hub: space {}: the token of {} may not {}{}",
                                               repo_.id, settings.token_source, what, said))
        .Hint(fmt::format("only its owner may: take a token of {} that may write, made at "
                          "{}/settings/tokens",
                          owner, settings.endpoint));
  }
  if (status == 402) {
    return Error(ErrorKind::kAuth,
                 fmt::format("hub: space {}: the Hub wants to be paid{}", repo_.id, said))
        .Hint(fmt::format("see {}/settings/billing", settings.endpoint));
  }
  return Error(ErrorKind::kUsage,
               fmt::format("hub: space {}: one cannot {}{}", repo_.id, what, said))
      .Hint(fmt::format("see {}; a static Space runs no program that could be paused", Page()));
}

Result<json> Space::Call(const char* what, net::Request request, const CancelToken& cancel) const {
  const Settings& settings = api_->settings();
  if (settings.token.empty() && request.method != "GET") {
    return NoToken(settings, fmt::format("hub: space {}: there is no token to {}", repo_.id, what));
  }
  request.idempotent = true;
  ARROW_ASSIGN_OR_RAISE(const net::Response response, api_->Ask(request, cancel));
  if (response.status < 400) return json::parse(response.body, nullptr, false);
  const bool own = response.status == 400 || response.status == 402 || response.status == 403;
  if (own && RefusalOf(response) == Refusal::kOther) {
    return Refused(what, net::ErrorOf(request, response), response.status);
  }
  return AnswerError({repo_}, settings, request, response);
}

Result<SpaceRuntime> Space::Runtime(const CancelToken& cancel) const {
  ARROW_ASSIGN_OR_RAISE(
      const json answer,
      Call("look at it", api_->RequestFor("GET", repo_.api_path() + "/runtime"), cancel));
  return RuntimeOf(answer, repo_);
}

Result<SpaceRuntime> Space::Change(const char* what, const std::string& rest,
                                   const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(const json answer,
                        Call(what, api_->RequestFor("POST", repo_.api_path() + rest), cancel));
  auto runtime = RuntimeOf(answer, repo_);
  NoteChange(runtime.ok() ? runtime->stage : "");
  return runtime;
}

Result<SpaceRuntime> Space::Pause(const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(SpaceRuntime runtime, Change("pause it", "/pause", cancel));
  LogInfo("hub: paused space {}", repo_.id);
  return runtime;
}

Result<SpaceRuntime> Space::Restart(bool factory, const CancelToken& cancel) {
  ARROW_ASSIGN_OR_RAISE(
      SpaceRuntime runtime,
      Change("restart it", factory ? "/restart?factory=true" : "/restart", cancel));
  LogInfo("hub: restarted space {}{}", repo_.id, factory ? ", built anew" : "");
  return runtime;
}

void Space::NoteChange(const std::string& before) {
  std::lock_guard lock(mutex_);
  before_ = before;
}

Error Space::WillNotCome(const std::string& wanted, const SpaceRuntime& runtime) const {
  std::string said = runtime.error.empty() ? "" : ": " + Redact(runtime.error);
  Error error(ErrorKind::kNetwork, fmt::format("hub: space {} is {} and will not be {}{}", repo_.id,
                                               runtime.stage, wanted, said));
  if (IsAsleep(runtime.stage)) return error.Hint("restart it: space:restart()");
  return error.Hint(fmt::format("see its logs at {}", Page()));
}

Result<SpaceRuntime> Space::Wait(const std::string& stage, double timeout_s,
                                 const CancelToken& cancel) {
  RETURN_NOT_OK(CheckStage(stage));
  RETURN_NOT_OK(CheckTimeout(timeout_s));
  std::unique_lock lock(mutex_);
  StageWatch watch(stage, before_);
  lock.unlock();
  const auto begin = clock_.Monotonic();
  for (double distance_s = patience_.base_s;; distance_s *= kLonger) {
    const double left_s =
        timeout_s - std::chrono::duration<double>(clock_.Monotonic() - begin).count();
    const auto looked = Runtime(cancel);
    if (IsRetryable(looked.status()) && left_s > 0) {
      LogInfo("{}: looks again", looked.status().message());
      RETURN_NOT_OK(patience_.Pause(std::min({distance_s, patience_.cap_s, left_s}), cancel));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const SpaceRuntime runtime, looked);
    const StageWatch::Verdict verdict = watch.Look(runtime.stage);
    if (verdict == StageWatch::Verdict::kNever) return WillNotCome(stage, runtime);
    if (verdict == StageWatch::Verdict::kThere) {
      lock.lock();
      before_.reset();
      LogInfo("hub: space {} is {}", repo_.id, stage);
      return runtime;
    }
    if (left_s <= 0) {
      return Error(ErrorKind::kTimeout, fmt::format("hub: space {} is {} and not {} after {} s",
                                                    repo_.id, runtime.stage, stage, timeout_s))
          .Hint(fmt::format("see its logs at {}, or wait longer: {{ timeout = 1800 }}", Page()));
    }
    LogDebug("hub: space {} is {}", repo_.id, runtime.stage);
    RETURN_NOT_OK(patience_.Pause(std::min({distance_s, patience_.cap_s, left_s}), cancel));
  }
}

Status Space::Put(const char* what, const char* list, const std::string& key,
                  const std::string& value, const CancelToken& cancel) {
  RETURN_NOT_OK(CheckKey(key));
  RETURN_NOT_OK(CheckValue(what, key, value));
  const std::string words = fmt::format("set its {} {}", what, key);
  RETURN_NOT_OK(Call(words.c_str(),
                     api_->JsonRequest("POST", fmt::format("{}/{}", repo_.api_path(), list),
                                       {{"key", key}, {"value", value}}),
                     cancel)
                    .status());
  NoteChange("");
  LogInfo("hub: set the {} {} of space {}", what, key, repo_.id);
  return Status::OK();
}

Status Space::Remove(const char* what, const char* list, const std::string& key,
                     const CancelToken& cancel) {
  RETURN_NOT_OK(CheckKey(key));
  const std::string words = fmt::format("delete its {} {}", what, key);
  RETURN_NOT_OK(Call(words.c_str(),
                     api_->JsonRequest("DELETE", fmt::format("{}/{}", repo_.api_path(), list),
                                       {{"key", key}}),
                     cancel)
                    .status());
  NoteChange("");
  LogInfo("hub: deleted the {} {} of space {}", what, key, repo_.id);
  return Status::OK();
}

Status Space::SetSecret(const std::string& key, const std::string& value,
                        const CancelToken& cancel) {
  RegisterSecret(value);
  return Put("secret", "secrets", key, value, cancel);
}

Status Space::DeleteSecret(const std::string& key, const CancelToken& cancel) {
  return Remove("secret", "secrets", key, cancel);
}

Result<std::map<std::string, std::string>> Space::Variables(const CancelToken& cancel) const {
  ARROW_ASSIGN_OR_RAISE(
      const json answer,
      Call("list its variables", api_->RequestFor("GET", repo_.api_path() + "/variables"), cancel));
  if (!answer.is_object()) {
    return Error(ErrorKind::kData,
                 fmt::format("hub: the answer lists no variables of space {}", repo_.id))
        .Hint("is HF_ENDPOINT the address of a Hub?");
  }
  std::map<std::string, std::string> variables;
  for (const auto& [key, one] : answer.items()) variables[key] = TextOf(one, "value");
  return variables;
}

Status Space::SetVariable(const std::string& key, const std::string& value,
                          const CancelToken& cancel) {
  return Put("variable", "variables", key, value, cancel);
}

Status Space::DeleteVariable(const std::string& key, const CancelToken& cancel) {
  return Remove("variable", "variables", key, cancel);
}

Result<RepoId> Space::ParseId(std::string id) {
  constexpr std::string_view kPrefix = "hf://spaces/";
  if (id.starts_with(kPrefix)) id.erase(0, kPrefix.size());
  if (id.find('/') == id.npos) {
    return Error(ErrorKind::kUsage, fmt::format("hub: not a Space: `{}`", id))
        .Hint("write namespace/name");
  }
  return RepoId::Make(RepoType::kSpace, std::move(id));
}

Status Space::CheckKey(const std::string& key) {
  const auto is_word = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  if (!key.empty() && std::isalpha(static_cast<unsigned char>(key[0])) &&
      std::ranges::all_of(key, is_word)) {
    return Status::OK();
  }
  return Error(ErrorKind::kUsage, fmt::format("hub: not a name of a setting of a Space: `{}`", key))
      .Hint("use letters, digits and `_`, beginning with a letter");
}

Status Space::CheckStage(const std::string& stage) {
  if (IsStageName(stage)) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("hub: not a stage of a Space: `{}`{}", stage, LikeStage(stage)))
      .Hint("stages are words in capitals, such as RUNNING and PAUSED");
}

Status Space::CheckTimeout(double seconds) {
  constexpr double kMostSeconds = 7 * 86400;
  if (seconds > 0 && seconds <= kMostSeconds) return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("hub: timeout must be over 0 and at most {} seconds: "
                                              "{}",
                                              kMostSeconds, seconds));
}

std::vector<std::string> RestartSpaces(const std::shared_ptr<Api>& api,
                                       const std::vector<RepoId>& spaces,
                                       const CancelToken& cancel) {
  std::vector<std::string> restarted;
  for (const RepoId& repo : spaces) {
    const auto runtime = Space(api, repo).Restart(/*factory=*/false, cancel);
    if (runtime.ok()) {
      restarted.push_back(repo.id);
    } else {
      LogWarn("{}: it was not restarted", runtime.status().message());
    }
  }
  return restarted;
}

}  // namespace tideway::hub
