#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "core/binding/arguments.h"
#include "core/binding/dataset.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/dataset/dataset_lua_internal.h"
#include "core/dataset/format/write_parquet.h"

namespace tideway::dataset::lua {
namespace {

using binding::Options;
using binding::Push;

constexpr const char* kName = "dataset.write_parquet";

Status CheckShardBytes(const WriteParquetOptions& write) {
  if (write.max_shard_bytes >= 1) return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("{}: max_shard_bytes must be at least 1: {}", kName,
                                              write.max_shard_bytes));
}

void PushFile(lua_State* L, const WrittenShard& shard) {
  lua_createtable(L, 0, 5);
  binding::PushString(L, shard.file.name);
  lua_setfield(L, -2, "name");
  binding::PushString(L, shard.part);
  lua_setfield(L, -2, "part");
  binding::PushInt(L, shard.file.rows);
  lua_setfield(L, -2, "rows");
  binding::PushInt(L, shard.file.size);
  lua_setfield(L, -2, "size");
  binding::PushString(L, shard.file.sha256);
  lua_setfield(L, -2, "sha256");
}

struct Parts {
  std::vector<ParquetPart> plans;
  std::vector<std::shared_ptr<Dataset>> kept;  // hold the rows that the plans' run keeps
};

// Runs the parts into `write.path`; `kept` lives until that is done.
Result<int> Write(lua_State* L, Parts parts, WriteParquetOptions write) {
  RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [parts = std::move(parts), write, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(auto shards, WriteParquetParts(parts.plans, write, run));
    return Push([shards = std::move(shards)](lua_State* state) {
      lua_createtable(state, static_cast<int>(shards.size()), 0);
      for (size_t i = 0; i < shards.size(); ++i) {
        PushFile(state, shards[i]);
        lua_rawseti(state, -2, static_cast<int>(i) + 1);
      }
      return 1;
    });
  });
}

// The datasets by name in the table at `index`, by name; other keys (the list of names that a split
// gives) are passed over.
Result<Parts> ReadParts(lua_State* L, int index) {
  if (!lua_istable(L, index)) binding::RaiseArgument(L, index, "a table of datasets by name");
  Parts parts;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) continue;
    const std::string name = binding::CheckString(L, -2);
    auto rows = binding::OptObject<Dataset>(L, -1);
    if (rows == nullptr) {
      return Error(ErrorKind::kUsage, fmt::format("{}: part `{}` is not a dataset", kName, name));
    }
    parts.plans.push_back({name, rows->plan()});
    parts.kept.push_back(std::move(rows));
  }
  std::sort(parts.plans.begin(), parts.plans.end(),
            [](const ParquetPart& a, const ParquetPart& b) { return a.name < b.name; });
  return parts;
}

}  // namespace

// dataset, path, options -> a list of files
Result<int> WriteParquetFiles(lua_State* L) {
  auto self = binding::CheckObject<Dataset>(L, 1);
  WriteParquetOptions write{.path = binding::CheckString(L, 2)};
  Options options(L, 3, kName);
  write.stem = options.String("stem", write.stem);
  write.max_shard_bytes = options.Int("max_shard_bytes", write.max_shard_bytes);
  options.Finish();
  RETURN_NOT_OK(CheckShardBytes(write));
  Parts parts;
  parts.plans.push_back({write.stem, self->plan()});
  parts.kept.push_back(std::move(self));
  return Write(L, std::move(parts), std::move(write));
}

// parts, path, options -> a list of files
Result<int> WriteParquetFolder(lua_State* L) {
  ARROW_ASSIGN_OR_RAISE(Parts parts, ReadParts(L, 1));
  WriteParquetOptions write{.path = binding::CheckString(L, 2)};
  Options options(L, 3, kName);
  write.max_shard_bytes = options.Int("max_shard_bytes", write.max_shard_bytes);
  options.Finish();
  RETURN_NOT_OK(CheckShardBytes(write));
  return Write(L, std::move(parts), std::move(write));
}

}  // namespace tideway::dataset::lua
