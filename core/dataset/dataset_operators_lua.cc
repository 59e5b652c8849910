#include <algorithm>

#include "core/binding/arguments.h"
#include "core/binding/choice.h"
#include "core/binding/dataset.h"
#include "core/binding/kernel.h"
#include "core/binding/row_function.h"
#include "core/dataset/dataset_lua_internal.h"
#include "core/dataset/op/cache.h"
#include "core/dataset/op/distinct.h"
#include "core/dataset/op/drop_nulls.h"
#include "core/dataset/op/encode.h"
#include "core/dataset/op/filter_by.h"
#include "core/dataset/op/filter_by_rules.h"
#include "core/dataset/op/limit.h"
#include "core/dataset/op/map_column.h"
#include "core/dataset/op/pack.h"
#include "core/dataset/op/sample.h"
#include "core/dataset/op/select.h"
#include "core/dataset/op/sort.h"
#include "core/dataset/op/tap.h"

namespace tideway::dataset::lua {

using binding::Choice;
using binding::Options;
using binding::PushDataset;

Result<int> Select(lua_State* L) {
  PushDataset(L, MakeSelect(PlanOf(L, 1), binding::CheckStrings(L, 2)));
  return 1;
}

Result<int> Drop(lua_State* L) {
  PushDataset(L, MakeDrop(PlanOf(L, 1), binding::CheckStrings(L, 2)));
  return 1;
}

Result<int> Rename(lua_State* L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  std::vector<std::pair<std::string, std::string>> names;
  for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
    names.emplace_back(binding::CheckString(L, -2), binding::CheckString(L, -1));
  }
  std::sort(names.begin(), names.end());
  PushDataset(L, MakeRename(PlanOf(L, 1), std::move(names)));
  return 1;
}

static Error FilterFault() {
  return {
      ErrorKind::kUsage,
      "filter: takes an expression (tw.col), a function, { not_null = column }, or a column and "
      "rules"};
}

Result<int> Filter(lua_State* L) {
  const NodePtr plan = PlanOf(L, 1);
  if (lua_isfunction(L, 2)) {
    ARROW_ASSIGN_OR_RAISE(NodePtr filtered, binding::FilterRows(L, 2, plan));
    PushDataset(L, std::move(filtered));
    return 1;
  }
  if (lua_isstring(L, 2)) {
    const KernelPtr rules = binding::OptKernel(L, 3);
    if (rules == nullptr) binding::RaiseArgument(L, 3, "rules such as tw.quality.gopher{}");
    PushDataset(L, MakeFilterByRules(plan, binding::CheckString(L, 2), rules));
    return 1;
  }
  if (ExpressionPtr condition = OptExpression(L, 2)) {
    PushDataset(L, MakeFilterBy(plan, std::move(condition)));
    return 1;
  }
  if (lua_isboolean(L, 2)) {
    return FilterFault().Hint("`==` is Lua's own: compare a column by tw.col(\"stars\"):eq(5)");
  }
  Options options(L, 2, "filter");
  auto columns = options.Strings("not_null");
  options.Finish();
  if (columns.empty()) return FilterFault();
  PushDataset(L, MakeDropNulls(plan, std::move(columns)));
  return 1;
}

Result<int> Map(lua_State* L) {
  const NodePtr plan = PlanOf(L, 1);
  NodePtr mapped;
  if (lua_isfunction(L, 2)) {
    ARROW_ASSIGN_OR_RAISE(mapped, binding::MapRows(L, 2, 3, plan));
  } else if (lua_isfunction(L, 3)) {
    ARROW_ASSIGN_OR_RAISE(mapped, binding::MapColumn(L, binding::CheckString(L, 2), 3, 4, plan));
  } else {
    std::string column = binding::CheckString(L, 2);
    const KernelPtr kernel = binding::OptKernel(L, 3);
    if (kernel == nullptr) {
      binding::RaiseArgument(L, 3, "a function or a native one such as tw.text.clean{}");
    }
    Options options(L, 4, "map");
    std::string as = options.String("as", "");
    options.Finish();
    mapped = MakeMapColumn(plan, std::move(column), kernel, std::move(as));
  }
  PushDataset(L, std::move(mapped));
  return 1;
}

Result<int> FlatMap(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(NodePtr expanded, binding::FlatMapRows(L, 2, 3, PlanOf(L, 1)));
  PushDataset(L, std::move(expanded));
  return 1;
}

Result<int> Limit(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(NodePtr limited, MakeLimit(PlanOf(L, 1), binding::CheckInt(L, 2)));
  PushDataset(L, std::move(limited));
  return 1;
}

Result<int> Skip(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(NodePtr rest, MakeSkip(PlanOf(L, 1), binding::CheckInt(L, 2)));
  PushDataset(L, std::move(rest));
  return 1;
}

Result<int> Cache(lua_State* L) {
  const NodePtr plan = PlanOf(L, 1);
  Options options(L, 2, "cache");
  const CacheOptions cache{.keep = options.Bool("keep", false)};
  options.Finish();
  PushDataset(L, MakeCache(plan, cache));
  return 1;
}

Result<int> Tap(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(NodePtr tapped, MakeTap(PlanOf(L, 1), binding::CheckString(L, 2)));
  PushDataset(L, std::move(tapped));
  return 1;
}

