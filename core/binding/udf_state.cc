#include "core/binding/udf_state.h"

#include <arrow/c/abi.h>
#include <arrow/c/bridge.h>
#include <arrow/c/helpers.h>
#include <arrow/compute/api.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "core/base/memory.h"
#include "core/binding/guard_stack.h"
#include "core/binding/value.h"
#include "core/dataset/row_error.h"

namespace tideway::binding {

namespace {

// did_you_mean(word, list of names) -> "; did you mean `x`?" or ""
int SuggestName(lua_State* L) {
  const char* word = luaL_checkstring(L, 1);
  std::vector<std::string> names;
  for (int i = 1; i <= static_cast<int>(lua_objlen(L, 2)); ++i) {
    lua_rawgeti(L, 2, i);
    names.emplace_back(luaL_checkstring(L, -1));
    lua_pop(L, 1);
  }
  lua_pushstring(L, DidYouMean(word, names).c_str());
  return 1;
}

void SetText(lua_State* L, const char* field, std::string_view text) {
  lua_pushlstring(L, text.data(), text.size());
  lua_setfield(L, -2, field);
}

// Loads a Lua file of ours and calls it with the `arguments` above it on the stack; pushes what it
// returns.
void RunFile(lua_State* L, const std::string& path, int arguments) {
  if (luaL_loadfilex(L, path.c_str(), "t") != 0) lua_error(L);
  lua_insert(L, -1 - arguments);
  lua_call(L, arguments, 1);
}

// Pushes what sandbox.lua and row_loop.lua are called with.
void PushTools(lua_State* L, int cdata) {
  lua_pushvalue(L, cdata);
  PushNull(L);
  lua_pushcfunction(L, SuggestName);
}

int PopReference(lua_State* L, const char* field) {
  lua_getfield(L, -1, field);
  return luaL_ref(L, LUA_REGISTRYINDEX);
}

// The functions see many traces: one for each combination of nulls, branches and types.
constexpr const char* kJitOptions =
    "jit.opt.start('maxtrace=4000', 'maxrecord=16000', 'maxirconst=4000', 'maxside=400',"
    " 'maxsnap=2000', 'sizemcode=128', 'maxmcode=8192')";

// LuaJIT's message when its heap is full.
constexpr const char* kNoMemory = "not enough memory";

void PushPointer(lua_State* L, void* pointer) {
  if (pointer == nullptr) return lua_pushnil(L);
  lua_pushlightuserdata(L, pointer);
}

std::string TextAt(lua_State* L, int index) {
  size_t size = 0;
  const char* bytes = lua_tolstring(L, index, &size);
  return bytes == nullptr ? "" : std::string(bytes, size);
}

}  // namespace

Result<std::unique_ptr<UdfState>> UdfState::Create(std::shared_ptr<const RowProgram> program) {
  std::unique_ptr<UdfState> state(new UdfState(std::move(program)));
  RETURN_NOT_OK(state->Open());
  return state;
}

UdfState::~UdfState() {
  if (L_ == nullptr) return;
  heap_.Release(L_);
  lua_close(L_);
}

Status UdfState::Open() {
  arena_.limit = program_.memory_limit;
  kernels_ = MakeKernels(&arena_);
  L_ = luaL_newstate();
  if (L_ == nullptr) return Error(ErrorKind::kMemory, "no memory for a row function's Lua state");
  heap_.Limit(L_, program_.memory_limit, LuaHeap::kStrict);
  const int code = lua_cpcall(L_, Prepare, this);
  if (code == 0) return Status::OK();
  if (code == LUA_ERRMEM || TextAt(L_, -1) == kNoMemory) {
    return Error(ErrorKind::kMemory, std::string(operation()) + ": " + kNoMemory +
                                         ": the function with the tables it uses may hold " +
                                         FormatBytes(program_.memory_limit))
        .Hint("give more with --memory, or join a large table instead of capturing it");
  }
  return Error(ErrorKind::kInternal,
               std::string(operation()) + ": preparing a worker failed: " + TextAt(L_, -1));
}

// Runs protected: loads our files, the function, and compiles the loop for them.
int UdfState::Prepare(lua_State* L) {
  auto& self = *static_cast<UdfState*>(lua_touserdata(L, 1));
  luaL_openlibs(L);
  if (luaL_dostring(L, kJitOptions) != 0) lua_error(L);
  if (self.program_.function->uses_power)
    luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
  const std::string folder = self.program_.lua_folder + "/tideway/";
  lua_pushcfunction(L, CheckStack);
  RunFile(L, folder + "internal/guard_stack.lua", 1);
  lua_pop(L, 1);
  lua_pushlightuserdata(L, &self.kernels_);
  RunFile(L, folder + "cdata.lua", 1);
  const int cdata = lua_gettop(L);
  PushTools(L, cdata);
  lua_pushvalue(L, cdata);
  RunFile(L, folder + "internal/frozen.lua", 1);
  RunFile(L, folder + "internal/sandbox.lua", 4);
  const Receiver receiver = {PopReference(L, "globals"), PopReference(L, "module"),
                             PopReference(L, "freeze"), PopReference(L, "labels")};
  PushTools(L, cdata);
  RunFile(L, folder + "internal/row_loop.lua", 3);
  lua_getfield(L, -1, "compile");
  self.PushSpec(receiver.globals);
  PushShipped(L, *self.program_.function, receiver);
  lua_setfield(L, -2, "f");
  lua_call(L, 1, 3);
  self.row_ = luaL_ref(L, LUA_REGISTRYINDEX);
  self.explain_ = luaL_ref(L, LUA_REGISTRYINDEX);
  self.run_ = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

// Pushes the table that row_loop.lua's compile() takes, without the function.
void UdfState::PushSpec(int globals) {
  constexpr const char* kKinds[] = {"map", "column", "filter", "flat"};
  lua_newtable(L_);
  SetText(L_, "kind", kKinds[program_.kind]);
  SetText(L_, "column", program_.column);
  lua_pushboolean(L_, program_.function->writes_computed_keys ? 1 : 0);
  lua_setfield(L_, -2, "dynamic");
  lua_rawgeti(L_, LUA_REGISTRYINDEX, globals);
  lua_setfield(L_, -2, "globals");

  lua_newtable(L_);
  lua_newtable(L_);
  int hot = 0;
  for (int i = 0; i < program_.input->num_fields(); ++i) {
    const arrow::Field& field = *program_.input->field(i);
    const auto& cast = program_.casts[static_cast<size_t>(i)];
    const std::string kind = ReadKind(cast ? *cast : *field.type());
    lua_newtable(L_);
    SetText(L_, "name", field.name());
    SetText(L_, "type", field.type()->ToString());
    if (!kind.empty()) SetText(L_, "kind", kind);
    lua_rawseti(L_, -3, i + 1);
    if (hot < 40 && program_.function->keys_read.contains(field.name())) {
      lua_pushlstring(L_, field.name().data(), field.name().size());
      lua_rawseti(L_, -2, ++hot);
    }
  }
  lua_setfield(L_, -3, "hot");
  lua_setfield(L_, -2, "columns");

  lua_newtable(L_);
  for (size_t i = 0; i < program_.outputs.size(); ++i) {
    const RowOutput& output = program_.outputs[i];
    lua_newtable(L_);
    SetText(L_, "name", output.name);
    SetText(L_, "type", output.type->ToString());
    SetText(L_, "kind", WriteKind(*output.type));
    SetText(L_, "remedy", output.remedy);
    lua_pushinteger(L_, output.input >= 0 ? 2 : 1);
    lua_setfield(L_, -2, "absent");
    lua_rawseti(L_, -2, static_cast<int>(i) + 1);
  }
  lua_setfield(L_, -2, "outputs");

  lua_newtable(L_);
  for (size_t i = 0; i < program_.suspects.size(); ++i) {
    lua_pushlstring(L_, program_.suspects[i].data(), program_.suspects[i].size());
    lua_rawseti(L_, -2, static_cast<int>(i) + 1);
  }
  lua_setfield(L_, -2, "suspects");
}

Result<std::vector<std::shared_ptr<arrow::Array>>> UdfState::Map(const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(RowResults results,
                        RowResults::Allocate(program_.outputs, batch.num_rows(), text_bytes_));
  RETURN_NOT_OK(Run(batch, results.columns(), nullptr));
  text_bytes_ = results.text_bytes();
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t i = 0; i < program_.outputs.size(); ++i) {
    const RowOutput& output = program_.outputs[i];
    const auto old = output.input >= 0 ? batch.column(output.input) : nullptr;
    ARROW_ASSIGN_OR_RAISE(auto array, results.Finish(i, output, old));
    arrays.push_back(std::move(array));
  }
  return arrays;
}

Result<std::vector<uint8_t>> UdfState::Filter(const arrow::RecordBatch& batch) {
  std::vector<uint8_t> mask(static_cast<size_t>(batch.num_rows()));
  RETURN_NOT_OK(Run(batch, nullptr, mask.data()));
  return mask;
}

std::string_view UdfState::operation() const {
  if (program_.kind == RowProgram::kFlatMap) return "flat_map";
  return program_.kind == RowProgram::kFilter ? "filter" : "map";
}

Status UdfState::Run(const arrow::RecordBatch& batch, TidewayColumn* columns, void* rows,
                     TidewaySpan* span) {
  std::vector<std::shared_ptr<arrow::Array>> readable = batch.columns();
  for (size_t i = 0; i < readable.size(); ++i) {
    if (!program_.casts[i]) continue;
    ARROW_ASSIGN_OR_RAISE(arrow::Datum cast, arrow::compute::Cast(readable[i], program_.casts[i]));
    readable[i] = cast.make_array();
  }
  struct ArrowArray exported;
  RETURN_NOT_OK(arrow::ExportRecordBatch(
      *arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), std::move(readable)), &exported));
  arena_.Trim();
  lua_rawgeti(L_, LUA_REGISTRYINDEX, run_);
  lua_pushlightuserdata(L_, &exported);
  lua_pushlightuserdata(L_, columns);
  PushPointer(L_, rows);
  lua_pushnumber(L_, static_cast<lua_Number>(batch.num_rows()));
  PushPointer(L_, span);
  const Status status = lua_pcall(L_, 5, 0, 0) == 0 ? Status::OK() : Explain();
  ArrowArrayRelease(&exported);
  return status;
}

