#include <algorithm>

#include "core/binding/arguments.h"
#include "core/binding/choice.h"
#include "core/binding/dataset.h"
#include "core/dataset/dataset_lua_internal.h"
#include "core/dataset/op/split.h"

namespace tideway::dataset::lua {
namespace {

using binding::Choice;
using binding::Options;

const std::vector<std::string> kOptions = {"stratify", "group", "assign",  "key",
                                           "caps",     "seed",  "on_small"};

bool IsOption(const std::string& name) {
  return std::ranges::find(kOptions, name) != kOptions.end();
}

// Every key of the table that is no option is a part.
Result<std::vector<SplitPart>> ReadShares(lua_State* L, int index) {
  std::vector<SplitPart> parts;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const std::string name = binding::CheckString(L, -2);
    if (IsOption(name)) continue;
    const bool text = lua_type(L, -1) == LUA_TSTRING;
    if (!text && lua_type(L, -1) != LUA_TNUMBER) {
      return Error(ErrorKind::kUsage, "split: share of `" + name + "` must be a number, not " +
                                          binding::TypeName(L, -1) + DidYouMean(name, kOptions));
    }
    parts.push_back({name, text ? binding::CheckString(L, -1) : ShareText(lua_tonumber(L, -1))});
  }
  return parts;
}

Status ReadCaps(lua_State* L, Options& options, std::vector<SplitPart>& parts) {
  options.PushValue("caps");
  const int caps = lua_gettop(L);
  if (lua_isnil(L, caps)) return Status::OK();
  if (!lua_istable(L, caps)) {
    return Error(ErrorKind::kUsage,
                 std::string("split: caps must be a table of rows by part, not ") +
                     binding::TypeName(L, caps));
  }
  for (lua_pushnil(L); lua_next(L, caps) != 0; lua_pop(L, 1)) {
    const std::string name = binding::CheckString(L, -2);
    const auto part = std::ranges::find(parts, name, &SplitPart::name);
    if (part == parts.end()) {
      std::vector<std::string> names;
      for (const SplitPart& known : parts) names.push_back(known.name);
      return Error(ErrorKind::kUsage,
                   "split: cap for what is no part: `" + name + "`" + DidYouMean(name, names));
    }
    part->cap = binding::ToInt(L, -1);
    if (!part->cap) {
      return Error(ErrorKind::kUsage, "split: cap of `" + name + "` must be a whole number");
    }
  }
  return Status::OK();
}

Result<SplitOptions> ReadOptions(lua_State* L, int index) {
  Options options(L, index, "split");
  SplitOptions split;
  ARROW_ASSIGN_OR_RAISE(split.parts, ReadShares(L, index));
  RETURN_NOT_OK(ReadCaps(L, options, split.parts));
  split.stratify = options.Strings("stratify");
  split.group = options.Strings("group");
  split.key = options.Strings("key");
  split.seed = static_cast<uint64_t>(options.Int("seed", 0));
  ARROW_ASSIGN_OR_RAISE(split.every_stratum, Choice<bool>(options, "split", "on_small",
                                                          {{"spread", false}, {"error", true}}));
  ARROW_ASSIGN_OR_RAISE(const bool by_hash, Choice<bool>(options, "split", "assign",
                                                         {{"exact", false}, {"hash", true}}));
  if (by_hash == split.key.empty()) {
    return Error(ErrorKind::kUsage, by_hash ? "split: assign = \"hash\" needs key"
                                            : "split: key needs assign = \"hash\"")
        .Hint("key names the columns that identify a row; rows of equal key are in one part");
  }
  return split;
}

}  // namespace

Result<int> Split(lua_State* L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  ARROW_ASSIGN_OR_RAISE(SplitOptions options, ReadOptions(L, 2));
  ARROW_ASSIGN_OR_RAISE(const auto parts, MakeSplit(PlanOf(L, 1), std::move(options)));
  lua_createtable(L, static_cast<int>(parts.size()), static_cast<int>(parts.size()));
  for (size_t i = 0; i < parts.size(); ++i) {
    binding::PushString(L, parts[i].first);
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
    binding::PushString(L, parts[i].first);
    binding::PushDataset(L, parts[i].second);
    lua_rawset(L, -3);
  }
  return 1;
}

}  // namespace tideway::dataset::lua
