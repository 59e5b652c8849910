#include "core/dataset/format/write_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/dataset/format/replace_folder.h"

namespace tideway::dataset {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

// What a path that ends so is meant to be: a file, if not of this format.
constexpr std::array kFileEndings = {".parquet", ".arrow", ".feather", ".jsonl", ".ndjson", ".json",
                                     ".csv",     ".tsv",   ".txt",     ".gz",    ".zst"};
// Leaves room in a file name (255 bytes) for what is added to the part's.
constexpr size_t kMaxPartName = 100;

template <typename Endings>
bool EndsInOneOf(std::string_view path, const Endings& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

// A write of some parts in one format.
class Write {
 public:
  Write(const std::vector<WritePart>& parts, const WriteTarget& target, const FileFormat& format,
        RunContext& run)
      : parts_(parts), target_(target), format_(format), run_(run) {}

  Status CheckTarget() const;
  Status CheckParts() const;
  // Records what would be done.
  Status CheckOnly() const;
  Result<std::vector<WrittenShard>> ToFile();
  Result<std::vector<WrittenShard>> ToFolder();
  bool is_file() const { return EndsInOneOf(target_.path, format_.endings()); }

 private:
  Error Misuse(const std::string& what) const {
    return Error(ErrorKind::kUsage, fmt::format("{}: {}", format_.op(), what));
  }
  // Runs all parts; the files stand under their names in `folder` afterwards.
  Result<std::vector<WrittenShard>> Run(const std::string& folder);

  const std::vector<WritePart>& parts_;
  const WriteTarget& target_;
  const FileFormat& format_;
  RunContext& run_;
};

Status Write::CheckTarget() const {
  if (target_.path.empty()) return Misuse("the path is empty");
  if (target_.max_shard_bytes < 1) {
    return Misuse(fmt::format("max_shard_bytes must be at least 1: {}", target_.max_shard_bytes));
  }
  if (is_file() || !EndsInOneOf(target_.path, kFileEndings)) return Status::OK();
  return Misuse("a path that ends as files of another kind do: " + target_.path)
      .Hint(fmt::format("for one file end it in {}; for a folder, in none of these",
                        fmt::join(format_.endings(), ", ")));
}

Status Write::CheckParts() const {
  if (parts_.empty()) {
    return Misuse("nothing to write: no parts")
        .Hint("pass a table of datasets by name: { train = rows }");
  }
  if (is_file() && parts_.size() != 1) {
    return Misuse(fmt::format("{} parts cannot go into one file: {}", parts_.size(), target_.path))
        .Hint("give a folder, a path without " + format_.endings()[0]);
  }
  static const std::regex kName(R"(\w+(\.\w+)*)");
  std::set<std::string> names;
  for (const WritePart& part : parts_) {
    if (part.name.size() > kMaxPartName || !std::regex_match(part.name, kName)) {
      return Misuse(fmt::format("not a name for a part: `{}`", part.name))
          .Hint("letters, digits and `_`, in words joined by `.`, at most 100 characters");
    }
    if (!names.insert(part.name).second) {
      return Misuse(fmt::format("two parts named `{}`", part.name));
    }
  }
  return Status::OK();
}

std::string ParentOf(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

Status Write::CheckOnly() const {
  std::vector<NamedPlan> plans;
  for (const WritePart& part : parts_) {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr schema, part.plan->schema(run_));
    RETURN_NOT_OK(format_.CheckColumns(*schema));
    plans.push_back({part.name, part.plan});
  }
  if (!is_file()) {
    RETURN_NOT_OK(WithContext(format_.op(), FolderReplacement::Check(target_.path)));
  } else if (FileExists(ParentOf(target_.path))) {
    RETURN_NOT_OK(CheckWritable(ParentOf(target_.path)));
  }
  run_.RecordPlan(fmt::format("{} {}\n", format_.op(), target_.path) +
                  (plans.size() == 1 ? PrintPlan(*plans[0].plan, 1) : PrintParts(plans)));
  return Status::OK();
}

Result<std::vector<WrittenShard>> Write::Run(const std::string& folder) {
  std::vector<std::unique_ptr<FileSink>> sinks;
  std::vector<Execution> executions;
  for (const WritePart& part : parts_) {
    PartTarget place{
        .folder = folder, .stem = part.name, .max_shard_bytes = target_.max_shard_bytes};
    if (is_file()) place.file_name = fs::path(target_.path).filename().string();
    ARROW_ASSIGN_OR_RAISE(auto sink, format_.MakeSink(*part.plan, std::move(place), run_));
    sinks.push_back(std::move(sink));
    executions.push_back({part.plan, sinks.back().get()});
  }
  RETURN_NOT_OK(ExecuteWriters(executions, run_));
  std::vector<WrittenShard> shards;
  for (size_t i = 0; i < parts_.size(); ++i) {
    RETURN_NOT_OK(sinks[i]->Publish());
    for (const WrittenFile& file : sinks[i]->files()) shards.push_back({parts_[i].name, file});
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

Result<std::vector<WrittenShard>> Write::ToFile() {
  const std::string folder = ParentOf(target_.path);
  // What a killed run left beside it; a folder that is not there fails below, with its name.
  RemoveStaleTemporaries(folder).status().ok();
  ARROW_ASSIGN_OR_RAISE(auto shards, Run(folder));
  Record(shards, folder + "/" + shards[0].file.name, folder, run_);
  return shards;
}

Result<std::vector<WrittenShard>> Write::ToFolder() {
  const auto prepared = FolderReplacement::Prepare(target_.path);
  RETURN_NOT_OK(WithContext(format_.op(), prepared.status()));
  FolderReplacement& replacement = **prepared;
  ARROW_ASSIGN_OR_RAISE(auto shards, Run(replacement.staging()));
  RETURN_NOT_OK(WriteFileAtomic(replacement.staging() + "/" + kManifestName, Manifest(shards)));
  RETURN_NOT_OK(WithContext(format_.op(), replacement.Commit()));
  Record(shards, target_.path, target_.path, run_);
  return shards;
}

}  // namespace

Result<std::vector<WrittenShard>> WriteFiles(const std::vector<WritePart>& parts,
                                             const WriteTarget& target, const FileFormat& format,
                                             RunContext& run) {
  Write write(parts, target, format, run);
  RETURN_NOT_OK(write.CheckTarget());
  RETURN_NOT_OK(write.CheckParts());
  if (!run.options().check_only) return write.is_file() ? write.ToFile() : write.ToFolder();
  RETURN_NOT_OK(write.CheckOnly());
  return std::vector<WrittenShard>();
}

}  // namespace tideway::dataset
