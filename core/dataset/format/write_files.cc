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
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/dataset/format/replace_folder.h"
#include "core/dataset/materialise.h"
#include "core/dataset/reuse/published.h"

namespace tideway::dataset {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

// What a path that ends so is meant to be: a file, if not of this format.
constexpr std::array kFileEndings = {".parquet", ".arrow", ".feather", ".jsonl", ".ndjson", ".json",
                                     ".csv",     ".tsv",   ".txt",     ".gz",    ".zst"};
// Raised when a format's bytes change for equal rows.
constexpr std::string_view kWriteVersion = "tideway write 1";
// Leaves room in a file name (255 bytes) for what is added to the part's.
constexpr size_t kMaxPartName = 100;
constexpr int64_t kMaxShards = 100'000;  // what five digits number

template <typename Endings>
bool EndsInOneOf(std::string_view path, const Endings& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
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

// A write of some parts in one format.
class Write {
 public:
  Write(const std::vector<WritePart>& parts, const WriteTarget& target, const FileFormat& format,
        RunContext& run)
      : parts_(parts),
        target_(target),
        format_(format),
        run_(run),
        published_(
            run.options().memory_folder.empty() ? "" : run.options().memory_folder + "/published") {
  }

  Status CheckTarget() const;
  Status CheckParts() const;
  // Records what would be done.
  Status CheckOnly() const;
  // What an earlier run published, where that is what this one would. Records nothing.
  Result<std::optional<PublishedOutput>> FindPublished() const;
  // Leaves it there, and records it as this run's.
  Result<std::vector<WrittenShard>> Keep(const PublishedOutput& published) const;
  // Opens the place and the sinks.
  Status Prepare();
  // What is to be run between Prepare() and Publish().
  const std::vector<Execution>& executions() const { return executions_; }
  // Moves the files to their names, and records them.
  Result<std::vector<WrittenShard>> Publish();
  bool is_file() const { return EndsInOneOf(target_.path, format_.endings()); }

 private:
  Status CheckShards() const;
  Result<ShardCuts> CutsOf(const Node& plan);
  Error Misuse(const std::string& what) const {
    return Error(ErrorKind::kUsage, fmt::format("{}: {}", format_.op(), what));
  }
  std::string Folder() const;
  Result<std::string> Key() const;
  Result<std::vector<KnownIdentities>> Identities() const;
  Result<std::vector<InputRecord>> Inputs() const;
  Status Remember(const std::vector<WrittenShard>& shards) const;
  void Record(const std::vector<WrittenShard>& shards, bool kept) const;

  const std::vector<WritePart>& parts_;
  const WriteTarget& target_;
  const FileFormat& format_;
  RunContext& run_;
  const PublishedOutputs published_;
  std::vector<KnownIdentities> identities_;         // before it runs
  std::unique_ptr<FolderReplacement> replacement_;  // for a folder
  std::vector<std::shared_ptr<BatchStore>> kept_;   // rows of plans that had to be counted
  std::vector<std::unique_ptr<FileSink>> sinks_;
  std::vector<Execution> executions_;
};

Status Write::CheckTarget() const {
  if (target_.path.empty()) return Misuse("the path is empty");
  RETURN_NOT_OK(CheckShards());
  if (is_file() || !EndsInOneOf(target_.path, kFileEndings)) return Status::OK();
  return Misuse("a path that ends as files of another kind do: " + target_.path)
      .Hint(fmt::format("for one file end it in {}; for a folder, in none of these",
                        fmt::join(format_.endings(), ", ")));
}

Status Write::CheckShards() const {
  struct Rule {
    std::string_view name;
    std::optional<int64_t> value;
  };
  for (const auto& [name, value] :
       {Rule{"max_shard_bytes", target_.max_shard_bytes},
        Rule{"max_shard_rows", target_.max_shard_rows}, Rule{"shards", target_.shards}}) {
    if (value && *value < 1) return Misuse(fmt::format("{} must be at least 1: {}", name, *value));
  }
  if (target_.shards > kMaxShards) {
    return Misuse(fmt::format("shards must be at most {}: {}", kMaxShards, *target_.shards));
  }
  if (target_.shards && (target_.max_shard_bytes || target_.max_shard_rows)) {
    return Misuse("shards goes with no other rule for where shards end")
        .Hint("leave max_shard_rows and max_shard_bytes out, or shards");
  }
  if (!is_file() || !(target_.shards || target_.max_shard_rows)) return Status::OK();
  return Misuse("one file has no shards: " + target_.path)
      .Hint("give a folder, a path without " + format_.endings()[0]);
}

// Where the shards of a part end. Runs its plan when only that tells how many rows it has.
Result<ShardCuts> Write::CutsOf(const Node& plan) {
  if (!target_.shards) return ShardCuts{.max_rows = target_.max_shard_rows.value_or(0)};
  ARROW_ASSIGN_OR_RAISE(std::optional<int64_t> rows, PlanRows(plan, run_));
  if (!rows) {
    ARROW_ASSIGN_OR_RAISE(kept_.emplace_back(), Materialise(plan, run_));
    rows = kept_.back()->rows();
  }
  return ShardCuts{.shards = *target_.shards, .rows = *rows};
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

std::string Write::Folder() const { return is_file() ? ParentOf(target_.path) : target_.path; }

// What the bytes depend on, as a hash.
Result<std::string> Write::Key() const {
  std::string text =
      fmt::format("{}\n{}\n{}\n{}\n", kWriteVersion, run_.options().version, format_.op(),
                  format_.Identity());
  if (!is_file()) {
    text += fmt::format("{} {} {}\n", target_.max_shard_bytes.value_or(0),
                        target_.max_shard_rows.value_or(0), target_.shards.value_or(0));
  }
  for (const WritePart& part : parts_) {
    ARROW_ASSIGN_OR_RAISE(const std::string fingerprint, Fingerprint(*part.plan, run_));
    text += fmt::format("{}\n{}\n", part.name, fingerprint);
  }
  return Hash128Hex(text);
}

Result<std::vector<KnownIdentities>> Write::Identities() const {
  std::vector<KnownIdentities> identities;
  for (const WritePart& part : parts_) {
    ARROW_ASSIGN_OR_RAISE(identities.emplace_back(), IdentitiesKnown(*part.plan, run_));
  }
  return identities;
}

// What the run has read so far of what these plans read.
Result<std::vector<InputRecord>> Write::Inputs() const {
  std::set<std::string> uris;
  for (const WritePart& part : parts_) {
    ARROW_ASSIGN_OR_RAISE(auto own, PlanInputUris(*part.plan));
    uris.merge(own);
  }
  std::vector<InputRecord> inputs = run_.inputs();
  std::erase_if(inputs, [&](const InputRecord& input) { return !uris.contains(input.uri); });
  return inputs;
}

Result<std::optional<PublishedOutput>> Write::FindPublished() const {
  if (run_.options().fresh || !published_.Knows(target_.path)) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(const std::string key, Key());
  auto found = published_.Find(target_.path, key, Folder());
  if (!found || is_file()) return found;
  RETURN_NOT_OK(WithContext(format_.op(), FolderReplacement::Check(target_.path)));
  const auto manifest = ReadFile(target_.path + "/" + kManifestName);
  if (!manifest.ok() || *manifest != Manifest(found->shards)) return std::nullopt;
  return found;
}

Result<std::vector<WrittenShard>> Write::Keep(const PublishedOutput& published) const {
  LogDebug("{}: kept, as it would come out the same: {}", format_.op(), target_.path);
  for (const InputRecord& input : published.inputs) run_.RecordInput(input);
  Record(published.shards, true);
  return published.shards;
}

// Lets a later run keep what was published. Does not read on for that what the plans did not read.
Status Write::Remember(const std::vector<WrittenShard>& shards) const {
  if (run_.options().memory_folder.empty()) return Status::OK();
  for (size_t i = 0; i < parts_.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const bool knows, KnowsFingerprint(*parts_[i].plan, run_));
    if (!knows) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const KnownIdentities after, IdentitiesKnown(*parts_[i].plan, run_));
    for (const auto& [node, identity] : identities_[i]) {
      if (after.at(node) != identity) return Status::OK();
    }
  }
  ARROW_ASSIGN_OR_RAISE(std::string key, Key());
  ARROW_ASSIGN_OR_RAISE(auto inputs, Inputs());
  published_.Keep(target_.path, {std::move(key), shards, std::move(inputs)}, Folder());
  return Status::OK();
}

// As outputs of the run; `kept`: it found them there.
void Write::Record(const std::vector<WrittenShard>& shards, bool kept) const {
  std::vector<OutputRecord> outputs;
  for (const WrittenShard& shard : shards) {
    outputs.push_back({.uri = Folder() + "/" + shard.file.name,
                       .hash = "sha256:" + shard.file.sha256,
                       .rows = shard.file.rows,
                       .bytes = shard.file.size,
                       .kept = kept});
  }
  const std::string place = is_file() ? outputs[0].uri : target_.path;
  run_.RecordOutputs(place, std::move(outputs));
}

Status Write::Prepare() {
  if (!run_.options().memory_folder.empty()) {
    ARROW_ASSIGN_OR_RAISE(identities_, Identities());
  }
  PartTarget place{.folder = ParentOf(target_.path)};
  place.max_shard_bytes = target_.max_shard_bytes.value_or(
      target_.max_shard_rows ? ShardCuts::kNoLimit : place.max_shard_bytes);
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
    ARROW_ASSIGN_OR_RAISE(place.cuts, CutsOf(*part.plan));
    ARROW_ASSIGN_OR_RAISE(auto sink, format_.MakeSink(*part.plan, place, run_));
    sinks_.push_back(std::move(sink));
    executions_.push_back({part.plan, sinks_.back().get()});
  }
  return Status::OK();
}

