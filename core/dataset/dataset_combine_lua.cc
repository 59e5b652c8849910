#include <algorithm>

#include "core/binding/arguments.h"
#include "core/binding/choice.h"
#include "core/binding/dataset.h"
#include "core/dataset/dataset_lua_internal.h"
#include "core/dataset/op/concat.h"
#include "core/dataset/op/group_by.h"
#include "core/dataset/op/join.h"
#include "core/dataset/op/mix.h"

namespace tideway::dataset::lua {

using binding::Choice;
using binding::Options;
using binding::PushDataset;

Result<int> Concat(lua_State* L) {
  std::vector<NodePtr> inputs;
  for (int index = 1; index <= lua_gettop(L); ++index) inputs.push_back(PlanOf(L, index));
  PushDataset(L, MakeConcat(std::move(inputs)));
  return 1;
}

static Error AggregateFault(const std::string& name) {
  return Error(ErrorKind::kUsage, "group_by: `" + name +
                                      "` must be \"count\" or like { sum = "
                                      "\"stars\" }");
}

// The option `q` of a quantile, at -1.
static Result<double> QOf(lua_State* L, const std::string& name) {
  const double q = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
  if (q >= 0 && q <= 1) return q;
  return Error(ErrorKind::kUsage, "group_by: `" + name + "`: q must be a number from 0 to 1, not " +
                                      (lua_type(L, -1) == LUA_TNUMBER ? lua_tostring(L, -1)
                                                                      : binding::TypeName(L, -1)));
}

// Reads the table at -1, which is like { sum = "stars" } or { quantile = "stars", q = 0.9 }.
static Status ReadAggregate(lua_State* L, Aggregate& aggregate) {
  bool has_q = false;
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) return AggregateFault(aggregate.name);
    const std::string key = binding::CheckString(L, -2);
    if (key == "q") {
      has_q = true;
      ARROW_ASSIGN_OR_RAISE(aggregate.q, QOf(L, aggregate.name));
      continue;
    }
    if (!aggregate.column.empty() || lua_type(L, -1) != LUA_TSTRING) {
      return AggregateFault(aggregate.name);
    }
    ARROW_ASSIGN_OR_RAISE(aggregate.kind, KindNamed(key));
    aggregate.column = binding::CheckString(L, -1);
  }
  if (aggregate.column.empty()) return AggregateFault(aggregate.name);
  if (has_q == (aggregate.kind == AggregateKind::kQuantile)) return Status::OK();
  return Error(ErrorKind::kUsage, "group_by: `" + aggregate.name + "`: " +
                                      (has_q ? "q goes with quantile only" : "quantile needs q"))
      .Hint("write { quantile = \"" + aggregate.column + "\", q = 0.9 }");
}

// The aggregate of the value at -1, which is to be the column `name`.
static Result<Aggregate> AggregateOf(lua_State* L, const std::string& name) {
  Aggregate aggregate{.name = name};
  if (lua_type(L, -1) == LUA_TSTRING) {
    ARROW_ASSIGN_OR_RAISE(aggregate.kind, KindNamed(binding::CheckString(L, -1)));
    if (aggregate.kind == AggregateKind::kCount) return aggregate;
    return Error(ErrorKind::kUsage, "group_by: `" + name + "` names no column")
        .Hint(std::string("write { ") + lua_tostring(L, -1) + " = \"stars\" }");
  }
  if (!lua_istable(L, -1)) return AggregateFault(name);
  RETURN_NOT_OK(ReadAggregate(L, aggregate));
  return aggregate;
}

Result<int> GroupBy(lua_State* L) {
  std::vector<std::string> keys = binding::CheckStrings(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_settop(L, 3);
  std::vector<Aggregate> aggregates;
  for (lua_pushnil(L); lua_next(L, 3) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) {
      return Error(ErrorKind::kUsage, "group_by: what to compute has no name")
          .Hint("name the new columns: { n = \"count\", total = { sum = \"stars\" } }");
    }
    ARROW_ASSIGN_OR_RAISE(aggregates.emplace_back(), AggregateOf(L, binding::CheckString(L, -2)));
  }
  std::ranges::sort(aggregates, {}, &Aggregate::name);
  PushDataset(L, MakeGroupBy(PlanOf(L, 1), std::move(keys), std::move(aggregates)));
  return 1;
}

