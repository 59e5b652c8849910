#include "core/binding/ship_function.h"

#include <cstring>
#include <map>
#include <optional>
#include <unordered_map>

#include "core/base/hash.h"
#include "core/binding/bytecode.h"
#include "core/binding/integer.h"
#include "core/binding/row_globals_internal.h"
#include "core/binding/ship_format_internal.h"
#include "core/binding/value.h"

namespace tideway::binding {

namespace {

constexpr int kMaxDepth = 100;
constexpr const char* kPure = "row functions have no clock, no randomness and no input or output";
constexpr int kCdata = 10;  // LuaJIT's type number, which lua.h does not name

int AppendDump(lua_State*, const void* bytes, size_t size, void* out) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return 0;
}

std::string PlaceOf(lua_State* L, int index) {
  lua_Debug info{};
  lua_pushvalue(L, index);
  lua_getinfo(L, ">S", &info);
  return std::string(info.short_src) + ":" + std::to_string(info.linedefined);
}

class Shipper {
 public:
  Shipper(lua_State* L, std::string_view operation) : L_(L), operation_(operation), globals_(L) {}

  Result<ShippedPtr> Ship(int index) {
    if (!lua_isfunction(L_, index) || lua_iscfunction(L_, index)) {
      return Error(ErrorKind::kUsage,
                   operation_ + ": a Lua function is needed, not " + luaL_typename(L_, index))
          .Hint("wrap a built-in one: function(value) return f(value) end");
    }
    out_.where = PlaceOf(L_, index);
    lua_pushvalue(L_, index);
    const Status status = Function("", true);
    lua_pop(L_, 1);
    RETURN_NOT_OK(status);
    out_.payload = std::move(payload_);
    out_.identity = Hash128Hex(canonical_);
    return std::make_shared<const ShippedFunction>(std::move(out_));
  }

 private:
  void Tag(char tag) {
    payload_ += tag;
    canonical_ += tag;
  }
  template <typename T>
  void Number(T value) {
    AppendNumber(&payload_, value);
    AppendNumber(&canonical_, value);
  }
  void Text(std::string_view text) {
    AppendText(&payload_, text);
    AppendText(&canonical_, text);
  }

  Status CannotCopy(const std::string& path, const std::string& what, const std::string& hint) {
    return Error(ErrorKind::kScript,
                 operation_ + ": the function (" + out_.where + ") uses `" + path + "`, " + what)
        .Hint(hint);
  }

  // The value on top of the stack; `path` is how the script reaches it.
  Status Value(const std::string& path) {
    if (++depth_ > kMaxDepth || lua_checkstack(L_, 8) == 0) {
      return CannotCopy(path, "which is nested too deeply to be copied to the workers",
                        "pass a flat table");
    }
    const Status status = ValueOfType(path);
    --depth_;
    return status;
  }

  Status ValueOfType(const std::string& path) {
    if (IsNull(L_, -1)) return Tag(kShipNull), Status::OK();
    switch (lua_type(L_, -1)) {
      case LUA_TNIL:
        return Tag(kShipNil), Status::OK();
      case LUA_TBOOLEAN:
        return Tag(lua_toboolean(L_, -1) != 0 ? kShipTrue : kShipFalse), Status::OK();
      case LUA_TNUMBER:
        return Tag(kShipNumber), Number(lua_tonumber(L_, -1)), Status::OK();
      case LUA_TSTRING:
        return String();
      case LUA_TTABLE:
        return Table(path);
      case LUA_TFUNCTION:
        return Function(path, false);
      case kCdata:
        return Boxed(path);
      default:
        return CannotCopy(
            path,
            std::string("a ") + luaL_typename(L_, -1) + ", which cannot be copied to the workers",
            "take what the function needs from it into a local, outside the function");
    }
  }

  Status String() {
    size_t size = 0;
    const char* bytes = lua_tolstring(L_, -1, &size);
    Tag(kShipString);
    Text({bytes, size});
    return Status::OK();
  }

  Status Boxed(const std::string& path) {
    uint64_t bits = 0;
    const binding::Boxed kind = ReadBoxed(L_, -1, &bits);
    if (kind == binding::Boxed::kNone) {
      return CannotCopy(path, "a cdata, which cannot be copied to the workers",
                        "pass numbers, strings and tables");
    }
    Tag(kind == binding::Boxed::kInt64 ? kShipInt64 : kShipUint64);
    Number(bits);
    return Status::OK();
  }

