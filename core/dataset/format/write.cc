#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <regex>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/dataset/format/manifest.h"
#include "core/dataset/format/write_internal.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/limit.h"

namespace tideway::dataset {
namespace {

namespace fs = std::filesystem;

// What a path that ends so is meant to be: a file, if not of this format.
constexpr std::array kFileEndings = {".parquet", ".arrow", ".feather", ".jsonl", ".ndjson", ".json",
                                     ".csv",     ".tsv",   ".txt",     ".gz",    ".zst"};
// Leaves room in a file name (255 bytes) for what is added to the part's.
constexpr size_t kMaxPartName = 100;
constexpr int64_t kMaxShards = 100'000;  // what five digits number

template <typename Endings>
bool EndsInOneOf(std::string_view path, const Endings& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

std::string ParentOf(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string PublishedFolder(const std::string& memory_folder) {
  return memory_folder.empty() ? "" : memory_folder + "/published";
}

int64_t RowsIn(const std::vector<FinishedShard>& shards) {
  int64_t rows = 0;
  for (const FinishedShard& shard : shards) rows += shard.file.rows;
  return rows;
}

}  // namespace

Write::Write(const std::vector<WritePart>& parts, const WriteTarget& target,
             const FileFormat& format, RunContext& run)
    : parts_(parts),
      target_(target),
      format_(format),
      run_(run),
      remembers_(!run.options().memory_folder.empty()),
      published_(PublishedFolder(run.options().memory_folder)) {}

bool Write::is_file() const { return EndsInOneOf(target_.path, format_.endings()); }

std::string Write::Folder() const { return is_file() ? ParentOf(target_.path) : target_.path; }

Error Write::Misuse(const std::string& what) const {
  return Error(ErrorKind::kUsage, fmt::format("{}: {}", format_.op(), what));
}

Status Write::CheckTarget() const {
  if (target_.path.empty()) return Misuse("the path is empty");
  RETURN_NOT_OK(CheckScheme());
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

Status Write::CheckPlace() const {
  if (!is_file()) return WithContext(format_.op(), FolderReplacement::Check(target_.path));
  return FileExists(ParentOf(target_.path)) ? CheckWritable(ParentOf(target_.path)) : Status::OK();
}

Status Write::CheckOnly() const {
  std::vector<NamedPlan> plans;
  for (const WritePart& part : parts_) {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr schema, part.plan->schema(run_));
    RETURN_NOT_OK(format_.CheckColumns(*schema));
    plans.push_back({part.name, part.plan});
  }
  if (run_.options().trace) {
    run_.RecordWrite({target_.path, std::move(plans)});
    return Status::OK();
  }
  if (remote_ == nullptr) RETURN_NOT_OK(CheckPlace());
  run_.RecordPlan(fmt::format("{} {}\n", format_.op(), target_.path) +
                  (plans.size() == 1 ? PrintPlan(*plans[0].plan, 1) : PrintParts(plans)));
  return Status::OK();
}

// The key as of before the run. None when a source says another thing of itself by now.
Result<std::string> Write::LearnKey(const CancelToken& stop) const {
  for (size_t i = 0; i < parts_.size(); ++i) {
    RETURN_NOT_OK(LearnFingerprint(*parts_[i].plan, run_, stop));
    ARROW_ASSIGN_OR_RAISE(const bool same, SaysTheSame(i));
    if (!same) return Error(ErrorKind::kConflict, "a source has changed since the run began");
  }
  return Key();
}

Status Write::PrepareFolder(bool go_on, std::vector<FinishedShard>& finished) {
  if (go_on && !run_.options().fresh) {
    ARROW_ASSIGN_OR_RAISE(const bool taken_over, TakeOver(finished));
    if (taken_over) return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(replacement_, FolderReplacement::Prepare(target_.path));
  if (go_on) {
    log_ = std::make_unique<ShardLog>(replacement_->LogPath(),
                                      [this](const CancelToken& stop) { return LearnKey(stop); });
  }
  return Status::OK();
}

bool Write::CanGoOn() const {
  return remembers_ && std::ranges::all_of(
                           parts_, [](const WritePart& part) { return RepeatsOrder(*part.plan); });
}

Status Write::Prepare(bool go_on) {
  if (remembers_) {
    ARROW_ASSIGN_OR_RAISE(identities_, Identities());
  }
  PartTarget place{.folder = ParentOf(target_.path)};
  place.max_shard_bytes = target_.max_shard_bytes.value_or(
      target_.max_shard_rows ? ShardCuts::kNoLimit : place.max_shard_bytes);
  std::vector<FinishedShard> finished;
  if (remote_ != nullptr) {
    RETURN_NOT_OK(PrepareRemote(place));
  } else if (is_file()) {
    // What a killed run left beside it; a folder that is not there fails below, with its name.
    RemoveStaleTemporaries(place.folder).status().ok();
    place.file_name = fs::path(target_.path).filename().string();
  } else {
    RETURN_NOT_OK(WithContext(format_.op(), PrepareFolder(go_on && CanGoOn(), finished)));
    place.folder = replacement_->staging();
    place.log = log_.get();
  }
  for (const WritePart& part : parts_) {
    place.stem = part.name;
    place.finished.clear();
    std::ranges::copy_if(finished, std::back_inserter(place.finished),
                         [&](const FinishedShard& shard) { return shard.part == part.name; });
    ARROW_ASSIGN_OR_RAISE(place.cuts, CutsOf(*part.plan));
    ARROW_ASSIGN_OR_RAISE(auto sink, format_.MakeSink(*part.plan, place, run_));
    sinks_.push_back(std::move(sink));
    NodePtr rest = part.plan;
    if (!place.finished.empty()) {
      ARROW_ASSIGN_OR_RAISE(rest, MakeSkip(part.plan, RowsIn(place.finished)));
    }
    executions_.push_back({std::move(rest), sinks_.back().get()});
  }
  return Status::OK();
}

Result<std::vector<WrittenShard>> Write::Publish() {
  std::vector<WrittenShard> shards;
  for (size_t i = 0; i < parts_.size(); ++i) {
    RETURN_NOT_OK(sinks_[i]->Publish());
    for (const WrittenFile& file : sinks_[i]->files()) shards.push_back({parts_[i].name, file});
  }
  if (remote_ != nullptr) {
    RETURN_NOT_OK(WithContext(format_.op(), PublishRemote(shards)));
  } else if (!is_file()) {
    RETURN_NOT_OK(
        WriteFileAtomic(replacement_->staging() + "/" + kManifestName, ManifestText(shards)));
    RETURN_NOT_OK(WithContext(format_.op(), replacement_->Commit()));
  }
  Record(shards, false);
  const Status remembered = Remember(shards);
  if (!remembered.ok()) {
    LogDebug("{}: a later run will not know of it: {}", format_.op(), remembered.message());
  }
  return shards;
}

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

}  // namespace tideway::dataset
