#include <nlohmann/json.hpp>

#include "core/binding/arguments.h"
#include "core/binding/choice.h"
#include "core/binding/dataset.h"
#include "core/binding/entry.h"
#include "core/binding/expression.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/value.h"
#include "core/dataset/run_context.h"
#include "core/dataset/summary/profile.h"
#include "core/dataset/type_name.h"
#include "core/validate/drift.h"
#include "core/validate/validate.h"

namespace tideway::validate {
namespace {

using binding::Push;
using dataset::NodePtr;
using dataset::ProfileColumns;
using dataset::RunContext;
using Json = nlohmann::ordered_json;

NodePtr PlanAt(lua_State* L, int index) {
  return binding::CheckObject<dataset::Dataset>(L, index)->plan();
}

// The option: a list of lists of names.
std::vector<std::vector<std::string>> NameLists(lua_State* L, binding::Options& options,
                                                const char* name) {
  std::vector<std::vector<std::string>> lists;
  options.PushValue(name);
  const int count = lua_istable(L, -1) ? static_cast<int>(lua_objlen(L, -1)) : 0;
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, -1, i);
    lists.push_back(binding::CheckStrings(L, lua_gettop(L)));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return lists;
}

ProfileColumns ReadColumns(lua_State* L, binding::Options& options) {
  ProfileColumns columns;
  columns.numbers = options.Strings("numbers");
  columns.categories = NameLists(L, options, "categories");
  columns.by = options.Strings("by");
  return columns;
}

// The rule at the top of the stack.
Rule ReadRule(lua_State* L) {
  binding::Options options(L, lua_gettop(L), "validate");
  Rule rule{.name = options.String("name", "")};
  rule.only_counted = options.Bool("only_counted", false);
  options.PushValue("condition");
  rule.condition = binding::OptExpression(L, lua_gettop(L));
  lua_pop(L, 1);
  if (options.Has("keys")) {
    rule.keys = KeyRule{.columns = options.Strings("keys"),
                        .reference_columns = options.Strings("reference_keys")};
    options.PushValue("reference");
    if (!lua_isnil(L, -1)) rule.keys->reference = PlanAt(L, lua_gettop(L));
    lua_pop(L, 1);
  }
  if (options.Has("outliers")) {
    rule.outliers = OutlierRule{.column = options.String("outliers", ""),
                                .is_iqr = options.String("method", "mad") == "iqr",
                                .limit = options.RequiredNumber("limit")};
  }
  options.Finish();
  return rule;
}

Result<Rules> ReadRules(lua_State* L, int index) {
  binding::Options options(L, index, "validate");
  Rules rules;
  ARROW_ASSIGN_OR_RAISE(
      rules.mode, binding::Choice<Mode>(
                      options, "validate", "mode",
                      {{"refuse", Mode::kRefuse}, {"drop", Mode::kDrop}, {"tag", Mode::kTag}}));
  rules.tag_column = options.String("tag", rules.tag_column);
  rules.profile = ReadColumns(L, options);
  rules.rows_are_read = options.Bool("rows_are_read", true);
  options.PushValue("rules");
  const int count = static_cast<int>(lua_objlen(L, -1));
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, -1, i);
    rules.rules.push_back(ReadRule(L));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  options.Finish();
  return rules;
}

Json RuleJson(const RuleFindings& found) {
  Json json = {
      {"failed", found.failed}, {"first_failed", found.first_failed}, {"examples", found.examples}};
  if (found.fences) json["fences"] = {found.fences->first, found.fences->second};
  return json;
}

Json FindingsJson(const Findings& findings) {
  Json json = {{"rows", findings.rows},
               {"failed_rows", findings.failed_rows},
               {"is_exact", findings.is_exact},
               {"rules", Json::array()},
               {"profile", findings.profile}};
  for (const RuleFindings& found : findings.rules) json["rules"].push_back(RuleJson(found));
  return json;
}

// check(rows, rules) -> findings, rows
Result<int> Check(lua_State* L) {
  const NodePtr plan = PlanAt(L, 1);
  ARROW_ASSIGN_OR_RAISE(Rules rules, ReadRules(L, 2));
  RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [plan, rules = std::move(rules), &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(const Validation checked, Validate(plan, rules, run));
    if (run.pretends()) {
      run.RecordPlan("validate (not run: nothing fails)\n" + dataset::PrintPlan(*checked.rows, 1));
    }
    return Push([json = FindingsJson(checked.findings), rows = checked.rows](lua_State* state) {
      binding::PushJson(state, json);
      binding::PushDataset(state, rows);
      return 2;
    });
  });
}

// profile(rows, columns) -> profile
Result<int> MakeProfile(lua_State* L) {
  const NodePtr plan = PlanAt(L, 1);
  binding::Options options(L, 2, "profile");
  const ProfileColumns columns = ReadColumns(L, options);
  options.Finish();
  RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [plan, columns, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(Json profile, dataset::ProfileOf(plan, columns, "profile", run));
    if (run.pretends()) run.RecordPlan("profile\n" + dataset::PrintPlan(*plan, 1));
    return Push([profile = std::move(profile)](lua_State* state) {
      binding::PushJson(state, profile);
      return 1;
    });
  });
}

// drift(before, after) -> table
Result<int> Drift(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const Json before, binding::ToJson(L, 1));
  ARROW_ASSIGN_OR_RAISE(const Json after, binding::ToJson(L, 2));
  ARROW_ASSIGN_OR_RAISE(const Json drift, DriftOf(before, after));
  binding::PushJson(L, drift);
  return 1;
}

// type_text(name) -> the type as columns() tells it
Result<int> TypeText(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const auto type, dataset::TypeFromName(binding::CheckString(L, 1)));
  binding::PushString(L, type->ToString());
  return 1;
}

}  // namespace

int OpenValidate(lua_State* L) {
  return binding::PushModule(L, {{"check", binding::WaitingEntry<Check>},
                                 {"profile", binding::WaitingEntry<MakeProfile>},
                                 {"drift", binding::Entry<Drift>},
                                 {"type_text", binding::Entry<TypeText>}});
}

}  // namespace tideway::validate
