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
#include "core/text/syntax_lua.h"

namespace tideway::stats {
namespace {

using binding::Push;
using dataset::NodePtr;
using Json = nlohmann::ordered_json;

NodePtr PlanAt(lua_State* L, int index) {
  return binding::CheckObject<dataset::Dataset>(L, index)->plan();
}

// code(rows, { content =, language = }, syntaxes) -> rows
Result<int> Code(lua_State* L) {
  NodePtr input = PlanAt(L, 1);
  binding::Options given(L, 2, "stats.code");
  MeasureOptions options;
  options.content = given.String("content", options.content);
  options.language = given.String("language", options.language);
  given.Finish();
  ARROW_ASSIGN_OR_RAISE(options.syntaxes, text::ReadSyntaxes(L, 3));
  binding::PushDataset(L, MakeMeasureCode(std::move(input), std::move(options)));
  return 1;
}

// measure(text, syntax or nil) -> measures
Result<int> Measure(lua_State* L) {
  const std::string text = binding::CheckString(L, 1);
  CodeMeasures measures;
  const bool known = lua_istable(L, 2);
  if (known) {
    ARROW_ASSIGN_OR_RAISE(const text::Syntax syntax, text::ReadSyntax(L, 2));
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
