#include "core/dataset/format/write_parquet.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/dataset/features.h"
#include "core/dataset/format/replace_folder.h"
#include "core/dataset/op/split.h"

namespace tideway::dataset {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::string_view kEnding = ".parquet";
// Leaves room in a file name (255 bytes) for what is added to the part's.
constexpr size_t kMaxPartName = 100;

bool IsFile(const WriteParquetOptions& target) { return target.path.ends_with(kEnding); }

Status CheckParts(const std::vector<ParquetPart>& parts, const WriteParquetOptions& target) {
  if (target.path.empty()) return Error(ErrorKind::kUsage, "write.parquet: the path is empty");
  if (parts.empty()) {
    return Error(ErrorKind::kUsage, "write.parquet: nothing to write: no parts")
        .Hint("pass a table of datasets by name: { train = rows }");
  }
  if (IsFile(target) && parts.size() != 1) {
    return Error(ErrorKind::kUsage,
                 fmt::format("write.parquet: {} parts cannot go into one file: {}", parts.size(),
                             target.path))
        .Hint("give a folder, a path without .parquet");
  }
  static const std::regex kName(R"(\w+(\.\w+)*)");
  std::set<std::string> names;
  for (const ParquetPart& part : parts) {
    if (part.name.size() > kMaxPartName || !std::regex_match(part.name, kName)) {
      return Error(ErrorKind::kUsage,
                   fmt::format("write.parquet: not a name for a part: `{}`", part.name))
          .Hint("letters, digits and `_`, in words joined by `.`, at most 100 characters");
    }
    if (!names.insert(part.name).second) {
      return Error(ErrorKind::kUsage,
                   fmt::format("write.parquet: two parts named `{}`", part.name));
    }
  }
  return Status::OK();
}

std::string ParentOf(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

Status Check(const std::vector<ParquetPart>& parts, const WriteParquetOptions& target,
             RunContext& run) {
  std::vector<NamedPlan> plans;
  for (const ParquetPart& part : parts) {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr schema, part.plan->schema(run));
    RETURN_NOT_OK(WithContext("write.parquet", FeaturesOf(*schema).status()));
    plans.push_back({part.name, part.plan});
  }
  if (IsFile(target)) {
    if (FileExists(ParentOf(target.path))) RETURN_NOT_OK(CheckWritable(ParentOf(target.path)));
  } else {
    RETURN_NOT_OK(FolderReplacement::Check(target.path));
  }
  run.RecordPlan("write.parquet " + target.path + "\n" +
                 (plans.size() == 1 ? PrintPlan(*plans[0].plan, 1) : PrintParts(plans)));
  return Status::OK();
}

using Sinks = std::vector<std::unique_ptr<ParquetSink>>;

// Runs all parts; the files stand under their names in `folder` afterwards.
Result<Sinks> Run(const std::vector<ParquetPart>& parts, const WriteParquetOptions& target,
                  const std::string& folder, RunContext& run) {
  Sinks sinks;
  std::vector<Execution> executions;
  for (const ParquetPart& part : parts) {
    ParquetOptions options{
        .folder = folder, .stem = part.name, .max_shard_bytes = target.max_shard_bytes};
    if (IsFile(target)) options.file_name = fs::path(target.path).filename().string();
    ARROW_ASSIGN_OR_RAISE(options.bytes, PartBytes(*part.plan, run));
    if (options.bytes) {
      ARROW_ASSIGN_OR_RAISE(options.rows, part.plan->KnownRows(run));
    }
    sinks.push_back(std::make_unique<ParquetSink>(std::move(options)));
    executions.push_back({part.plan, sinks.back().get()});
  }
  RETURN_NOT_OK(ExecuteWriters(executions, run));
  for (const auto& sink : sinks) RETURN_NOT_OK(sink->Publish());
  return sinks;
}

std::vector<WrittenShard> ShardsOf(const std::vector<ParquetPart>& parts, const Sinks& sinks) {
  std::vector<WrittenShard> shards;
  for (size_t i = 0; i < parts.size(); ++i) {
    for (const ParquetFile& file : sinks[i]->files()) shards.push_back({parts[i].name, file});
  }
  return shards;
}

std::string Manifest(const std::vector<WrittenShard>& shards) {
  ordered_json list = ordered_json::array();
  for (const WrittenShard& shard : shards) {
    list.push_back({{"name", shard.file.name},
                    {"part", shard.part},
                    {"rows", shard.file.rows},
                    {"size", shard.file.size},
                    {"sha256", shard.file.sha256}});
  }
  return ordered_json{{"version", 1}, {"shards", std::move(list)}}.dump(2) + "\n";
}

// `place` is what the shards replaced: their folder, or the one file.
void Record(const std::vector<WrittenShard>& shards, const std::string& place,
            const std::string& folder, RunContext& run) {
  std::vector<OutputRecord> outputs;
  for (const WrittenShard& shard : shards) {
    outputs.push_back({folder + "/" + shard.file.name, "sha256:" + shard.file.sha256,
                       shard.file.rows, shard.file.size});
  }
  run.RecordOutputs(place, std::move(outputs));
}

}  // namespace

Result<std::vector<WrittenShard>> WriteParquetParts(const std::vector<ParquetPart>& parts,
                                                    const WriteParquetOptions& target,
                                                    RunContext& run) {
  RETURN_NOT_OK(CheckParts(parts, target));
  if (run.options().check_only) {
    RETURN_NOT_OK(Check(parts, target, run));
    return std::vector<WrittenShard>();
  }
  if (IsFile(target)) {
    // What a killed run left beside it; a folder that is not there fails below, with its name.
    RemoveStaleTemporaries(ParentOf(target.path)).status().ok();
    ARROW_ASSIGN_OR_RAISE(const Sinks sinks, Run(parts, target, ParentOf(target.path), run));
    auto shards = ShardsOf(parts, sinks);
    const std::string folder = ParentOf(target.path);
    Record(shards, folder + "/" + shards[0].file.name, folder, run);
    return shards;
  }
  ARROW_ASSIGN_OR_RAISE(const auto replacement, FolderReplacement::Prepare(target.path));
  ARROW_ASSIGN_OR_RAISE(const Sinks sinks, Run(parts, target, replacement->staging(), run));
  auto shards = ShardsOf(parts, sinks);
  RETURN_NOT_OK(WriteFileAtomic(replacement->staging() + "/" + kManifestName, Manifest(shards)));
  RETURN_NOT_OK(replacement->Commit());
  Record(shards, target.path, target.path, run);
  return shards;
}

Result<std::vector<ParquetFile>> WriteParquet(const NodePtr& plan,
                                              const WriteParquetOptions& options, RunContext& run) {
  ARROW_ASSIGN_OR_RAISE(const auto shards, WriteParquetParts({{options.stem, plan}}, options, run));
  std::vector<ParquetFile> files;
  for (const WrittenShard& shard : shards) files.push_back(shard.file);
  return files;
}

}  // namespace tideway::dataset
