#include "core/app/export/check_secrets.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <regex>

#include "core/base/secret.h"

namespace tideway::app {
namespace {

// Shorter values are words that may stand anywhere.
constexpr size_t kLeastLength = 8;

bool IsNamedLikeASecret(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  return std::ranges::any_of(
      std::initializer_list<const char*>{"TOKEN", "SECRET", "PASSWORD", "PASSWD", "API_KEY",
                                         "APIKEY", "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL"},
      [&](const char* word) { return name.find(word) != name.npos; });
}

// Whether a variable with such a name has a value that is in `text`; paths to secrets are none.
bool HoldsAVariable(const std::string& text) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const size_t equals = variable.find('=');
    if (equals == variable.npos || !IsNamedLikeASecret(variable.substr(0, equals))) continue;
    const std::string value = variable.substr(equals + 1);
    if (value.size() < kLeastLength || value.starts_with('/')) continue;
    if (text.find(value) != text.npos) return true;
  }
  return false;
}

}  // namespace

Status CheckSecrets(const std::string& what, const std::string& text) {
  static const std::regex token("hf_[A-Za-z0-9]{16,}");
  if (!HoldsAVariable(text) && Redact(text) == text && !std::regex_search(text, token)) {
    return Status::OK();
  }
  return Error(ErrorKind::kUsage, "export: a secret is not written into a script: " + what)
      .Hint("jobs inherit the environment of who submits them: set it there");
}

}  // namespace tideway::app
