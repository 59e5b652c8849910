#include <nlohmann/json.hpp>

#include "core/binding/arguments.h"
#include "core/binding/dataset.h"
#include "core/binding/entry.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/value.h"
#include "core/dataset/run_context.h"
#include "core/dataset/summary/profile.h"
#include "core/stats/code_measures.h"
#include "core/stats/measure_code.h"

namespace tideway::stats {
namespace {

using binding::Push;
using dataset::NodePtr;
using Json = nlohmann::ordered_json;

NodePtr PlanAt(lua_State* L, int index) {
  return binding::CheckObject<dataset::Dataset>(L, index)->plan();
}

// The option: a list of pairs of texts.
std::vector<std::pair<std::string, std::string>> Pairs(lua_State* L, binding::Options& options,
                                                       const char* name) {
  std::vector<std::pair<std::string, std::string>> pairs;
  options.PushValue(name);
  const int count = lua_istable(L, -1) ? static_cast<int>(lua_objlen(L, -1)) : 0;
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, -1, i);
    const auto pair = binding::CheckStrings(L, lua_gettop(L));
    if (pair.size() != 2) {
      binding::Raise(L, Error(ErrorKind::kUsage, std::string("stats: ") + name +
                                                     " are pairs of texts, as { \"/*\", \"*/\" }"));
    }
    pairs.emplace_back(pair[0], pair[1]);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return pairs;
}

Result<Syntax> ReadSyntax(lua_State* L, int index) {
  binding::Options given(L, index, "stats: language");
  SyntaxOptions options;
  options.line_comments = given.Strings("line_comments");
  options.block_comments = Pairs(L, given, "block_comments");
  options.nested_comments = given.Bool("nested_comments", false);
  options.spaced_comments = given.Bool("spaced_comments", false);
  options.strings = given.Strings("strings");
  options.long_strings = given.Strings("long_strings");
  options.raw_strings = Pairs(L, given, "raw_strings");
  options.cpp_raw_strings = given.Bool("cpp_raw_strings", false);
  options.rust_literals = given.Bool("rust_literals", false);
  options.braces = given.Bool("braces", false);
  options.brace_functions = given.Bool("brace_functions", false);
  options.inner_functions = given.Bool("inner_functions", false);
  options.arrow_functions = given.Bool("arrow_functions", false);
  options.function_words = given.Strings("function_words");
  options.function_words_first = given.Bool("function_words_first", false);
  given.Finish();
  return Syntax::Make(std::move(options));
}

Result<SyntaxTable> ReadSyntaxes(lua_State* L, int index) {
  SyntaxTable table;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    const std::string name = binding::CheckString(L, lua_gettop(L));
    lua_pop(L, 1);
    ARROW_ASSIGN_OR_RAISE(Syntax syntax, ReadSyntax(L, lua_gettop(L)));
    table.emplace(name, std::move(syntax));
  }
  return table;
}

// code(rows, { content =, language = }, syntaxes) -> rows
Result<int> Code(lua_State* L) {
  NodePtr input = PlanAt(L, 1);
  binding::Options given(L, 2, "stats.code");
  MeasureOptions options;
  options.content = given.String("content", options.content);
  options.language = given.String("language", options.language);
  given.Finish();
  ARROW_ASSIGN_OR_RAISE(options.syntaxes, ReadSyntaxes(L, 3));
  // Keys sorted, so that equal tables give equal texts.
  ARROW_ASSIGN_OR_RAISE(const Json table, binding::ToJson(L, 3));
  options.table_identity = nlohmann::json(table).dump();
  binding::PushDataset(L, MakeMeasureCode(std::move(input), std::move(options)));
  return 1;
}

// measure(text, syntax or nil) -> measures
Result<int> Measure(lua_State* L) {
  const std::string text = binding::CheckString(L, 1);
  CodeMeasures measures;
  const bool known = lua_istable(L, 2);
  if (known) {
    ARROW_ASSIGN_OR_RAISE(const Syntax syntax, ReadSyntax(L, 2));
    measures = MeasureCode(text, syntax);
  } else {
    measures = MeasureLines(text);
  }
  Json json = {{"bytes", measures.bytes},
               {"lines", measures.lines},
               {"code_lines", measures.code_lines},
               {"comment_lines", measures.comment_lines},
               {"blank_lines", measures.blank_lines},
               {"longest_line", measures.longest_line}};
  if (known) {
    json["functions"] = measures.functions;
    json["nesting"] = measures.nesting;
  }
  binding::PushJson(L, json);
  return 1;
}

}  // namespace

int OpenStats(lua_State* L) {
  return binding::PushModule(
      L, {{"code", binding::Entry<Code>}, {"measure", binding::Entry<Measure>}});
}

}  // namespace tideway::stats