  // Writes a reference when the object or library function on top has been seen. Otherwise gives it
  // the next number.
  bool Known() {
    const void* object = lua_topointer(L_, -1);
    if (const std::string* name = globals_.NameOf(object)) {
      out_.reads_computed_keys |= *name == "pairs" || *name == "next";
      out_.uses_power |= *name == "math.pow";
      Tag(kShipLibrary);
      Text(*name);
      return true;
    }
    auto [seen, is_new] = objects_.emplace(object, static_cast<uint32_t>(objects_.size()));
    if (is_new) return false;
    Tag(kShipSeen);
    Number(seen->second);
    return true;
  }

  bool IsModule() { return globals_.IsModule(lua_topointer(L_, -1)); }

  Status Table(const std::string& path) {
    if (IsModule()) return Tag(kShipModule), Status::OK();
    if (Known()) return Status::OK();
    if (IsLabels()) return Labels(path);
    if (lua_getmetatable(L_, -1) != 0) {
      lua_pop(L_, 1);
      return CannotCopy(path, "a table with a metatable, which cannot be copied to the workers",
                        "pass a plain table with the values that the function needs");
    }
    std::map<std::string, int> keys;  // canonical form -> position of the key on the stack
    RETURN_NOT_OK(SortedKeys(path, &keys));
    Tag(kShipTable);
    Number(static_cast<uint32_t>(keys.size()));
    AppendNumber(&payload_, Length(lua_gettop(L_) - 1));
    AppendText(&payload_, path);
    return Pairs(path, keys);
  }

  // How many elements follow one another from 1. Of a list with holes, `#` may say something else
  // in every state.
  uint32_t Length(int table) {
    for (uint32_t length = 0;; ++length) {
      lua_rawgeti(L_, table, static_cast<int>(length) + 1);
      const bool is_end = lua_isnil(L_, -1);
      lua_pop(L_, 1);
      if (is_end) return length;
    }
  }

  bool IsLabels() {
    if (luaL_getmetafield(L_, -1, "__name") == 0) return false;
    const bool is_labels = lua_type(L_, -1) == LUA_TSTRING &&
                           lua_tostring(L_, -1) == std::string_view("tideway.Labels");
    lua_pop(L_, 1);
    return is_labels;
  }

  Status Labels(const std::string& path) {
    Tag(kShipLabels);
    lua_pushliteral(L_, "list");
    lua_rawget(L_, -2);
    const Status status = Value(path);
    lua_pop(L_, 1);
    return status;
  }

  // Pushes a table that lists the keys, so that they can be visited in a fixed order.
  Status SortedKeys(const std::string& path, std::map<std::string, int>* keys) {
    lua_newtable(L_);
    lua_pushnil(L_);
    while (lua_next(L_, -3) != 0) {
      lua_pop(L_, 1);
      std::string form;
      if (!KeyForm(&form)) {
        const std::string type = luaL_typename(L_, -1);
        lua_pop(L_, 2);
        return CannotCopy(path, "a table with a key that is a " + type,
                          "use numbers, strings and booleans as keys");
      }
      lua_pushvalue(L_, -1);
      lua_rawseti(L_, -3, static_cast<int>(keys->size()) + 1);
      keys->emplace(form, static_cast<int>(keys->size()) + 1);
    }
    return Status::OK();
  }

  // The key on top of the stack as bytes that sort in a fixed order.
  bool KeyForm(std::string* form) {
    size_t size = 0;
    switch (lua_type(L_, -1)) {
      case LUA_TSTRING: {
        const char* bytes = lua_tolstring(L_, -1, &size);
        *form = "s" + std::string(bytes, size);
        return true;
      }
      case LUA_TNUMBER:
        *form = "n";
        AppendNumber(form, lua_tonumber(L_, -1));
        return true;
      case LUA_TBOOLEAN:
        *form = lua_toboolean(L_, -1) != 0 ? "t" : "f";
        return true;
      default:
        return false;
    }
  }

  // The stack holds the table and the list of its keys; pops the list.
  Status Pairs(const std::string& path, const std::map<std::string, int>& keys) {
    Status status;
    for (const auto& [form, position] : keys) {
      lua_rawgeti(L_, -1, position);
      const std::string name =
          form[0] == 's' ? path + "." + form.substr(1) : path + "[" + KeyText() + "]";
      if (form[0] == 's') NoteKey(form.substr(1));
      status = Value(name);
      if (status.ok()) {
        lua_pushvalue(L_, -1);
        lua_rawget(L_, -4);
        status = Value(name);
        lua_pop(L_, 1);
      }
      lua_pop(L_, 1);
      if (!status.ok()) break;
    }
    lua_pop(L_, 1);
    return status;
  }

  std::string KeyText() {
    if (lua_type(L_, -1) == LUA_TBOOLEAN) return lua_toboolean(L_, -1) != 0 ? "true" : "false";
    lua_pushvalue(L_, -1);
    std::string text = lua_tostring(L_, -1);
    lua_pop(L_, 1);
    return text;
  }

