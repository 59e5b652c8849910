#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/binding/arguments.h"
#include "core/binding/choice.h"
#include "core/binding/dataset.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/dataset/dataset_lua_internal.h"
#include "core/dataset/format/token_sink.h"
#include "core/dataset/format/write_files.h"

namespace tideway::dataset::lua {
namespace {

using binding::Options;
using binding::Push;

using FormatPtr = std::shared_ptr<const FileFormat>;
// Reads the options that only one format has.
using ReadFormat = Result<FormatPtr> (*)(Options& options);

Result<FormatPtr> ParquetOf(Options&) { return MakeParquetFormat(); }
Result<FormatPtr> JsonlOf(Options&) { return MakeJsonlFormat(); }
Result<FormatPtr> ArrowOf(Options& options) {
  ArrowWriteOptions arrow;
  ARROW_ASSIGN_OR_RAISE(arrow.zstd,
                        binding::Choice<bool>(options, "dataset.write_arrow", "compression",
                                              {{"none", false}, {"zstd", true}}));
  return MakeArrowFormat(arrow);
}
Result<FormatPtr> CsvOf(Options& options) {
  CsvWriteOptions csv;
  if (options.Has("delimiter")) {
    const std::string delimiter = options.String("delimiter", "");
    if (delimiter.size() != 1) {
      return Error(ErrorKind::kUsage,
                   "dataset.write_csv: delimiter must be one byte: " + delimiter);
    }
    csv.delimiter = delimiter[0];
  }
  return MakeCsvFormat(csv);
}

Result<FormatPtr> TextOf(Options& options) { return MakeTextFormat(options.String("column", "")); }

Result<FormatPtr> TokensOf(Options& options) {
  TokenFileOptions tokens{.column = options.String("column", "")};
  ARROW_ASSIGN_OR_RAISE(
      tokens.type,
      binding::Choice<TokenType>(options, "dataset.write_tokens", "type",
                                 {{"uint16", TokenType::kUint16}, {"uint32", TokenType::kUint32}}));
  return MakeTokenFormat(std::move(tokens));
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

void PushFiles(lua_State* L, const std::vector<WrittenShard>& shards) {
  lua_createtable(L, static_cast<int>(shards.size()), 0);
  for (size_t i = 0; i < shards.size(); ++i) {
    PushFile(L, shards[i]);
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
  }
}

// What stands, where nothing is written, for the files at `path`: scripts look at the first one.
std::vector<WrittenShard> StandIn(const std::string& path) {
  WrittenShard shard{.part = "train", .file = {}};
  shard.file.name = path.substr(path.rfind('/') + 1);
  shard.file.sha256 = std::string(64, '0');
  return {std::move(shard)};
}

struct Parts {
  std::vector<WritePart> plans;
  std::vector<std::shared_ptr<Dataset>> kept;  // hold the rows that the plans' run keeps
};

// Runs the parts into `target`; `kept` lives until that is done.
Result<int> Write(lua_State* L, Parts parts, WriteTarget target, FormatPtr format) {
  RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [parts = std::move(parts), target, format, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(auto shards, WriteFiles(parts.plans, target, *format, run));
    if (run.options().check_only) shards = StandIn(target.path);
    return Push([shards = std::move(shards)](lua_State* state) {
      PushFiles(state, shards);
      return 1;
    });
  });
}

// The datasets by name in the table at `index`, by name; other keys (the list of names that a split
// gives) are passed over.
Result<Parts> ReadParts(lua_State* L, int index, const char* name) {
  if (!lua_istable(L, index)) binding::RaiseArgument(L, index, "a table of datasets by name");
  Parts parts;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) continue;
    const std::string part = binding::CheckString(L, -2);
    auto rows = binding::OptObject<Dataset>(L, -1);
    if (rows == nullptr) {
      return Error(ErrorKind::kUsage, fmt::format("{}: part `{}` is not a dataset", name, part));
    }
    parts.plans.push_back({part, rows->plan()});
    parts.kept.push_back(std::move(rows));
  }
  std::sort(parts.plans.begin(), parts.plans.end(),
            [](const WritePart& a, const WritePart& b) { return a.name < b.name; });
  return parts;
}

WriteTarget TargetOf(lua_State* L, Options& options) {
  const auto number = [&options](const char* name) {
    return options.Has(name) ? std::optional<int64_t>(options.RequiredInt(name)) : std::nullopt;
  };
  return {.path = binding::CheckString(L, 2),
          .max_shard_bytes = number("max_shard_bytes"),
          .max_shard_rows = number("max_shard_rows"),
          .shards = number("shards")};
}

