#include "core/hub/remote/validate_card.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/hub/remote/json_field.h"

namespace tideway::hub {
namespace {

using nlohmann::json;

constexpr const char* kCard = "README.md";

// The messages of a list, in one line.
std::string WordsOf(const json& answer, const char* list) {
  std::string words;
  for (const json& one : ListOf(answer, list)) {
    const std::string message = TextOf(one, "message");
    if (message.empty()) continue;
    words += (words.empty() ? "" : "; ") + message;
  }
  words = Redact(words);  // before line breaks are gone, by which a secret is known
  std::ranges::replace_if(words, [](unsigned char c) { return c < 0x20; }, ' ');
  return words;
}

Status Judge(const Api& api, const RepoId& repo, const net::Request& request,
             const net::Response& response) {
  if (!response.ok() && response.status != 400) {
    LogDebug("hub: {}: the card is not looked at: {}", repo.id,
             Status(net::ErrorOf(request, response)).message());
    return Status::OK();
  }
  const json answer = json::parse(response.body, nullptr, false);
  const std::string warnings = WordsOf(answer, "warnings");
  if (!warnings.empty()) LogWarn("hub: {}: the card: {}", repo.id, warnings);
  std::string errors = WordsOf(answer, "errors");
  if (response.ok() && errors.empty()) return Status::OK();
  if (errors.empty()) errors = Status(net::ErrorOf(request, response)).message();
  return Error(ErrorKind::kData,
               fmt::format("hub: the Hub refuses the card of {}: {}", repo.id, errors))
      .Hint(fmt::format("mend the front matter of {}/{}/blob/main/{}, and push again",
                        api.settings().endpoint, repo.web_path(), kCard));
}

}  // namespace

Status ValidateCard(Api& api, const RepoId& repo, const std::vector<CommitOperation>& operations,
                    const CancelToken& cancel) {
  const auto card = std::ranges::find(operations, kCard, &CommitOperation::path);
  if (card == operations.end() || card->remove || !card->source.empty()) return Status::OK();
  const net::Request request = api.JsonRequest(
      "POST", "/api/validate-yaml", {{"repoType", repo.noun()}, {"content", card->bytes}});
  ARROW_ASSIGN_OR_RAISE(const net::Response response, api.Ask(request, cancel));
  return Judge(api, repo, request, response);
}

}  // namespace tideway::hub
