#include "core/text/syntax_lua.h"

#include <nlohmann/json.hpp>

#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/errors.h"
#include "core/binding/value.h"

namespace tideway::text {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// The option: a list of pairs of texts.
Pairs PairsOf(lua_State* L, binding::Options& options, const char* name) {
  Pairs pairs;
  options.PushValue(name);
  const int count = lua_istable(L, -1) ? static_cast<int>(lua_objlen(L, -1)) : 0;
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, -1, i);
    const auto pair = binding::CheckStrings(L, lua_gettop(L));
    if (pair.size() != 2) {
      binding::Raise(L, Error(ErrorKind::kUsage, std::string("stats.Syntax: ") + name +
                                                     " are pairs of texts, as { \"/*\", \"*/\" }"));
    }
    pairs.emplace_back(pair[0], pair[1]);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return pairs;
}

}  // namespace

Result<Syntax> ReadSyntax(lua_State* L, int index) {
  binding::Options given(L, index, "stats.Syntax");
  SyntaxOptions options;
  options.line_comments = given.Strings("line_comments");
  options.block_comments = PairsOf(L, given, "block_comments");
  options.nested_comments = given.Bool("nested_comments", false);
  options.spaced_comments = given.Bool("spaced_comments", false);
  options.continued_comments = given.Bool("continued_comments", false);
  options.strings = given.Strings("strings");
  options.long_strings = given.Strings("long_strings");
  options.template_strings = given.Strings("template_strings");
  options.raw_strings = PairsOf(L, given, "raw_strings");
  options.verbatim_strings = PairsOf(L, given, "verbatim_strings");
  options.cpp_raw_strings = given.Bool("cpp_raw_strings", false);
  options.rust_literals = given.Bool("rust_literals", false);
  options.regexes = given.Bool("regexes", false);
  options.directives = given.Bool("directives", false);
  options.braces = given.Bool("braces", false);
  options.brace_functions = given.Bool("brace_functions", false);
  options.inner_functions = given.Bool("inner_functions", false);
  options.arrow_functions = given.Bool("arrow_functions", false);
  options.function_words = given.Strings("function_words");
  options.function_words_first = given.Bool("function_words_first", false);
  options.complete = given.Bool("complete", false);
  given.Finish();
  return Syntax::Make(std::move(options));
}

Result<SyntaxTable> ReadSyntaxes(lua_State* L, int index) {
  SyntaxTable table;
  if (lua_isnoneornil(L, index)) return table;
  if (!lua_istable(L, index)) binding::RaiseArgument(L, index, "a table");
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    std::string language = binding::CheckString(L, lua_gettop(L));
    lua_pop(L, 1);
    ARROW_ASSIGN_OR_RAISE(Syntax syntax, ReadSyntax(L, lua_gettop(L)));
    table.syntaxes.emplace(std::move(language), std::move(syntax));
  }
  // Keys sorted, so that equal tables give equal texts.
  ARROW_ASSIGN_OR_RAISE(const nlohmann::ordered_json json, binding::ToJson(L, index));
  table.identity = nlohmann::json(json).dump();
  return table;
}

}  // namespace tideway::text
