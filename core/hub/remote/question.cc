#include "core/hub/remote/question.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/base/log.h"
#include "core/base/utf8.h"
#include "core/hub/remote/json_field.h"
#include "core/hub/remote/service_request.h"

namespace tideway::hub {
namespace {

using nlohmann::json;

Status Check(const Api& api, const Question& question) {
  for (const auto& [name, text] :
       {std::pair("question", &question.question), std::pair("context", &question.context)}) {
    if (!text->empty() && IsUtf8(*text)) continue;
    return Error(ErrorKind::kUsage,
                 fmt::format("hub: the {} is {}", name, text->empty() ? "empty" : "not UTF-8"));
  }
  const Settings& settings = api.settings();
  RETURN_NOT_OK(
      CheckService(settings, "the inference service", settings.inference, "HF_INFERENCE_ENDPOINT"));
  if (!settings.token.empty()) return Status::OK();
  return Error(ErrorKind::kAuth, "hub: there is no token to ask a model with")
      .Hint("set HF_TOKEN to a token with the permission \"Inference Providers\"");
}

// The seconds until the model is loaded.
double LoadTime(const net::Response& response) {
  constexpr double kUsual_s = 10, kLongest_s = 300;
  const json body = json::parse(response.body, nullptr, false);
  const bool told = body.is_object() && body.contains("estimated_time") &&
                    body["estimated_time"].is_number() && body["estimated_time"] >= 0;
  return told ? std::min(body["estimated_time"].get<double>(), kLongest_s) : kUsual_s;
}

Status Refused(const Question& question, const net::Request& request,
               const net::Response& response) {
  const Status plain = net::ErrorOf(request, response);
  const auto told = [&](ErrorKind kind, const char* what, const char* hint) -> Status {
    return Error(kind, fmt::format("hub: model {}: {} ({})", question.model, what, plain.message()))
        .Hint(hint);
  };
  switch (response.status) {
    case 400:
    case 422:
      return told(ErrorKind::kUsage, "it does not take this question or context",
                  "is it a model for question answering?");
    case 401:
    case 403:
      return told(ErrorKind::kAuth, "the token may not ask it",
                  "give it the permission \"Inference Providers\" at "
                  "https://huggingface.co/settings/tokens");
    case 402:
      return told(ErrorKind::kAuth, "the credits are used up",
                  "see https://huggingface.co/settings/billing");
    case 404:
      return told(ErrorKind::kNotFound, "it is not served",
                  "models that are have Inference Providers on their page on the Hub");
    case 503:
      return told(ErrorKind::kTimeout, "it is not loaded yet", "try again in some minutes");
    default:
      return WithContext("hub: model " + question.model, plain);
  }
}

std::optional<FoundAnswer> Read(const std::string& body) {
  json answer = json::parse(body, nullptr, false);
  if (answer.is_array() && !answer.empty()) answer = json(answer[0]);
  const auto has = [&](const char* key) {
    return answer.is_object() && answer.contains(key) && answer[key].is_number();
  };
  if (!has("score") || !has("start") || !has("end") || !answer.contains("answer") ||
      !answer["answer"].is_string()) {
    return std::nullopt;
  }
  return FoundAnswer{.text = answer["answer"].get<std::string>(),
                     .score = answer["score"].get<double>(),
                     .start = answer["start"].get<int64_t>(),
                     .end = answer["end"].get<int64_t>()};
}

}  // namespace

Result<FoundAnswer> AnswerQuestion(Api& api, const Question& question, const CancelToken& cancel,
                                   const Patience& patience) {
  constexpr int kTries = 6;
  RETURN_NOT_OK(Check(api, question));
  net::Request request =
      ServiceRequest(api, "POST",
                     fmt::format("{}/hf-inference/models/{}", api.settings().inference,
                                 net::EncodePath(question.model)));
  request.headers.Set("Content-Type", "application/json");
  const json inputs{{"question", question.question}, {"context", question.context}};
  request.body = net::Body::Of(json{{"inputs", inputs}}.dump());
  request.idempotent = true;
  std::erase(request.retry.statuses, 503);
  for (int attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(const net::Response response, api.Ask(request, cancel));
    if (response.ok()) {
      if (auto found = Read(response.body)) return *std::move(found);
      return Error(ErrorKind::kData,
                   fmt::format("hub: model {}: the answer has no text, score and place",
                               question.model))
          .Hint("is it a model for question answering?");
    }
    if (response.status != 503 || attempt == kTries) return Refused(question, request, response);
    const double wait_s = LoadTime(response);
    LogInfo("hub: model {} is being loaded: asks again in {:.0f} s", question.model, wait_s);
    RETURN_NOT_OK(patience.Pause(wait_s, cancel));
  }
}

}  // namespace tideway::hub
