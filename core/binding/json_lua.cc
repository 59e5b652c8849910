#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/value.h"

namespace tideway::binding {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 200;

// "[json.exception.parse_error.101] parse error at line 1, column 2: ..." without the brackets.
std::string PlainText(const Json::exception& e) {
  std::string text = e.what();
  const size_t bracket = text.find("] ");
  if (bracket != std::string::npos) text = text.substr(bracket + 2);
  return text;
}

// How deeply arrays and objects are nested. (The parser's callbacks could tell, but with them it
// takes quadratic time.)
int Depth(const std::string& text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '[' || c == '{')) {
      deepest = std::max(deepest, ++depth);
    } else if (!quoted && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return deepest;
}

Result<Json> Parse(const std::string& text) {
  if (Depth(text) > kMaxDepth) return Error(ErrorKind::kData, "json: nested deeper than 200");
  try {
    return Json::parse(text);
  } catch (const Json::exception& e) {
    return Error(ErrorKind::kData, "json: " + PlainText(e));
  }
}

Result<std::string> Dump(const Json& json, int indent) {
  try {
    return json.dump(indent);
  } catch (const Json::exception&) {
    return Error(ErrorKind::kData, "json: text is not valid UTF-8");
  }
}

// decode(text)
Result<int> Decode(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(Json json, Parse(CheckString(L, 1)));
  PushJson(L, json);
  return 1;
}

// encode(value, indent): no indent gives one line.
Result<int> Encode(lua_State* L) {
  const int indent = lua_isnoneornil(L, 2) ? -1 : static_cast<int>(CheckInt(L, 2));
  if (indent > 16) return Error(ErrorKind::kUsage, "json: indent must be at most 16");
  ARROW_ASSIGN_OR_RAISE(Json json, ToJson(L, 1));
  ARROW_ASSIGN_OR_RAISE(std::string text, Dump(json, indent));
  PushString(L, text);
  return 1;
}

}  // namespace

int OpenJson(lua_State* L) {
  return PushModule(L, {{"decode", Entry<Decode>}, {"encode", Entry<Encode>}});
}

}  // namespace tideway::binding
