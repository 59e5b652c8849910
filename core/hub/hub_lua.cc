#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/base/secret.h"
#include "core/base/utf8.h"
#include "core/binding/arguments.h"
#include "core/binding/choice.h"
#include "core/binding/dataset.h"
#include "core/binding/entry.h"
#include "core/binding/fields.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/secrets.h"
#include "core/binding/value.h"
#include "core/hub/hub.h"
#include "core/hub/hub_lua_internal.h"
#include "core/hub/push.h"
#include "core/hub/push_plan_internal.h"
#include "core/hub/remote/space.h"

namespace tideway::hub {

int OpenHub(lua_State* L);

namespace lua {

std::optional<std::string> FromEnvironment(const std::string& name) {
  return binding::ReadEnvironment(name, /*take=*/false);
}

}  // namespace lua

namespace {

using binding::Options;
using DatasetPtr = std::shared_ptr<dataset::Dataset>;

// Calls `read` with each key, a text, and the value at the top of the stack.
template <typename Read>
Status ForEachField(lua_State* L, int table, const char* what, Read&& read) {
  if (lua_isnil(L, table)) return Status::OK();
  if (!lua_istable(L, table)) {
    return Error(ErrorKind::kUsage, fmt::format("hub.push: {} must be a table by name", what));
  }
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    // What split() returns lists the names of its parts too.
    if (lua_type(L, -2) == LUA_TNUMBER && lua_type(L, -1) == LUA_TSTRING) continue;
    if (lua_type(L, -2) != LUA_TSTRING) {
      return Error(ErrorKind::kUsage, fmt::format("hub.push: {} must be a table by name", what))
          .Hint("write { train = rows }");
    }
    RETURN_NOT_OK(read(std::string(lua_tostring(L, -2))));
  }
  return Status::OK();
}

// The parts, and the datasets that keep the rows of their plans.
Status ReadParts(lua_State* L, int index, PushRequest* request, std::vector<DatasetPtr>* kept) {
  if (!lua_istable(L, index)) binding::RaiseArgument(L, index, "a table of datasets by split");
  RETURN_NOT_OK(ForEachField(L, index, "parts", [&](std::string split) -> Status {
    auto rows = binding::OptObject<dataset::Dataset>(L, -1);
    if (!rows) {
      return Error(ErrorKind::kUsage, fmt::format("hub.push: part `{}` is not a dataset", split));
    }
    request->parts.push_back({std::move(split), rows->plan()});
    kept->push_back(std::move(rows));
    return Status::OK();
  }));
  std::sort(request->parts.begin(), request->parts.end(),
            [](const PushPart& a, const PushPart& b) { return SplitBefore(a.split, b.split); });
  return Status::OK();
}

// JSON is UTF-8; `name` is where `value` stands.
Status CheckMetadata(const nlohmann::ordered_json& value, const std::string& name) {
  const bool good =
      IsUtf8(name) && (!value.is_string() || IsUtf8(value.get_ref<const std::string&>()));
  if (!good) {
    return Error(ErrorKind::kUsage, fmt::format("hub.push: metadata is not UTF-8: {}", name))
        .Hint("convert it to UTF-8, or leave it out");
  }
  if (!value.is_structured()) return Status::OK();
  for (const auto& [key, below] : value.items()) {
    RETURN_NOT_OK(CheckMetadata(below, name.empty() ? key : name + "." + key));
  }
  return Status::OK();
}

// The Spaces that a push restarts when it has changed something.
struct RestartAfter {
  std::shared_ptr<Api> api;  // null: none
  std::vector<RepoId> spaces;

