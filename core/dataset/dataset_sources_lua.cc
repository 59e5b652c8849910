#include <arrow/type.h>

#include <algorithm>

#include "core/binding/arguments.h"
#include "core/binding/choice.h"
#include "core/binding/dataset.h"
#include "core/binding/value.h"
#include "core/dataset/dataset_lua_internal.h"
#include "core/dataset/format/remote_source.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/type_name.h"

namespace tideway::dataset::lua {

using binding::Choice;
using binding::Options;
using binding::PushDataset;

Result<int> FromRows(lua_State* L) {
  Options options(L, 2, "dataset.from_rows");
  arrow::FieldVector declared;
  options.PushValue("types");
  if (!lua_isnil(L, -1)) {
    luaL_checktype(L, -1, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
      const std::string name = binding::CheckString(L, -2);
      ARROW_ASSIGN_OR_RAISE(auto type, TypeFromName(binding::CheckString(L, -1)));
      declared.push_back(arrow::field(name, std::move(type)));
    }
  }
  options.Finish();
  std::sort(declared.begin(), declared.end(),
            [](const auto& a, const auto& b) { return a->name() < b->name(); });
  ARROW_ASSIGN_OR_RAISE(auto table, binding::RowsToTable(L, 1, declared));
  PushDataset(L, FromTable(std::move(table)));
  return 1;
}

// One path, or a list of them.
static std::vector<std::string> CheckPaths(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TTABLE) return binding::CheckStrings(L, index);
  return {binding::CheckString(L, index)};
}

static Result<BrokenRecords> OnError(Options& options, const char* operation) {
  return Choice<BrokenRecords>(
      options, operation, "on_error",
      {{"refuse", BrokenRecords::kRefuse}, {"drop", BrokenRecords::kDrop}});
}

Result<int> ReadParquetFiles(lua_State* L) {
  const auto paths = CheckPaths(L, 1);
  Options options(L, 2, "dataset.parquet");
  ParquetReadOptions read{.columns = options.Strings("columns")};
  options.Finish();
  PushDataset(
      L, ReadRemote(paths, [read](auto files) { return ReadParquet(files, read); }, Reads::kParts));
  return 1;
}

Result<int> ReadCsvFiles(lua_State* L) {
  const auto paths = CheckPaths(L, 1);
  Options options(L, 2, "dataset.csv");
  CsvReadOptions read;
  if (options.Has("delimiter")) {
    const std::string delimiter = options.String("delimiter", "");
    if (delimiter.size() != 1) {
      return Error(ErrorKind::kUsage, "dataset.csv: delimiter must be one byte: " + delimiter);
    }
    read.delimiter = delimiter[0];
  }
  read.header = options.Bool("header", true);
  read.columns = options.Strings("columns");
  read.nulls = options.Strings("nulls");
  ARROW_ASSIGN_OR_RAISE(read.broken, OnError(options, "dataset.csv"));
  options.PushValue("types");
  if (!lua_isnil(L, -1)) {
    luaL_checktype(L, -1, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
      read.types[binding::CheckString(L, -2)] = binding::CheckString(L, -1);
    }
  }
  options.Finish();
  PushDataset(L, ReadRemote(paths, [read](auto files) { return ReadCsv(files, read); }));
  return 1;
}

Result<int> ReadJsonlFiles(lua_State* L) {
  const auto paths = CheckPaths(L, 1);
  Options options(L, 2, "dataset.jsonl");
  ARROW_ASSIGN_OR_RAISE(const BrokenRecords broken, OnError(options, "dataset.jsonl"));
  options.Finish();
  PushDataset(L, ReadRemote(paths, [broken](auto files) { return ReadJsonl(files, broken); }));
  return 1;
}

Result<int> ReadTextFiles(lua_State* L) {
  const auto paths = CheckPaths(L, 1);
  Options options(L, 2, "dataset.text");
  ARROW_ASSIGN_OR_RAISE(const BrokenRecords broken, OnError(options, "dataset.text"));
  options.Finish();
  PushDataset(L, ReadRemote(paths, [broken](auto files) { return ReadText(files, broken); }));
  return 1;
}

Result<int> ReadWholeFilesOf(lua_State* L) {
  const auto paths = CheckPaths(L, 1);
  Options options(L, 2, "dataset.files");
  const int64_t max_bytes = options.Int("max_bytes", kAnySize);
  options.Finish();
  if (max_bytes < 0) {
    return Error(ErrorKind::kUsage,
                 "dataset.files: max_bytes must not be negative: " + std::to_string(max_bytes));
  }
  PushDataset(L, ReadWholeFiles(paths, max_bytes));
  return 1;
}

Result<int> ReadArrowFiles(lua_State* L) {
  PushDataset(L, ReadRemote(CheckPaths(L, 1), [](auto files) { return ReadArrow(files); }));
  return 1;
}

}  // namespace tideway::dataset::lua