// The option `on`: a column of both sides, a list of them, or right columns by left ones.
static std::vector<std::pair<std::string, std::string>> JoinedOn(lua_State* L, Options& options) {
  options.PushValue("on");
  std::vector<std::pair<std::string, std::string>> on;
  if (IsMap(L, lua_gettop(L))) {
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
      on.emplace_back(binding::CheckString(L, -2), binding::CheckString(L, -1));
    }
    std::ranges::sort(on);
  } else {
    for (const std::string& name : options.Strings("on")) on.emplace_back(name, name);
  }
  lua_pop(L, 1);
  return on;
}

Result<int> Join(lua_State* L) {
  NodePtr right = PlanOf(L, 2);
  Options options(L, 3, "join");
  JoinOptions join;
  join.on = JoinedOn(L, options);
  ARROW_ASSIGN_OR_RAISE(join.kind, Choice<JoinKind>(options, "join", "how",
                                                    {{"inner", JoinKind::kInner},
                                                     {"left", JoinKind::kLeft},
                                                     {"semi", JoinKind::kSemi},
                                                     {"anti", JoinKind::kAnti}}));
  join.suffix = options.String("suffix", "");
  ARROW_ASSIGN_OR_RAISE(join.unique_right,
                        Choice<bool>(options, "join", "validate", {{"m:m", false}, {"m:1", true}}));
  options.Finish();
  ARROW_ASSIGN_OR_RAISE(NodePtr joined, MakeJoin(PlanOf(L, 1), std::move(right), std::move(join)));
  PushDataset(L, std::move(joined));
  return 1;
}

// The ratios of the inputs from the table on top of the stack, which must name each.
static Status ReadRatios(lua_State* L, std::vector<MixInput>& inputs) {
  if (!lua_istable(L, -1)) {
    return Error(ErrorKind::kUsage, "mix: ratios must be a table of numbers by dataset, not " +
                                        binding::TypeName(L, -1));
  }
  std::vector<std::string> names;
  for (MixInput& input : inputs) {
    names.push_back(input.name);
    lua_getfield(L, -1, input.name.c_str());
    if (lua_type(L, -1) != LUA_TNUMBER) {
      return Error(ErrorKind::kUsage, "mix: ratio of `" + input.name + "` must be a number, not " +
                                          binding::TypeName(L, -1));
    }
    input.ratio = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    const std::string name = binding::CheckString(L, -2);
    if (std::ranges::find(names, name) != names.end()) continue;
    return Error(ErrorKind::kUsage,
                 "mix: a ratio for `" + name + "`, which is no dataset" + DidYouMean(name, names));
  }
  return Status::OK();
}

Result<int> Mix(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  std::vector<MixInput> inputs;
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) continue;  // the list of names that a split gives
    const auto rows = binding::OptObject<Dataset>(L, -1);
    std::string name = binding::CheckString(L, -2);
    if (rows == nullptr) {
      return Error(ErrorKind::kUsage, "mix: `" + name + "` is not a dataset");
    }
    inputs.push_back({std::move(name), rows->plan()});
  }
  std::ranges::sort(inputs, {}, &MixInput::name);
  Options options(L, 2, "mix");
  MixOptions mix;
  if (options.Has("n")) mix.n = options.RequiredInt("n");
  mix.seed = static_cast<uint64_t>(options.Int("seed", 0));
  using Stop = MixOptions::Stop;
  ARROW_ASSIGN_OR_RAISE(
      mix.stop,
      Choice<Stop>(options, "mix", "stop",
                   {{"first", Stop::kFirst}, {"all", Stop::kAll}, {"never", Stop::kNever}}));
  if (options.Has("ratios")) {
    options.PushValue("ratios");
    RETURN_NOT_OK(ReadRatios(L, inputs));
    lua_pop(L, 1);
  }
  options.Finish();
  ARROW_ASSIGN_OR_RAISE(NodePtr mixed, MakeMix(std::move(inputs), mix));
  PushDataset(L, std::move(mixed));
  return 1;
}

}  // namespace tideway::dataset::lua
