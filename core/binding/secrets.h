// Secrets in Lua: a userdata of class tideway.Secret that prints as [secret] and that only the few
// bindings that need one read, by the functions here. What they hand back to Lua passes Redact.
#pragma once

#include <lua.hpp>
#include <map>
#include <optional>
#include <string>

#include "core/binding/userdata.h"

namespace tideway::binding {

// A value from the environment, or one given for it.
struct Secret {
  std::string name;                  // the variable's
  std::optional<std::string> value;  // nothing: the variable is not set
};
template <>
inline constexpr const char* kClassName<Secret> = "tideway.Secret";

// The text of the secret at `index`; nothing when it is no secret. Raises an error of kind usage
// that names the variable when it is not set.
std::optional<std::string> ToSecret(lua_State* L, int index);
// The text at `index`, secret or not; raises as CheckString and ToSecret do.
std::string CheckSecretOrString(lua_State* L, int index);

// The value of an environment variable; an empty one counts as not set. With `take` it also leaves
// the environment, and the block that other processes can read, so that no child process sees it;
// later calls still find it.
// Thread-safe among its callers; take only while no other thread reads the environment.
std::optional<std::string> ReadEnvironment(const std::string& name, bool take);

}  // namespace tideway::binding