  std::vector<std::string> operator()(const PushResult& result, dataset::RunContext& run) const {
    if (run.options().check_only) {
      for (const RepoId& space : spaces) {
        const Status there =
            run.options().trace ? Status::OK() : Space(api, space).Runtime(run.cancel()).status();
        run.RecordPlan(fmt::format("restart space {} after a push that changes something{}",
                                   space.id, there.ok() ? "" : "\n  but: " + there.message()));
      }
      return {};
    }
    if (!result.changed || spaces.empty()) return {};
    return RestartSpaces(api, spaces, run.cancel());
  }
};

Status ReadRestart(Options& options, RestartAfter* restart) {
  for (std::string& id : options.Strings("restart")) {
    ARROW_ASSIGN_OR_RAISE(restart->spaces.emplace_back(), Space::ParseId(std::move(id)));
  }
  if (restart->spaces.empty()) return Status::OK();
  return OpenApi(lua::FromEnvironment).Value(&restart->api);
}

Status ReadVisibility(Options& options, PushRequest* request) {
  if (!options.Has("visibility")) return Status::OK();
  return binding::Choice<Visibility>(
             options, "hub.push", "visibility",
             {{"private", Visibility::kPrivate}, {"public", Visibility::kPublic}})
      .Value(&request->visibility);
}

Status ReadOptions(lua_State* L, int index, PushRequest* request, RestartAfter* restart) {
  Options options(L, index, "hub.push");
  request->tag = options.String("tag", request->tag);
  request->message = options.String("message", request->message);
  request->config = options.String("config", request->config);
  request->set_default = options.Bool("set_default", request->set_default);
  RETURN_NOT_OK(ReadVisibility(options, request));
  RETURN_NOT_OK(ReadRestart(options, restart));
  options.PushValue("labels");
  RETURN_NOT_OK(ForEachField(L, lua_gettop(L), "labels", [&](const std::string& column) {
    request->labels[column] = binding::CheckStrings(L, lua_gettop(L));
    return Status::OK();
  }));
  lua_pop(L, 1);
  options.PushValue("metadata");
  if (!lua_isnil(L, -1)) {
    const auto metadata = binding::ToJson(L, lua_gettop(L));
    if (!metadata.ok()) return WithContext("hub.push: metadata", metadata.status());
    RETURN_NOT_OK(CheckMetadata(*metadata, ""));
    const bool empty = metadata->empty() && metadata->is_structured();
    request->metadata = empty ? "" : metadata->dump();
  }
  lua_pop(L, 1);
  options.Finish();
  return Status::OK();
}

void PushResultTable(lua_State* L, const PushResult& result,
                     const std::vector<std::string>& restarted) {
  lua_newtable(L);
  binding::PushStrings(L, restarted);
  lua_setfield(L, -2, "restarted");
  lua_pushboolean(L, result.changed);
  lua_setfield(L, -2, "changed");
  binding::SetText(L, "commit", result.commit);
  binding::SetText(L, "tag", result.tag);
  binding::SetInt(L, "download_size", result.download_size);
  binding::SetInt(L, "dataset_size", result.dataset_size);
  lua_newtable(L);
  for (const PushedSplit& split : result.splits) {
    lua_newtable(L);
    binding::SetInt(L, "rows", split.rows);
    binding::SetInt(L, "bytes", split.bytes);
    binding::SetInt(L, "files", split.files);
    lua_setfield(L, -2, split.name.c_str());
  }
  lua_setfield(L, -2, "splits");
}

// open(uri, options): a Repository. Touches nothing.
Result<int> Open(lua_State* L) {
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  Options given(L, 2, "hub.dataset");
  given.PushValue("token");
  const bool has_token = !lua_isnil(L, -1) && !lua_isboolean(L, -1);
  const std::string token = has_token ? binding::CheckSecretOrString(L, lua_gettop(L)) : "";
  lua_pop(L, 1);
  const bool anonymous = !has_token && !given.Bool("token", true);
  const std::string cache = given.String("cache", "");
  given.Finish();
  const Lookup environment = [token, cache](const std::string& name) {
    if (name == "HF_TOKEN" && !token.empty()) return std::optional(token);
    if (name == "HF_HUB_CACHE" && !cache.empty()) return std::optional(cache);
    return lua::FromEnvironment(name);
  };
  const OpenOptions options{.environment = environment,
                            .cancel = &run.cancel(),
                            .scratch = run.options().scratch_parent,
                            .anonymous = anonymous};
  ARROW_ASSIGN_OR_RAISE(auto repository,
                        OpenRepository(binding::CheckSecretOrString(L, 1), options));
  binding::PushObject<Repository>(L, std::move(repository));
  return 1;
}

Result<int> Uri(lua_State* L) {
  binding::PushString(L, Redact(binding::CheckSelf<Repository>(L).uri()));
  return 1;
}

// push(repository, parts, options): a table, see lua/tideway/hub.lua.
Result<int> PushParts(lua_State* L) {
  auto self = binding::CheckObject<Repository>(L, 1);
  PushRequest request;
  std::vector<DatasetPtr> kept;
  RETURN_NOT_OK(ReadParts(L, 2, &request, &kept));
  RestartAfter restart;
  RETURN_NOT_OK(ReadOptions(L, 3, &request, &restart));
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [self, request, kept, restart, &run]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const PushResult result, Push(*self, request, run));
    const std::vector<std::string> restarted = restart(result, run);
    return binding::Push([result, restarted](lua_State* to) {
      PushResultTable(to, result, restarted);
      return 1;
    });
  });
}

// tags(repository): a list of { name, commit }.
Result<int> ListTags(lua_State* L) {
  auto self = binding::CheckObject<Repository>(L, 1);
  return binding::Park(L, [self]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const std::vector<Tag> tags, self->Tags());
    return binding::Push([tags](lua_State* to) {
      lua_createtable(to, static_cast<int>(tags.size()), 0);
      for (size_t i = 0; i < tags.size(); ++i) {
        lua_newtable(to);
        binding::SetText(to, "name", tags[i].name);
        binding::SetText(to, "commit", tags[i].commit);
        lua_rawseti(to, -2, static_cast<int>(i) + 1);
      }
      return 1;
    });
  });
}

}  // namespace

int OpenHub(lua_State* L) {
  return binding::PushModule(L, {{"open", binding::Entry<Open>},
                                 {"uri", binding::Entry<Uri>},
                                 {"push", binding::WaitingEntry<PushParts>},
                                 {"read", binding::WaitingEntry<lua::ReadSplit>},
                                 {"configs", binding::WaitingEntry<lua::Configs>},
                                 {"fetch", binding::WaitingEntry<lua::Fetch>},
                                 {"branch", binding::WaitingEntry<lua::AddBranch>},
                                 {"delete_branch", binding::WaitingEntry<lua::RemoveBranch>},
                                 {"viewer", binding::WaitingEntry<lua::AskViewer>},
                                 {"answer", binding::WaitingEntry<lua::AskModel>},
                                 {"tags", binding::WaitingEntry<ListTags>}});
}

}  // namespace tideway::hub
