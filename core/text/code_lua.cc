#include "core/binding/arguments.h"
#include "core/binding/dataset.h"
#include "core/binding/entry.h"
#include "core/binding/kernel.h"
#include "core/text/code_files.h"
#include "core/text/code_rules.h"
#include "core/text/syntax_lua.h"

namespace tideway::text {

namespace {

using binding::Options;

Result<double> Share(Options& given, const char* function, const char* name) {
  const double share = given.RequiredNumber(name);
  if (share <= 1) return share;
  return Error(ErrorKind::kUsage,
               std::string(function) + ": " + name +
                   " is a share, and must not be over 1: " + std::to_string(share));
}

// The face gives all of them, with what switches a rule off in place of false.
Result<CodeRules> ReadRules(Options& given, const char* function) {
  CodeRules rules;
  rules.max_bytes = given.RequiredInt("max_bytes");
  rules.nul = given.Bool("nul", false);
  ARROW_ASSIGN_OR_RAISE(rules.max_binary, Share(given, function, "max_binary"));
  ARROW_ASSIGN_OR_RAISE(rules.max_control, Share(given, function, "max_control"));
  rules.minified_line = given.RequiredNumber("minified_line");
  ARROW_ASSIGN_OR_RAISE(rules.minified_space, Share(given, function, "minified_space"));
  rules.max_line = given.RequiredInt("max_line");
  rules.mean_line = given.RequiredNumber("mean_line");
  ARROW_ASSIGN_OR_RAISE(rules.min_alphanumeric, Share(given, function, "min_alphanumeric"));
  rules.generated_lines = given.RequiredInt("generated_lines");
  rules.generated = given.Strings("generated");
  rules.truncated = given.Bool("truncated", false);
  return rules;
}

Result<int> Rules(lua_State* L) {
  Options given(L, 1, "text.code_rules");
  ARROW_ASSIGN_OR_RAISE(const CodeRules rules, ReadRules(given, "text.code_rules"));
  const std::string language = given.String("language", "");
  given.Finish();
  ARROW_ASSIGN_OR_RAISE(SyntaxTable syntaxes, ReadSyntaxes(L, 2));
  binding::PushKernel(L, MakeCodeRules(rules, language, std::move(syntaxes)));
  return 1;
}

Result<int> Check(lua_State* L) {
  const dataset::NodePtr plan = binding::CheckObject<dataset::Dataset>(L, 1)->plan();
  CheckCodeOptions options;
  options.column = binding::CheckString(L, 2);
  Options given(L, 3, "check_code");
  ARROW_ASSIGN_OR_RAISE(options.rules, ReadRules(given, "check_code"));
  options.language = given.String("language", "");
  options.as = given.String("as", "");
  given.Finish();
  ARROW_ASSIGN_OR_RAISE(options.syntaxes, ReadSyntaxes(L, 4));
  binding::PushDataset(L, MakeCheckCode(plan, std::move(options)));
  return 1;
}

// Two lists of equal length as pairs.
Names CheckNames(lua_State* L) {
  const auto what = binding::CheckStrings(L, 1);
  const auto names = binding::CheckStrings(L, 2);
  if (what.size() != names.size()) binding::RaiseArgument(L, 2, "as long as the first");
  Names pairs;
  for (size_t i = 0; i < what.size(); ++i) pairs.emplace_back(what[i], names[i]);
  return pairs;
}

Result<int> Language(lua_State* L) {
  binding::PushKernel(L, MakeLanguage(CheckNames(L)));
  return 1;
}

Result<int> PathKind(lua_State* L) {
  binding::PushKernel(L, MakePathKind(CheckNames(L)));
  return 1;
}

Result<int> License(lua_State* L) {
  binding::PushKernel(L, MakeLicense(CheckNames(L), binding::CheckInt(L, 3)));
  return 1;
}

}  // namespace

int OpenCode(lua_State* L) {
  return binding::PushModule(L, {
                                    {"rules", binding::Entry<Rules>},
                                    {"check", binding::Entry<Check>},
                                    {"language", binding::Entry<Language>},
                                    {"path_kind", binding::Entry<PathKind>},
                                    {"license", binding::Entry<License>},
                                });
}

}  // namespace tideway::text