// The error value is on the stack; it is not read here, because making a string of it may fail.
Status UdfState::Explain() {
  std::string message = kNoMemory;
  std::string where;
  std::string note;
  lua_rawgeti(L_, LUA_REGISTRYINDEX, row_);
  int64_t row = lua_pcall(L_, 0, 1, 0) == 0 ? static_cast<int64_t>(lua_tonumber(L_, -1)) : -1;
  lua_pop(L_, 1);
  lua_rawgeti(L_, LUA_REGISTRYINDEX, explain_);
  lua_insert(L_, -2);
  if (lua_pcall(L_, 1, 4, 0) == 0) {
    message = TextAt(L_, -4);
    where = TextAt(L_, -3);
    row = static_cast<int64_t>(lua_tonumber(L_, -2));
    note = TextAt(L_, -1);
  }
  lua_settop(L_, 0);
  if (message == kNoMemory) {
    message += ": a row function may hold " + FormatBytes(program_.memory_limit);
  }
  message = std::string(operation()) + ": " + message;
  if (!note.empty()) message += " (" + note + ")";
  Error error(ErrorKind::kScript, std::move(message));
  error.Where(where.empty() ? program_.function->where : where);
  return row < 0 ? Status(error) : dataset::AtRow(row, error);
}

}  // namespace tideway::binding
