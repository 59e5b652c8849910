#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/secrets.h"
#include "core/binding/userdata.h"

namespace tideway::binding {

namespace {

// secret(name, default): reads the variable and takes it out of the environment.
Result<int> NewSecret(lua_State* L) {
  auto secret = std::make_shared<Secret>();
  secret->name = CheckString(L, 1);
  secret->value = ReadEnvironment(secret->name, true);
  if (secret->value) {
    RegisterSecret(*secret->value);
  } else if (!lua_isnoneornil(L, 2)) {
    secret->value = CheckString(L, 2);
  }
  PushObject(L, secret);
  return 1;
}

// given(name, value): a secret that came from elsewhere (a command line).
Result<int> GivenSecret(lua_State* L) {
  auto secret = std::make_shared<Secret>(Secret{CheckString(L, 1), CheckString(L, 2)});
  RegisterSecret(*secret->value);
  PushObject(L, secret);
  return 1;
}

// missing(secret): the name of its variable when it has no value.
Result<int> Missing(lua_State* L) {
  auto secret = CheckObject<Secret>(L, 1);
  if (secret->value) return 0;
  PushString(L, secret->name);
  return 1;
}

Result<int> IsSecret(lua_State* L) {
  lua_pushboolean(L, OptObject<Secret>(L, 1) != nullptr ? 1 : 0);
  return 1;
}

// read(name): the text of a variable that is no secret; it stays in the environment.
Result<int> ReadVariable(lua_State* L) {
  auto value = ReadEnvironment(CheckString(L, 1), false);
  if (!value) return 0;
  PushString(L, *value);
  return 1;
}

}  // namespace

int OpenEnv(lua_State* L) {
  return PushModule(L, {{"secret", Entry<NewSecret>},
                        {"given", Entry<GivenSecret>},
                        {"missing", Entry<Missing>},
                        {"is_secret", Entry<IsSecret>},
                        {"read", Entry<ReadVariable>}});
}

}  // namespace tideway::binding
