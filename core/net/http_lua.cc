#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/gate_class.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/binding/secrets.h"
#include "core/binding/value.h"
#include "core/net/client.h"

namespace tideway::net {

int OpenHttp(lua_State* L);

namespace {

using binding::Options;

// Calls `take` with each name and the value at the top of the stack.
template <typename Take>
Status ForEachField(lua_State* L, Options& options, const char* option, const Take& take) {
  options.PushValue(option);
  const int table = lua_gettop(L);
  if (lua_isnil(L, table)) {
    lua_pop(L, 1);
    return Status::OK();
  }
  const auto wrong = [option] {
    return Error(ErrorKind::kUsage,
                 fmt::format("http.request: option `{}` must be a table by name", option));
  };
  if (!lua_istable(L, table)) return wrong();
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) return wrong();
    RETURN_NOT_OK(take(std::string(lua_tostring(L, -2))));
  }
  lua_pop(L, 1);
  return Status::OK();
}

// The text of a field: of a string, a number, a boolean or a secret.
std::string FieldText(lua_State* L) {
  if (lua_isboolean(L, -1)) return lua_toboolean(L, -1) != 0 ? "true" : "false";
  if (lua_type(L, -1) == LUA_TNUMBER) {
    lua_pushvalue(L, -1);
    std::string text = lua_tostring(L, -1);
    lua_pop(L, 1);
    return text;
  }
  return binding::CheckSecretOrString(L, lua_gettop(L));
}

// A field whose value is a secret is a credential.
Status ReadHeaders(lua_State* L, Options& options, Request& request) {
  RETURN_NOT_OK(ForEachField(L, options, "headers", [&](const std::string& name) {
    Headers& fields = binding::ToSecret(L, lua_gettop(L)) ? request.credentials : request.headers;
    fields.Set(name, FieldText(L));
    return Status::OK();
  }));
  options.PushValue("token");
  if (!lua_isnil(L, -1)) {
    const std::string token = binding::CheckSecretOrString(L, lua_gettop(L));
    RegisterSecret(token);
    request.credentials.Set("Authorization", "Bearer " + token);
  }
  lua_pop(L, 1);
  return Status::OK();
}

Status ReadQuery(lua_State* L, Options& options, Request& request) {
  std::map<std::string, std::string> query;
  RETURN_NOT_OK(ForEachField(L, options, "query", [&](const std::string& name) {
    query[name] = FieldText(L);
    return Status::OK();
  }));
  for (const auto& [name, value] : query) {
    request.url += request.url.find('?') == std::string::npos ? '?' : '&';
    request.url += EncodeSegment(name) + '=' + EncodeSegment(value);
  }
  return Status::OK();
}

Status ReadBody(lua_State* L, Options& options, Request& request) {
  const auto body = options.OptionalString("body");
  if (body) request.body = Body::Of(*body);
  options.PushValue("json");
  if (!lua_isnil(L, -1)) {
    if (body) return Error(ErrorKind::kUsage, "http.request: either `body` or `json`, not both");
    const auto json = binding::ToJson(L, lua_gettop(L));
    if (!json.ok()) return WithContext("http.request: json", json.status());
    request.body = Body::Of(json->dump());
    if (!request.headers.Find("Content-Type")) {
      request.headers.Set("Content-Type", "application/json");
    }
  }
  lua_pop(L, 1);
  return Status::OK();
}

