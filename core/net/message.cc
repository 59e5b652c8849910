#include "core/net/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/secret.h"
#include "core/base/utf8.h"

namespace tideway::net {
namespace {

bool SameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The texts in what servers send as JSON errors: {"error": "..."}, {"error": ["...", ...]},
// {"message": "..."}, {"errors": [{"message": "..."}]}.
std::string WordsOfJson(const nlohmann::json& value, int depth = 0) {
  constexpr int kMostDepth = 4;
  if (depth > kMostDepth) return "";
  if (value.is_string()) return value.get<std::string>();
  std::string words;
  if (value.is_array()) {
    for (const auto& item : value) {
      const std::string more = WordsOfJson(item, depth + 1);
      if (!words.empty() && !more.empty()) words += "; ";
      words += more;
    }
  }
  if (value.is_object()) {
    for (const char* key : {"error_description", "error", "message", "errors", "detail"}) {
      if (value.contains(key)) words = WordsOfJson(value[key], depth + 1);
      if (!words.empty()) break;
    }
  }
  return words;
}

// One line of what the server says, for a person; without what is secret of the request, which some
// repeat.
std::string WordsOf(const Request& request, const Response& response) {
  constexpr size_t kMostBytes = 500;
  std::string words = response.headers.Find("X-Error-Message").value_or("");
  if (words.empty()) {
    const auto json = nlohmann::json::parse(response.body, nullptr, false);
    const bool page = response.body.find("<html") != response.body.npos ||
                      response.body.find("<!DOCTYPE") != response.body.npos;
    if (!json.is_discarded()) {
      words = WordsOfJson(json);
    } else if (!page) {
      words = response.body;
    }
  }
  if (!IsUtf8(words)) return "";
  // Before line breaks and the end of it are gone, by which it is known.
  words = RedactEcho(RedactEcho(std::move(words), request.url), response.url);
  std::ranges::replace_if(words, [](unsigned char c) { return c < 0x20; }, ' ');
  while (!words.empty() && words.back() == ' ') words.pop_back();
  if (words.size() > kMostBytes) {
    size_t end = kMostBytes;
    while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0) == 0x80) --end;
    words = words.substr(0, end) + "...";
  }
  return words;
}

std::string RequestIdOf(const Headers& headers) {
  for (const char* name : {"X-Request-Id", "X-Amzn-Trace-Id", "X-Amz-Request-Id", "X-Amz-Cf-Id"}) {
    if (const auto id = headers.Find(name); id && !id->empty()) return *id;
  }
  return "";
}

ErrorKind KindOfStatus(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return ErrorKind::kAuth;
    case 404:
    case 410:
      return ErrorKind::kNotFound;
    case 408:
      return ErrorKind::kTimeout;
    case 409:
    case 412:
      return ErrorKind::kConflict;
    default:
      return ErrorKind::kNetwork;
  }
}

}  // namespace

void Headers::Add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::Set(std::string name, std::string value) {
  std::erase_if(fields_, [&name](const auto& field) { return SameName(field.first, name); });
  Add(std::move(name), std::move(value));
}

std::optional<std::string> Headers::Find(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields_, [name](const auto& field) { return SameName(field.first, name); });
  if (found == fields_.end()) return std::nullopt;
  return found->second;
}

Body Body::Of(std::string text) {
  const auto owned = std::make_shared<const std::string>(std::move(text));
  return {.size = static_cast<int64_t>(owned->size()),
          .read = [owned](int64_t offset, char* buffer, size_t count) -> Result<size_t> {
            const size_t from = std::min(static_cast<size_t>(offset), owned->size());
            const size_t copied = std::min(count, owned->size() - from);
            std::memcpy(buffer, owned->data() + from, copied);
            return copied;
          }};
}

Error ErrorOf(const Request& request, const Response& response) {
  std::string text =
      fmt::format("{} {}: the server answers {}", request.method,
                  RedactUrl(response.url.empty() ? request.url : response.url), response.status);
  if (const std::string words = WordsOf(request, response); !words.empty()) text += ": " + words;
  if (const std::string id = RequestIdOf(response.headers); !id.empty()) {
    text += fmt::format(" (request {})", Redact(id));
  }
  Error error(KindOfStatus(response.status), std::move(text));
  error.Retryable(request.retry.Tries(response.status));
  return error;
}

}  // namespace tideway::net
