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
  // Opens the place and the sinks.
  Status Prepare();
  // What is to be run between Prepare() and Publish().
  const std::vector<Execution>& executions() const { return executions_; }
  // Moves the files to their names, and records them.
  Result<std::vector<WrittenShard>> Publish();
  bool is_file() const { return EndsInOneOf(target_.path, format_.endings()); }

 private:
  Error Misuse(const std::string& what) const {
    return Error(ErrorKind::kUsage, fmt::format("{}: {}", format_.op(), what));
  }
  const std::vector<WritePart>& parts_;
  const WriteTarget& target_;
  const FileFormat& format_;
  RunContext& run_;
  std::unique_ptr<FolderReplacement> replacement_;  // for a folder
  std::vector<std::unique_ptr<FileSink>> sinks_;
  std::vector<Execution> executions_;
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

Status Write::Prepare() {
  PartTarget place{.folder = ParentOf(target_.path), .max_shard_bytes = target_.max_shard_bytes};
  if (is_file()) {
    // What a killed run left beside it; a folder that is not there fails below, with its name.
    RemoveStaleTemporaries(place.folder).status().ok();
    place.file_name = fs::path(target_.path).filename().string();
  } else {
    auto prepared = FolderReplacement::Prepare(target_.path);
    RETURN_NOT_OK(WithContext(format_.op(), prepared.status()));
    replacement_ = std::move(*prepared);
    place.folder = replacement_->staging();
  }
  for (const WritePart& part : parts_) {
    place.stem = part.name;
    ARROW_ASSIGN_OR_RAISE(auto sink, format_.MakeSink(*part.plan, place, run_));
    sinks_.push_back(std::move(sink));
    executions_.push_back({part.plan, sinks_.back().get()});
  }
  return Status::OK();
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

Result<std::vector<WrittenShard>> Write::Publish() {
  std::vector<WrittenShard> shards;
  for (size_t i = 0; i < parts_.size(); ++i) {
    RETURN_NOT_OK(sinks_[i]->Publish());
    for (const WrittenFile& file : sinks_[i]->files()) shards.push_back({parts_[i].name, file});
  }
  if (is_file()) {
    const std::string folder = ParentOf(target_.path);
    Record(shards, folder + "/" + shards[0].file.name, folder, run_);
    return shards;
  }
  RETURN_NOT_OK(WriteFileAtomic(replacement_->staging() + "/" + kManifestName, Manifest(shards)));
  RETURN_NOT_OK(WithContext(format_.op(), replacement_->Commit()));
  Record(shards, target_.path, target_.path, run_);
  return shards;
}

// A path as one that can be compared.
fs::path PlaceOf(const std::string& path) {
  std::error_code error;
  const fs::path absolute = fs::weakly_canonical(path, error);
  return error ? fs::path(path).lexically_normal() : absolute;
}

bool IsAtOrBelow(const fs::path& path, const fs::path& place) {
  return std::ranges::mismatch(place, path).in1 == place.end();
}

// No output may replace another: a folder is replaced whole.
Status CheckApart(const std::vector<TeeOutput>& outputs) {
  if (outputs.empty()) {
    return Error(ErrorKind::kUsage, "tee: no outputs")
        .Hint("name them: { parquet = \"out/rows.parquet\", jsonl = \"out/rows.jsonl\" }");
  }
  for (const TeeOutput& a : outputs) {
    for (const TeeOutput& b : outputs) {
      const bool clash = IsAtOrBelow(PlaceOf(a.target.path), PlaceOf(b.target.path));
      if (&a == &b || !clash) continue;
      return Error(ErrorKind::kUsage, fmt::format("tee: one output lies in another: {} and {}",
                                                  a.target.path, b.target.path))
          .Hint("give each a file or a folder of its own");
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<WrittenShard>> WriteFiles(const std::vector<WritePart>& parts,
                                             const WriteTarget& target, const FileFormat& format,
                                             RunContext& run) {
  Write write(parts, target, format, run);
  RETURN_NOT_OK(write.CheckTarget());
  RETURN_NOT_OK(write.CheckParts());
  if (run.options().check_only) {
    RETURN_NOT_OK(write.CheckOnly());
    return std::vector<WrittenShard>();
  }
  RETURN_NOT_OK(write.Prepare());
  RETURN_NOT_OK(ExecuteWriters(write.executions(), run));
  return write.Publish();
}

Result<std::vector<std::vector<WrittenShard>>> WriteTee(const WritePart& part,
                                                        const std::vector<TeeOutput>& outputs,
                                                        RunContext& run) {
  RETURN_NOT_OK(CheckApart(outputs));
  const std::vector<WritePart> parts = {part};
  std::vector<std::unique_ptr<Write>> writes;
  for (const TeeOutput& output : outputs) {
    writes.push_back(std::make_unique<Write>(parts, output.target, *output.format, run));
    RETURN_NOT_OK(writes.back()->CheckTarget());
    RETURN_NOT_OK(writes.back()->CheckParts());
    if (run.options().check_only) RETURN_NOT_OK(writes.back()->CheckOnly());
  }
  std::vector<std::vector<WrittenShard>> shards(outputs.size());
  if (run.options().check_only) return shards;
  std::vector<Execution> executions;
  for (const auto& write : writes) {
    RETURN_NOT_OK(write->Prepare());
    executions.push_back(write->executions()[0]);
  }
  RETURN_NOT_OK(ExecuteTee(executions, run));
  for (size_t i = 0; i < writes.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(shards[i], writes[i]->Publish());
  }
  return shards;
}

}  // namespace tideway::dataset