// dataset, path, options -> a list of files
Result<int> WriteRows(lua_State* L, const char* name, ReadFormat read_format) {
  auto self = binding::CheckObject<Dataset>(L, 1);
  Options options(L, 3, name);
  std::string stem = options.String("stem", "train");  // so Python's datasets finds the files
  WriteTarget target = TargetOf(L, options);
  ARROW_ASSIGN_OR_RAISE(FormatPtr format, read_format(options));
  options.Finish();
  Parts parts;
  parts.plans.push_back({std::move(stem), self->plan()});
  parts.kept.push_back(std::move(self));
  return Write(L, std::move(parts), std::move(target), std::move(format));
}

// parts, path, options -> a list of files
Result<int> WriteParts(lua_State* L, const char* name, ReadFormat read_format) {
  ARROW_ASSIGN_OR_RAISE(Parts parts, ReadParts(L, 1, name));
  Options options(L, 3, name);
  WriteTarget target = TargetOf(L, options);
  ARROW_ASSIGN_OR_RAISE(FormatPtr format, read_format(options));
  options.Finish();
  return Write(L, std::move(parts), std::move(target), std::move(format));
}

struct NamedFormat {
  const char* name;
  ReadFormat read;
};
constexpr NamedFormat kFormats[] = {
    {"parquet", ParquetOf}, {"arrow", ArrowOf}, {"jsonl", JsonlOf}, {"csv", CsvOf}};

}  // namespace

// dataset, paths by format -> lists of files by format
Result<int> Tee(lua_State* L) {
  auto self = binding::CheckObject<Dataset>(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  Options paths(L, 2, "tee");
  Options none(L, 3, "tee");
  std::vector<TeeOutput> outputs;
  std::vector<std::string> names;
  for (const auto& [name, read_format] : kFormats) {
    const auto path = paths.OptionalString(name);
    if (!path) continue;
    ARROW_ASSIGN_OR_RAISE(FormatPtr format, read_format(none));
    outputs.push_back({{.path = *path}, std::move(format)});
    names.emplace_back(name);
  }
  paths.Finish();
  RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [self, outputs, names, &run]() -> Result<Push> {
    ARROW_ASSIGN_OR_RAISE(auto shards, WriteTee({"train", self->plan()}, outputs, run));
    for (size_t i = 0; i < shards.size() && run.options().check_only; ++i) {
      shards[i] = StandIn(outputs[i].target.path);
    }
    return Push([shards = std::move(shards), names](lua_State* state) {
      lua_createtable(state, 0, static_cast<int>(names.size()));
      for (size_t i = 0; i < names.size(); ++i) {
        PushFiles(state, shards[i]);
        lua_setfield(state, -2, names[i].c_str());
      }
      return 1;
    });
  });
}

Result<int> WriteParquetRows(lua_State* L) {
  return WriteRows(L, "dataset.write_parquet", ParquetOf);
}
Result<int> WriteParquetParts(lua_State* L) {
  return WriteParts(L, "dataset.write_parquet", ParquetOf);
}
Result<int> WriteArrowRows(lua_State* L) { return WriteRows(L, "dataset.write_arrow", ArrowOf); }
Result<int> WriteArrowParts(lua_State* L) { return WriteParts(L, "dataset.write_arrow", ArrowOf); }
Result<int> WriteJsonlRows(lua_State* L) { return WriteRows(L, "dataset.write_jsonl", JsonlOf); }
Result<int> WriteJsonlParts(lua_State* L) { return WriteParts(L, "dataset.write_jsonl", JsonlOf); }
Result<int> WriteTextRows(lua_State* L) { return WriteRows(L, "dataset.write_text", TextOf); }
Result<int> WriteTextParts(lua_State* L) { return WriteParts(L, "dataset.write_text", TextOf); }
Result<int> WriteTokensRows(lua_State* L) { return WriteRows(L, "dataset.write_tokens", TokensOf); }
Result<int> WriteTokensParts(lua_State* L) {
  return WriteParts(L, "dataset.write_tokens", TokensOf);
}
Result<int> WriteCsvRows(lua_State* L) { return WriteRows(L, "dataset.write_csv", CsvOf); }
Result<int> WriteCsvParts(lua_State* L) { return WriteParts(L, "dataset.write_csv", CsvOf); }

}  // namespace tideway::dataset::lua
