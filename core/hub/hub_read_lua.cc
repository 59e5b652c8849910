#include <arrow/type.h>

#include <memory>

#include "core/base/secret.h"
#include "core/binding/arguments.h"
#include "core/binding/dataset.h"
#include "core/binding/park.h"
#include "core/binding/runtime.h"
#include "core/dataset/format/remote_source.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/op/encode.h"
#include "core/dataset/op/label_columns.h"
#include "core/dataset/op/select.h"
#include "core/hub/find_split.h"
#include "core/hub/hub_lua_internal.h"

namespace tideway::hub::lua {
namespace {

using dataset::NodePtr;
using dataset::ReadRemote;
using dataset::Reads;
using Paths = std::vector<std::string>;

NodePtr SourceOf(const FoundSplit& split, const std::vector<std::string>& columns) {
  switch (split.format) {
    case FileFormat::kParquet: {
      const dataset::ParquetReadOptions read{.columns = columns};
      return ReadRemote(
          split.paths, [read](Paths files) { return ReadParquet(std::move(files), read); },
          Reads::kParts);
    }
    case FileFormat::kCsv: {
      dataset::CsvReadOptions read;
      read.delimiter = split.delimiter;
      return ReadRemote(split.paths,
                        [read](Paths files) { return ReadCsv(std::move(files), read); });
    }
    case FileFormat::kJson:
      return ReadRemote(split.paths,
                        [](Paths files) { return dataset::ReadJsonl(std::move(files)); });
    case FileFormat::kText:
      return ReadRemote(split.paths,
                        [](Paths files) { return dataset::ReadText(std::move(files)); });
    case FileFormat::kArrow:
      break;
  }
  return ReadRemote(split.paths, [](Paths files) { return dataset::ReadArrow(std::move(files)); });
}

// With the names of the card: texts become numbers, numbers keep theirs.
Result<NodePtr> WithLabels(NodePtr rows, const FoundSplit& split, dataset::RunContext& run) {
  if (split.labels.empty()) return rows;
  ARROW_ASSIGN_OR_RAISE(const auto schema, rows->schema(run));
  for (const auto& [column, names] : split.labels) {
    const auto field = schema->GetFieldByName(column);
    if (!field || field->type()->id() != arrow::Type::STRING) continue;
    ARROW_ASSIGN_OR_RAISE(
        rows, dataset::MakeEncode(std::move(rows), {.column = column, .labels = names}));
  }
  return dataset::MakeLabelColumns(std::move(rows), split.labels);
}

Result<NodePtr> PlanOf(const FoundSplit& split, const std::vector<std::string>& columns,
                       dataset::RunContext& run) {
  NodePtr rows = SourceOf(split, columns);
  if (split.format == FileFormat::kParquet) return rows;
  ARROW_ASSIGN_OR_RAISE(rows, WithLabels(std::move(rows), split, run));
  return columns.empty() ? rows : dataset::MakeSelect(std::move(rows), columns);
}

void PushSplits(lua_State* L, const std::vector<DataSplit>& splits) {
  lua_createtable(L, static_cast<int>(splits.size()), 0);
  for (size_t i = 0; i < splits.size(); ++i) {
    lua_newtable(L);
    binding::PushString(L, splits[i].name);
    lua_setfield(L, -2, "name");
    binding::PushStrings(L, splits[i].files);
    lua_setfield(L, -2, "files");
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
  }
}

void PushConfigs(lua_State* L, const std::vector<ConfigFiles>& configs) {
  lua_createtable(L, static_cast<int>(configs.size()), 0);
  for (size_t i = 0; i < configs.size(); ++i) {
    lua_newtable(L);
    binding::PushString(L, configs[i].name);
    lua_setfield(L, -2, "name");
    lua_pushboolean(L, configs[i].is_default);
    lua_setfield(L, -2, "default");
    PushSplits(L, configs[i].splits);
    lua_setfield(L, -2, "splits");
    if (!configs[i].problem.empty()) {
      binding::PushString(L, configs[i].problem);
      lua_setfield(L, -2, "problem");
    }
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
  }
}

std::string OptionalText(lua_State* L, int index) {
  return lua_isnoneornil(L, index) ? "" : binding::CheckString(L, index);
}

}  // namespace

Result<int> ReadSplit(lua_State* L) {
  auto self = binding::CheckObject<Repository>(L, 1);
  SplitRequest request{.split = OptionalText(L, 2)};
  binding::Options options(L, 3, "hub.read");
  request.config = options.String("config", "");
  request.revision = options.String("revision", "");
  request.parquet = options.Bool("parquet", false);
  const std::vector<std::string> columns = options.Strings("columns");
  options.Finish();
  dataset::RunContext& run = binding::RuntimeOf(L).run();
  return binding::Park(L, [self, request, columns, &run]() -> Result<binding::Push> {
    const auto found = FindSplit(*self, request);
    if (!found.ok()) return WithContext(Redact(self->uri()), found.status());
    ARROW_ASSIGN_OR_RAISE(const NodePtr rows, PlanOf(*found, columns, run));
    return binding::Push([rows](lua_State* to) {
      binding::PushDataset(to, rows);
      return 1;
    });
  });
}

Result<int> Configs(lua_State* L) {
  auto self = binding::CheckObject<Repository>(L, 1);
  const std::string revision = OptionalText(L, 2);
  return binding::Park(L, [self, revision]() -> Result<binding::Push> {
    const auto configs = ListConfigs(*self, revision);
    if (!configs.ok()) return WithContext(Redact(self->uri()), configs.status());
    return binding::Push([configs = *configs](lua_State* to) {
      PushConfigs(to, configs);
      return 1;
    });
  });
}

}  // namespace tideway::hub::lua
