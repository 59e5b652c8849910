#include <fmt/format.h>

#include <functional>

#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/secrets.h"
#include "core/hub/hub_lua_internal.h"
#include "core/hub/remote/space.h"

namespace tideway::binding {

template <>
inline constexpr const char* kClassName<hub::Space> = "tideway.hub.Space";

}  // namespace tideway::binding

namespace tideway::hub {

int OpenHubSpace(lua_State* L);

namespace {

using binding::Options;
using SpacePtr = std::shared_ptr<Space>;

int PushRuntime(lua_State* L, const SpaceRuntime& runtime) {
  lua_newtable(L);
  binding::SetText(L, "stage", runtime.stage);
  binding::SetText(L, "hardware", runtime.hardware);
  binding::SetText(L, "requested_hardware", runtime.requested_hardware);
  binding::SetText(L, "error", runtime.error);
  return 1;
}

using Answer = std::function<Result<SpaceRuntime>(Space&, const CancelToken&)>;

Result<int> ParkFor(lua_State* L, const SpacePtr& space, const Answer& ask) {
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return binding::Park(L, [space, ask, &cancel]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const SpaceRuntime runtime, ask(*space, cancel));
    return binding::Push([runtime](lua_State* to) { return PushRuntime(to, runtime); });
  });
}

// What changes a Space: `tideway check` notes it, and whether the Space is there; a trace of rows
// asks nobody, and makes up that it ends in `stage`.
Result<int> Change(lua_State* L, const SpacePtr& space, const std::string& plan,
                   const std::string& stage, const Answer& change) {
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  if (!run.options().check_only) return ParkFor(L, space, change);
  if (run.options().trace) return PushRuntime(L, {.stage = stage});
  return ParkFor(L, space, [plan, &run](Space& self, const CancelToken& cancel) {
    auto runtime = self.Runtime(cancel);
    // A script may take it as no failure; whoever checks is to see it.
    const std::string problem = runtime.ok() ? "" : "\n  but: " + runtime.status().message();
    run.RecordPlan(fmt::format("{} space {}{}", plan, Redact(self.id()), Redact(problem)));
    return runtime;
  });
}

// As above, without a result.
Result<int> ChangeSetting(lua_State* L, const SpacePtr& space, const std::string& plan,
                          const std::function<Status(Space&, const CancelToken&)>& change) {
  return Change(L, space, plan, "",
                [change](Space& self, const CancelToken& cancel) -> Result<SpaceRuntime> {
                  RETURN_NOT_OK(change(self, cancel));
                  return SpaceRuntime{};
                });
}

// open(id): a Space. Touches nothing.
Result<int> OpenSpace(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(RepoId repo, Space::ParseId(binding::CheckSecretOrString(L, 1)));
  ARROW_ASSIGN_OR_RAISE(auto api, OpenApi(lua::FromEnvironment));
  binding::PushObject<Space>(L, std::make_shared<Space>(std::move(api), std::move(repo)));
  return 1;
}

Result<int> Id(lua_State* L) {
  binding::PushString(L, Redact(binding::CheckSelf<Space>(L).id()));
  return 1;
}

Result<int> Runtime(lua_State* L) {
  return ParkFor(L, binding::CheckObject<Space>(L, 1),
                 [](Space& self, const CancelToken& cancel) { return self.Runtime(cancel); });
}

Result<int> Pause(lua_State* L) {
  return Change(L, binding::CheckObject<Space>(L, 1), "pause", "PAUSED",
                [](Space& self, const CancelToken& cancel) { return self.Pause(cancel); });
}

// restart(space, options)
Result<int> Restart(lua_State* L) {
  const auto space = binding::CheckObject<Space>(L, 1);
  Options options(L, 2, "hub.restart");
  const bool factory = options.Bool("factory", false);
  options.Finish();
  return Change(L, space, "restart", "RUNNING", [factory](Space& self, const CancelToken& cancel) {
    return self.Restart(factory, cancel);
  });
}

