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

Result<Json> Parse(const std::string& text) {
  bool deep = false;
  auto watch = [&deep](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > kMaxDepth;
    return !deep;
  };
  try {
    Json json = Json::parse(text, watch);
    if (!deep) return json;
  } catch (const Json::exception& e) {
    if (!deep) return Error(ErrorKind::kData, "json: " + PlainText(e));
  }
  return Error(ErrorKind::kData, "json: nested deeper than 200");
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