Result<int> Sample(lua_State* L) {
  Options options(L, 2, "sample");
  SampleOptions sample;
  if (options.Has("n")) sample.n = options.RequiredInt("n");
  if (options.Has("fraction")) sample.fraction = options.RequiredNumber("fraction");
  sample.seed = static_cast<uint64_t>(options.Int("seed", 0));
  sample.key = options.Strings("key");
  sample.per = options.Strings("per");
  sample.weights = options.String("weights", "");
  options.Finish();
  ARROW_ASSIGN_OR_RAISE(NodePtr sampled, MakeSample(PlanOf(L, 1), std::move(sample)));
  PushDataset(L, std::move(sampled));
  return 1;
}

bool IsMap(lua_State* L, int index) {
  if (!lua_istable(L, index) || lua_objlen(L, index) > 0) return false;
  lua_pushnil(L);
  if (lua_next(L, index) == 0) return false;
  lua_pop(L, 2);
  return true;
}

Result<int> Encode(lua_State* L) {
  using Unknown = EncodeOptions::Unknown;
  using Nulls = EncodeOptions::Nulls;
  EncodeOptions encode;
  encode.column = binding::CheckString(L, 2);
  if (IsMap(L, 3)) {
    return Error(ErrorKind::kUsage, "encode: labels must be a list of names, not a table by name")
        .Hint("write { \"first\", \"second\" }, or tw.labels { first = 0, second = 1 }");
  }
  encode.labels = binding::CheckStrings(L, 3);
  Options options(L, 4, "encode");
  encode.as = options.String("as", "");
  ARROW_ASSIGN_OR_RAISE(encode.on_unknown, Choice<Unknown>(options, "encode", "on_unknown",
                                                           {{"error", Unknown::kError},
                                                            {"null", Unknown::kNull},
                                                            {"drop", Unknown::kDrop}}));
  ARROW_ASSIGN_OR_RAISE(
      encode.nulls,
      Choice<Nulls>(options, "encode", "nulls",
                    {{"keep", Nulls::kKeep}, {"drop", Nulls::kDrop}, {"error", Nulls::kError}}));
  options.Finish();
  ARROW_ASSIGN_OR_RAISE(NodePtr encoded, MakeEncode(PlanOf(L, 1), std::move(encode)));
  PushDataset(L, std::move(encoded));
  return 1;
}

Result<int> Distinct(lua_State* L) {
  PushDataset(L, MakeDistinct(PlanOf(L, 1), binding::CheckStrings(L, 2)));
  return 1;
}

// The columns that the option `name` picks: those it names, all when it is true.
static std::vector<std::string> Picked(lua_State* L, Options& options, const char* name,
                                       const std::vector<std::string>& all) {
  options.PushValue(name);
  const bool is_bool = lua_isboolean(L, -1);
  const bool is_true = is_bool && lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  if (is_true) return all;
  return is_bool ? std::vector<std::string>() : options.Strings(name);
}

Result<int> Sort(lua_State* L) {
  const std::vector<std::string> columns = binding::CheckStrings(L, 2);
  Options options(L, 3, "sort");
  const auto descending = Picked(L, options, "descending", columns);
  ARROW_ASSIGN_OR_RAISE(const bool nulls_first,
                        Choice<bool>(options, "sort", "nulls", {{"last", false}, {"first", true}}));
  options.Finish();
  std::vector<SortKey> keys;
  for (const std::string& column : columns) {
    const bool down = std::ranges::find(descending, column) != descending.end();
    keys.push_back({column, down, nulls_first});
  }
  for (const std::string& column : descending) {
    if (std::ranges::find(columns, column) != columns.end()) continue;
    return Error(ErrorKind::kUsage, "sort: descending names a column that is not sorted by: `" +
                                        column + "`" + DidYouMean(column, columns));
  }
  ARROW_ASSIGN_OR_RAISE(NodePtr sorted, MakeSort(PlanOf(L, 1), std::move(keys)));
  PushDataset(L, std::move(sorted));
  return 1;
}

// A token's number, where the option is given.
static Result<std::optional<int32_t>> TokenOption(Options& options, const char* name) {
  if (!options.Has(name)) return std::nullopt;
  const int64_t number = options.RequiredInt(name);
  if (number >= 0 && number <= INT32_MAX) return static_cast<int32_t>(number);
  return Error(ErrorKind::kUsage,
               std::string("pack: ") + name + " must be a token: " + std::to_string(number));
}

Result<int> Pack(lua_State* L) {
  Options options(L, 2, "pack");
  PackOptions pack{.column = options.String("column", "ids"),
                   .length = options.RequiredInt("length")};
  ARROW_ASSIGN_OR_RAISE(pack.separator, TokenOption(options, "separator"));
  ARROW_ASSIGN_OR_RAISE(pack.padding, TokenOption(options, "padding"));
  ARROW_ASSIGN_OR_RAISE(pack.remainder, Choice<Remainder>(options, "pack", "remainder",
                                                          {{"drop", Remainder::kDrop},
                                                           {"pad", Remainder::kPad},
                                                           {"keep", Remainder::kKeep}}));
  options.Finish();
  ARROW_ASSIGN_OR_RAISE(NodePtr packed, MakePack(PlanOf(L, 1), std::move(pack)));
  PushDataset(L, std::move(packed));
  return 1;
}

Result<int> Shuffle(lua_State* L) {
  Options options(L, 2, "shuffle");
  const auto seed = static_cast<uint64_t>(options.Int("seed", 0));
  options.Finish();
  PushDataset(L, MakeShuffle(PlanOf(L, 1), seed));
  return 1;
}

}  // namespace tideway::dataset::lua