// wait(space, stage, options)
Result<int> Wait(lua_State* L) {
  const auto space = binding::CheckObject<Space>(L, 1);
  const std::string stage = lua_isnoneornil(L, 2) ? "RUNNING" : binding::CheckString(L, 2);
  RETURN_NOT_OK(Space::CheckStage(stage));
  Options options(L, 3, "hub.wait");
  const double timeout_s = options.Number("timeout", 600);
  options.Finish();
  RETURN_NOT_OK(Space::CheckTimeout(timeout_s));
  return Change(L, space, "wait for " + stage + " of", stage,
                [stage, timeout_s](Space& self, const CancelToken& cancel) {
                  return self.Wait(stage, timeout_s, cancel);
                });
}

// set_secret(space, key, value)
Result<int> SetSecret(lua_State* L) {
  const auto space = binding::CheckObject<Space>(L, 1);
  const std::string key = binding::CheckString(L, 2);
  RETURN_NOT_OK(Space::CheckKey(key));
  const std::string value = binding::CheckSecretOrString(L, 3);
  RegisterSecret(value);
  return ChangeSetting(L, space, "set the secret " + key + " of",
                       [key, value](Space& self, const CancelToken& cancel) {
                         return self.SetSecret(key, value, cancel);
                       });
}

Result<int> DeleteSecret(lua_State* L) {
  const auto space = binding::CheckObject<Space>(L, 1);
  const std::string key = binding::CheckString(L, 2);
  RETURN_NOT_OK(Space::CheckKey(key));
  return ChangeSetting(
      L, space, "delete the secret " + key + " of",
      [key](Space& self, const CancelToken& cancel) { return self.DeleteSecret(key, cancel); });
}

Result<int> Variables(lua_State* L) {
  const auto space = binding::CheckObject<Space>(L, 1);
  const CancelToken& cancel = binding::RuntimeOf(L).run().cancel();
  return binding::Park(L, [space, &cancel]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const auto variables, space->Variables(cancel));
    return binding::Push([variables](lua_State* to) {
      lua_newtable(to);
      for (const auto& [key, value] : variables) {
        binding::PushString(to, value);
        lua_setfield(to, -2, key.c_str());
      }
      return 1;
    });
  });
}

// set_variable(space, key, value)
Result<int> SetVariable(lua_State* L) {
  const auto space = binding::CheckObject<Space>(L, 1);
  const std::string key = binding::CheckString(L, 2);
  RETURN_NOT_OK(Space::CheckKey(key));
  const std::string value = binding::CheckString(L, 3);
  return ChangeSetting(L, space, "set the variable " + key + " of",
                       [key, value](Space& self, const CancelToken& cancel) {
                         return self.SetVariable(key, value, cancel);
                       });
}

Result<int> DeleteVariable(lua_State* L) {
  const auto space = binding::CheckObject<Space>(L, 1);
  const std::string key = binding::CheckString(L, 2);
  RETURN_NOT_OK(Space::CheckKey(key));
  return ChangeSetting(
      L, space, "delete the variable " + key + " of",
      [key](Space& self, const CancelToken& cancel) { return self.DeleteVariable(key, cancel); });
}

}  // namespace

int OpenHubSpace(lua_State* L) {
  return binding::PushModule(L, {{"open", binding::Entry<OpenSpace>},
                                 {"id", binding::Entry<Id>},
                                 {"runtime", binding::WaitingEntry<Runtime>},
                                 {"pause", binding::WaitingEntry<Pause>},
                                 {"restart", binding::WaitingEntry<Restart>},
                                 {"wait", binding::WaitingEntry<Wait>},
                                 {"set_secret", binding::WaitingEntry<SetSecret>},
                                 {"delete_secret", binding::WaitingEntry<DeleteSecret>},
                                 {"variables", binding::WaitingEntry<Variables>},
                                 {"set_variable", binding::WaitingEntry<SetVariable>},
                                 {"delete_variable", binding::WaitingEntry<DeleteVariable>}});
}

}  // namespace tideway::hub
