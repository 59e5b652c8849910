#include "core/binding/secrets.h"

#include <cstdlib>
#include <cstring>
#include <mutex>

#include "core/binding/arguments.h"
#include "core/binding/errors.h"

namespace tideway::binding {

std::optional<std::string> ToSecret(lua_State* L, int index) {
  auto secret = OptObject<Secret>(L, index);
  if (secret == nullptr) return {};
  if (!secret->value) {
    Raise(L, Error(ErrorKind::kUsage, "env: variable is not set: " + secret->name)
                 .Hint("set it in the environment: export " + secret->name + "=..."));
  }
  return secret->value;
}

std::string CheckSecretOrString(lua_State* L, int index) {
  auto secret = ToSecret(L, index);
  return secret ? *std::move(secret) : CheckString(L, index);
}

std::optional<std::string> ReadEnvironment(const std::string& name, bool take) {
  static std::mutex mutex;
  static auto& taken = *new std::map<std::string, std::string>();
  std::lock_guard lock(mutex);
  char* value = std::getenv(name.c_str());
  if (value == nullptr) {
    auto found = taken.find(name);
    if (found == taken.end()) return {};
    return found->second;
  }
  if (*value == '\0') return {};
  std::string text = value;
  if (take) {
    taken[name] = text;
    explicit_bzero(value, text.size());
    unsetenv(name.c_str());
  }
  return text;
}

}  // namespace tideway::binding
