#include <functional>

#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/secrets.h"
#include "core/hub/hub_lua_internal.h"
#include "core/hub/remote/webhook.h"

namespace tideway::hub {

int OpenHubWebhook(lua_State* L);

namespace {

using binding::Options;

int PushWebhook(lua_State* L, const Webhook& hook) {
  lua_newtable(L);
  binding::SetText(L, "id", hook.id);
  binding::SetText(L, "url", Redact(hook.url));
  lua_pushboolean(L, hook.disabled);
  lua_setfield(L, -2, "disabled");
  binding::PushStrings(L, hook.domains);
  lua_setfield(L, -2, "domains");
  lua_createtable(L, static_cast<int>(hook.watched.size()), 0);
  for (size_t i = 0; i < hook.watched.size(); ++i) {
    lua_newtable(L);
    binding::SetText(L, "type", hook.watched[i].type);
    binding::SetText(L, "name", hook.watched[i].name);
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
  }
  lua_setfield(L, -2, "watched");
  return 1;
}

Result<std::vector<Watched>> ReadWatched(lua_State* L, Options& options) {
  std::vector<Watched> watched;
  options.PushValue("watched");
  const int list = lua_gettop(L);
  if (!lua_isnil(L, list) && !lua_istable(L, list)) {
    return Error(ErrorKind::kUsage, "hub.create_webhook: option `watched` must be a list")
        .Hint("write watched = { { type = \"dataset\", name = \"namespace/name\" } }");
  }
  const size_t count = lua_isnil(L, list) ? 0 : lua_objlen(L, list);
  for (size_t i = 1; i <= count; ++i) {
    lua_rawgeti(L, list, static_cast<int>(i));
    Options one(L, lua_gettop(L), "hub.create_webhook: watched");
    watched.push_back({one.String("type", "dataset"), one.String("name", "")});
    one.Finish();
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return watched;
}

// The text of an option that may be a secret; empty when it is not given.
std::string SecretOption(lua_State* L, Options& options, const char* name) {
  options.PushValue(name);
  std::string text;
  if (!lua_isnil(L, -1)) text = binding::CheckSecretOrString(L, lua_gettop(L));
  lua_pop(L, 1);
  return text;
}

// list(): webhooks.
Result<int> List(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const auto api, OpenApi(lua::FromEnvironment));
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return binding::Park(L, [api, &cancel]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const auto hooks, ListWebhooks(*api, cancel));
    return binding::Push([hooks](lua_State* to) {
      lua_createtable(to, static_cast<int>(hooks.size()), 0);
      for (size_t i = 0; i < hooks.size(); ++i) {
        PushWebhook(to, hooks[i]);
        lua_rawseti(to, -2, static_cast<int>(i) + 1);
      }
      return 1;
    });
  });
}

// With `tideway check` nothing changes: `planned` is the answer.
Result<int> Change(lua_State* L, const std::string& plan, const Webhook& planned,
                   const std::function<Result<Webhook>(Api&, const CancelToken&)>& change) {
  ARROW_ASSIGN_OR_RAISE(const auto api, OpenApi(lua::FromEnvironment));
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  if (run.options().check_only) {
    run.RecordPlan(plan);
    return PushWebhook(L, planned);
  }
  return binding::Park(L, [api, change, &run]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const Webhook hook, change(*api, run.cancel()));
    return binding::Push([hook](lua_State* to) { return PushWebhook(to, hook); });
  });
}

// create(options): a webhook.
Result<int> Create(lua_State* L) {
  Options options(L, 1, "hub.create_webhook");
  WebhookRequest request{.url = SecretOption(L, options, "url"), .watched = {}};
  ARROW_ASSIGN_OR_RAISE(request.watched, ReadWatched(L, options));
  request.domains = options.Strings("domains");
  request.secret = SecretOption(L, options, "secret");
  options.Finish();
  RETURN_NOT_OK(CheckWebhook(request));
  RegisterSecret(request.secret);
  return Change(
      L, "make a webhook for " + net::RedactUrl(request.url),
      {.id = "", .url = request.url, .watched = request.watched, .domains = request.domains},
      [request](Api& api, const CancelToken& cancel) {
        return CreateWebhook(api, request, cancel);
      });
}

Result<int> Switch(lua_State* L, bool on) {
  const std::string id = binding::CheckString(L, 1);
  return Change(
      L, (on ? "enable webhook " : "disable webhook ") + id, {.id = id, .disabled = !on},
      [id, on](Api& api, const CancelToken& cancel) { return SwitchWebhook(api, id, on, cancel); });
}
Result<int> Enable(lua_State* L) { return Switch(L, true); }
Result<int> Disable(lua_State* L) { return Switch(L, false); }

Result<int> Delete(lua_State* L) {
  const std::string id = binding::CheckString(L, 1);
  return Change(L, "delete webhook " + id, {.id = id},
                [id](Api& api, const CancelToken& cancel) -> Result<Webhook> {
                  RETURN_NOT_OK(DeleteWebhook(api, id, cancel));
                  return Webhook{.id = id};
                });
}

}  // namespace

int OpenHubWebhook(lua_State* L) {
  return binding::PushModule(L, {{"list", binding::WaitingEntry<List>},
                                 {"create", binding::WaitingEntry<Create>},
                                 {"enable", binding::WaitingEntry<Enable>},
                                 {"disable", binding::WaitingEntry<Disable>},
                                 {"delete", binding::WaitingEntry<Delete>}});
}

}  // namespace tideway::hub