Status ReadStatuses(lua_State* L, Options& retry, std::vector<int>& statuses) {
  retry.PushValue("statuses");
  const int table = lua_gettop(L);
  const auto wrong = [] {
    return Error(ErrorKind::kUsage,
                 "http.request: retry.statuses must be a list of statuses from 200 to 599");
  };
  if (!lua_isnil(L, table)) {
    if (!lua_istable(L, table)) return wrong();
    statuses.clear();
    for (int i = 1; i <= static_cast<int>(lua_objlen(L, table)); ++i) {
      lua_rawgeti(L, table, i);
      const auto status = binding::ToInt(L, lua_gettop(L));
      if (!status || *status < 200 || *status > 599) return wrong();
      statuses.push_back(static_cast<int>(*status));
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
  return Status::OK();
}

// Of other kinds no further try is of any use.
Status ReadKinds(Options& retry, std::vector<ErrorKind>& kinds) {
  if (!retry.Has("kinds")) return Status::OK();
  kinds.clear();
  for (const std::string& name : retry.Strings("kinds")) {
    if (name == ErrorKindName(ErrorKind::kNetwork)) {
      kinds.push_back(ErrorKind::kNetwork);
    } else if (name == ErrorKindName(ErrorKind::kTimeout)) {
      kinds.push_back(ErrorKind::kTimeout);
    } else {
      return Error(ErrorKind::kUsage,
                   fmt::format("http.request: not a kind of error that is tried again: {}", name))
          .Hint("retry.kinds is a list of \"network\" and \"timeout\"");
    }
  }
  return Status::OK();
}

Status ReadRetry(lua_State* L, Options& options, RetryRule& rule) {
  options.PushValue("retry");
  Options retry(L, lua_gettop(L), "http.request");
  rule.tries = static_cast<int>(std::clamp<int64_t>(retry.Int("tries", rule.tries), -1, 1000));
  rule.base_s = retry.Number("base_s", rule.base_s);
  rule.cap_s = retry.Number("cap_s", rule.cap_s);
  rule.busy_s = retry.Number("busy_s", rule.busy_s);
  rule.deadline_s = retry.Number("deadline_s", rule.deadline_s);
  RETURN_NOT_OK(ReadStatuses(L, retry, rule.statuses));
  RETURN_NOT_OK(ReadKinds(retry, rule.kinds));
  retry.Finish();
  lua_pop(L, 1);
  return Status::OK();
}

// One, or a list of them: a run may hold itself to less than all processes of the machine together.
Status ReadLimiters(lua_State* L, Options& options, std::vector<std::shared_ptr<Gate>>& gates) {
  options.PushValue("limiter");
  const int given = lua_gettop(L);
  const bool is_list = lua_istable(L, given);
  const int count = is_list ? static_cast<int>(lua_objlen(L, given)) : lua_isnil(L, given) ? 0 : 1;
  for (int i = 1; i <= count; ++i) {
    is_list ? lua_rawgeti(L, given, i) : lua_pushvalue(L, given);
    const auto gate = binding::OptObject<Gate>(L, lua_gettop(L));
    if (gate == nullptr) {
      return Error(ErrorKind::kUsage,
                   "http.request: option `limiter` must be a limiter, or a list of them, not " +
                       binding::TypeName(L, lua_gettop(L)))
          .Hint("make one: tw.limiter.new \"100/min\"");
    }
    gates.push_back(gate);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return Status::OK();
}

Status CheckSeconds(const char* name, double seconds) {
  if (seconds > 0 && seconds <= 86400) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("http.request: {} must be over 0 and at most 86400: {}", name, seconds));
}

Status ReadLimits(Options& options, Request& request) {
  const double timeout_s = options.Number("timeout_s", request.time.stall_s);
  RETURN_NOT_OK(CheckSeconds("timeout_s", timeout_s));
  request.time.first_byte_s = request.time.stall_s = timeout_s;
  request.time.connect_s = options.Number("connect_timeout_s", request.time.connect_s);
  RETURN_NOT_OK(CheckSeconds("connect_timeout_s", request.time.connect_s));
  request.size.body = options.Int("max_bytes", request.size.body);
  request.max_redirects = static_cast<int>(
      std::clamp<int64_t>(options.Int("redirects", request.max_redirects), 0, 100));
  return Status::OK();
}

struct Asked {
  Request request;
  bool check = true;  // an answer that is no success is an error
};

Result<Asked> ReadRequest(lua_State* L) {
  Asked asked;
  Request& request = asked.request;
  request.method = binding::CheckString(L, 1);
  const bool named =
      !request.method.empty() &&
      std::ranges::all_of(request.method, [](unsigned char c) { return c >= 'A' && c <= 'Z'; });
  if (!named) {
    return Error(ErrorKind::kUsage, fmt::format("http.request: not a method: {}", request.method))
        .Hint("methods are words in capitals, such as \"GET\"");
  }
  request.url = binding::CheckSecretOrString(L, 2);
  Options options(L, 3, "http.request");
  RETURN_NOT_OK(ReadHeaders(L, options, request));
  RETURN_NOT_OK(ReadQuery(L, options, request));
  RETURN_NOT_OK(ReadBody(L, options, request));
  RETURN_NOT_OK(ReadLimits(options, request));
  RETURN_NOT_OK(ReadRetry(L, options, request.retry));
  RETURN_NOT_OK(ReadLimiters(L, options, request.gates));
  if (options.Has("idempotent")) request.idempotent = options.Bool("idempotent", false);
  asked.check = options.Bool("check", true);
  options.Finish();
  RETURN_NOT_OK(OriginOf(request.url).status());
  return asked;
}

// Fields of one name are joined (RFC 9110, 5.3).
void PushHeaders(lua_State* L, const Headers& headers) {
  std::map<std::string, std::string> fields;
  for (const auto& [name, value] : headers.fields()) {
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    std::string& text = fields[lower];
    text += text.empty() ? value : ", " + value;
  }
  lua_newtable(L);
  for (const auto& [name, value] : fields) {
    binding::PushString(L, value);
    lua_setfield(L, -2, name.c_str());
  }
}

int PushResponse(lua_State* L, const Response& response) {
  lua_newtable(L);
  binding::PushInt(L, response.status);
  lua_setfield(L, -2, "status");
  binding::PushString(L, Redact(response.url));
  lua_setfield(L, -2, "url");
  binding::PushString(L, response.body);
  lua_setfield(L, -2, "body");
  PushHeaders(L, response.headers);
  lua_setfield(L, -2, "headers");
  binding::PushClass(L, "tideway.http.Response");
  lua_setmetatable(L, -2);
  return 1;
}

// request(method, url, options): a table, see lua/tideway/http.lua.
Result<int> SendRequest(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(const Asked asked, ReadRequest(L));
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  const std::string& method = asked.request.method;
  if (run.options().check_only && method != "GET" && method != "HEAD") {
    return PushResponse(L, {.status = 200, .url = asked.request.url});
  }
  return binding::Park(L, [asked, &run]() -> Result<binding::Push> {
    ARROW_ASSIGN_OR_RAISE(const Response response,
                          SharedClient().Send(asked.request, run.cancel()));
    if (asked.check && response.status >= 400) return ErrorOf(asked.request, response);
    return binding::Push([response](lua_State* to) { return PushResponse(to, response); });
  });
}

}  // namespace

int OpenHttp(lua_State* L) {
  return binding::PushModule(L, {{"request", binding::WaitingEntry<SendRequest>}});
}

}  // namespace tideway::net