Result<std::vector<WrittenShard>> Write::Publish() {
  std::vector<WrittenShard> shards;
  for (size_t i = 0; i < parts_.size(); ++i) {
    RETURN_NOT_OK(sinks_[i]->Publish());
    for (const WrittenFile& file : sinks_[i]->files()) shards.push_back({parts_[i].name, file});
  }
  if (!is_file()) {
    RETURN_NOT_OK(WriteFileAtomic(replacement_->staging() + "/" + kManifestName, Manifest(shards)));
    RETURN_NOT_OK(WithContext(format_.op(), replacement_->Commit()));
  }
  Record(shards, false);
  const Status remembered = Remember(shards);
  if (!remembered.ok()) {
    LogDebug("{}: a later run will not know of it: {}", format_.op(), remembered.message());
  }
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

// Keeps what earlier runs published, if that is all there is to write; returns whether it was.
Result<bool> KeepAll(const std::vector<std::unique_ptr<Write>>& writes,
                     std::vector<std::vector<WrittenShard>>& shards) {
  std::vector<PublishedOutput> published;
  for (const auto& write : writes) {
    ARROW_ASSIGN_OR_RAISE(auto found, write->FindPublished());
    if (!found) return false;
    published.push_back(std::move(*found));
  }
  for (size_t i = 0; i < writes.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(shards[i], writes[i]->Keep(published[i]));
  }
  return true;
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
  ARROW_ASSIGN_OR_RAISE(const auto published, write.FindPublished());
  if (published) return write.Keep(*published);
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
  ARROW_ASSIGN_OR_RAISE(const bool kept, KeepAll(writes, shards));
  if (kept) return shards;
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