  // A function may return a copied table as its result.
  void NoteKey(const std::string& key) { out_.keys_written.insert(key); }

  Status Function(const std::string& path, bool is_main) {
    if (Known()) return Status::OK();
    if (lua_iscfunction(L_, -1) != 0) {
      return CannotCopy(path, "a built-in function that row functions do not have", kPure);
    }
    std::string dump;
    lua_dump(L_, AppendDump, &dump);
    ARROW_ASSIGN_OR_RAISE(const Bytecode bytecode, ParseBytecode(dump));
    const BytecodeFacts facts = FindFacts(bytecode);
    RETURN_NOT_OK(CheckGlobals(facts));
    Note(facts, is_main);
    payload_ += kShipFunction;
    canonical_ += kShipFunction;
    AppendText(&payload_, dump);
    AppendText(&canonical_, bytecode.canonical);
    return Upvalues(path, facts, bytecode.prototypes.back().upvalues.size());
  }

  void Note(const BytecodeFacts& facts, bool is_main) {
    out_.keys_read.insert(facts.keys_read.begin(), facts.keys_read.end());
    out_.keys_written.insert(facts.keys_written.begin(), facts.keys_written.end());
    out_.reads_computed_keys |= facts.reads_computed_keys || facts.globals_read.contains("pairs") ||
                                facts.globals_read.contains("next");
    out_.writes_computed_keys |= facts.writes_computed_keys;
    out_.uses_power |= facts.uses_power || facts.keys_read.contains("pow");
    if (!is_main) return;
    out_.returns_only_constructors = facts.returns_only_constructors;
    out_.returned_keys = facts.returned_keys;
  }

  Status Upvalues(const std::string& path, const BytecodeFacts& facts, size_t count) {
    Number(static_cast<uint32_t>(count));
    for (int i = 0; i < static_cast<int>(count); ++i) {
      const char* name = lua_getupvalue(L_, -1, i + 1);
      const std::string variable = path.empty() ? name : path + ": " + name;
      Status status = CheckUse(variable, facts, i);
      if (status.ok()) status = Value(variable);
      lua_pop(L_, 1);
      RETURN_NOT_OK(status);
    }
    return Status::OK();
  }

  // The upvalue is on top of the stack.
  Status CheckUse(const std::string& variable, const BytecodeFacts& facts, int i) {
    if (facts.assigned_upvalues.contains(i)) {
      return Error(ErrorKind::kScript, operation_ + ": the function (" + out_.where +
                                           ") assigns to `" + variable +
                                           "`, a variable from outside it")
          .Hint("row functions run on several workers, each with a copy: return the value instead");
    }
    if (facts.written_upvalues.contains(i) && lua_istable(L_, -1)) {
      return Error(ErrorKind::kScript, operation_ + ": the function (" + out_.where +
                                           ") writes to `" + variable +
                                           "`, a table from outside it")
          .Hint("row functions run on several workers, each with a copy: return the value instead");
    }
    for (const auto& [index, field] : facts.upvalue_fields) {
      if (index != i) continue;
      if (IsModule() && field != "null") {
        return CannotCopy(variable + "." + field, "which row functions do not have",
                          "of the tideway module, row functions have `null` alone");
      }
      const std::string* library = globals_.NameOf(lua_topointer(L_, -1));
      if (library != nullptr) RETURN_NOT_OK(CheckField(*library, field));
    }
    return Status::OK();
  }

  Status CheckField(const std::string& library, const std::string& field) {
    const std::optional<std::string> problem = globals_.FieldProblem(library, field);
    if (!problem) return Status::OK();
    return CannotCopy(library + "." + field, *problem, kPure);
  }

  Status CheckGlobals(const BytecodeFacts& facts) {
    if (!facts.globals_set.empty()) {
      return CannotCopy(*facts.globals_set.begin(), "a global, and assigns to it",
                        "use a local variable");
    }
    for (const std::string& name : facts.globals_read) {
      if (const auto problem = globals_.Problem(name)) return CannotCopy(name, *problem, kPure);
    }
    for (const auto& [library, field] : facts.global_fields) {
      RETURN_NOT_OK(CheckField(library, field));
    }
    return Status::OK();
  }

  lua_State* L_;
  const std::string operation_;
  const RowGlobals globals_;
  std::unordered_map<const void*, uint32_t> objects_;
  int depth_ = 0;
  std::string payload_;
  std::string canonical_;
  ShippedFunction out_;
};

}  // namespace

Result<ShippedPtr> ShipFunction(lua_State* L, int index, std::string_view operation) {
  if (index < 0) index = lua_gettop(L) + index + 1;
  return Shipper(L, operation).Ship(index);
}

}  // namespace tideway::binding
