#include "core/binding/arguments.h"
#include "core/binding/choice.h"
#include "core/binding/dataset.h"
#include "core/binding/entry.h"
#include "core/binding/kernel.h"
#include "core/binding/secrets.h"
#include "core/pii/redact.h"
#include "core/pii/report.h"

namespace tideway::pii {
namespace {

// The patterns by name in the table at the top of the stack; pops it. None where it is nil.
Result<std::map<std::string, std::string>> TakePatterns(lua_State* L, const std::string& function) {
  std::map<std::string, std::string> patterns;
  const Error wrong(
      ErrorKind::kUsage,
      function + ": option `patterns` must be a table of regular expressions by name");
  const int table = lua_gettop(L);
  if (!lua_isnil(L, table) && !lua_istable(L, table)) return wrong;
  if (lua_istable(L, table)) {
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
      if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) return wrong;
      patterns[lua_tostring(L, -2)] = binding::CheckString(L, -1);
    }
  }
  lua_settop(L, table - 1);
  return patterns;
}

Result<FindOptions> ReadFindOptions(lua_State* L, binding::Options& given,
                                    const std::string& function) {
  FindOptions options;
  options.kinds = given.Strings("kinds");
  options.public_only = given.Bool("public_only", options.public_only);
  options.allow = given.Strings("allow");
  given.PushValue("patterns");
  ARROW_ASSIGN_OR_RAISE(options.patterns, TakePatterns(L, function));
  return options;
}

Result<int> Redact(lua_State* L) {
  binding::Options given(L, 1, "pii.redact");
  RedactOptions options;
  ARROW_ASSIGN_OR_RAISE(options.find, ReadFindOptions(L, given, "pii.redact"));
  ARROW_ASSIGN_OR_RAISE(
      options.mode,
      binding::Choice<Mode>(given, "pii.redact", "mode",
                            {{"tag", Mode::kTag}, {"fake", Mode::kFake}, {"hash", Mode::kHash}}));
  options.seed = given.Int("seed", options.seed);
  given.PushValue("key");
  if (!lua_isnil(L, -1)) options.key = binding::CheckSecretOrString(L, -1);
  lua_pop(L, 1);
  given.Finish();
  ARROW_ASSIGN_OR_RAISE(const auto kernel, MakeRedact(options));
  binding::PushKernel(L, kernel);
  return 1;
}

Result<int> Findings(lua_State* L) {
  binding::Options given(L, 1, "pii.findings");
  ARROW_ASSIGN_OR_RAISE(const FindOptions options, ReadFindOptions(L, given, "pii.findings"));
  given.Finish();
  ARROW_ASSIGN_OR_RAISE(const auto kernel, MakeFindings(options));
  binding::PushKernel(L, kernel);
  return 1;
}

// report(dataset, options)
Result<int> ReportOf(lua_State* L) {
  const auto plan = binding::CheckSelf<dataset::Dataset>(L).plan();
  binding::Options given(L, 2, "pii.report");
  ARROW_ASSIGN_OR_RAISE(const FindOptions options, ReadFindOptions(L, given, "pii.report"));
  const std::string file = given.String("file", "path");
  const std::string column = given.String("column", "content");
  given.Finish();
  ARROW_ASSIGN_OR_RAISE(auto report, MakeReport(plan, file, column, options));
  binding::PushDataset(L, std::move(report));
  return 1;
}

// The names of all kinds, the most specific first.
Result<int> Kinds(lua_State* L) {
  binding::PushStrings(L, std::vector<std::string>(kKindNames.begin(), kKindNames.end()));
  return 1;
}

}  // namespace

int OpenPii(lua_State* L) {
  return binding::PushModule(L, {{"redact", binding::Entry<Redact>},
                                 {"findings", binding::Entry<Findings>},
                                 {"report", binding::Entry<ReportOf>},
                                 {"kinds", binding::Entry<Kinds>}});
}

}  // namespace tideway::pii
