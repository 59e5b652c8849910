#include "core/hub/push.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/log.h"
#include "core/dataset/execute.h"
#include "core/dataset/features.h"
#include "core/dataset/op/split.h"
#include "core/hub/card.h"
#include "core/hub/metadata.h"
#include "core/hub/moving_head.h"
#include "core/hub/push_plan_internal.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> SplitNames(const PushRequest& request) {
  std::vector<std::string> names;
  for (const PushPart& part : request.parts) names.push_back(part.split);
  std::sort(names.begin(), names.end(), SplitBefore);
  return names;
}

Status CheckRequest(const PushRequest& request) {
  if (request.parts.empty()) {
    return Error(ErrorKind::kUsage, "hub: nothing to push: no parts")
        .Hint("pass a table of datasets by split name: repo:push({ train = rows })");
  }
  const auto names = SplitNames(request);
  for (const std::string& name : names) RETURN_NOT_OK(CheckSplitName(name));
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
    return Error(ErrorKind::kUsage, fmt::format("hub: a split is there twice: {}", *twice));
  }
  RETURN_NOT_OK(CheckConfigName(request.config));
  if (!request.tag.empty()) RETURN_NOT_OK(CheckTag(request.tag));
  if (request.metadata.empty()) return Status::OK();
  if (Json::parse(request.metadata, nullptr, false).is_object()) return Status::OK();
  return Error(ErrorKind::kUsage, "hub: metadata is not a table of names and values");
}

// What can be known to fail without running a plan.
Status CheckRepository(Repository& repository, const PushRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Snapshot snapshot, TakeSnapshot(repository, request.config));
  RETURN_NOT_OK(CheckForeignFiles(snapshot, request.config, SplitNames(request)));
  RETURN_NOT_OK(MergedCard(snapshot, request, Json::object(), Json::object()).status());
  ARROW_ASSIGN_OR_RAISE(const auto tags, repository.Tags());
  for (const Tag& tag : tags) {
    // A tag of the head may be pushed again: when nothing has changed it is not given twice.
    if (tag.name != request.tag || tag.commit == snapshot.head) continue;
    return Error(ErrorKind::kConflict, fmt::format("hub: the tag exists: {}", tag.name))
        .Hint("tags are never moved; choose another name");
  }
  return Status::OK();
}

// All parts must have the same columns; labels and features are checked on the way.
Status CheckSchemas(const PushRequest& request, dataset::RunContext& run) {
  dataset::SchemaPtr first;
  for (const PushPart& part : request.parts) {
    ARROW_ASSIGN_OR_RAISE(const auto plain, part.plan->schema(run));
    ARROW_ASSIGN_OR_RAISE(const auto schema, WithColumnLabels(plain, request.labels));
    RETURN_NOT_OK(WithContext("hub: split " + part.split, dataset::FeaturesOf(*schema).status()));
    if (!first) first = schema;
    if (schema->Equals(*first, /*check_metadata=*/true)) continue;
    return Error(ErrorKind::kData,
                 fmt::format("hub: the splits have different columns: {}: {}; {}: {}",
                             request.parts.front().split,
                             dataset::WithoutFeatures(*first)->ToString(), part.split,
                             dataset::WithoutFeatures(*schema)->ToString()))
        .Hint("give all splits the same columns, types and labels");
  }
  return Status::OK();
}

// What a shard is called, as far as its split decides it.
std::string ShardPath(const std::string& config, const std::string& split) {
  return FolderOf(config) + dataset::ShardName(split, 0, 1, ".parquet");
}

using Sinks = std::vector<std::unique_ptr<PartSink>>;

// Runs all parts into files in the staging folder; the result is in the order of the card.
Result<std::vector<WrittenSplit>> WriteParts(const PushRequest& request, Staging& staging,
                                             dataset::RunContext& run) {
  Sinks sinks;
  std::vector<dataset::Execution> executions;
  for (const PushPart& part : request.parts) {
    // With the totals the files are cut as the Hub's own writer cuts them.
    ARROW_ASSIGN_OR_RAISE(const auto totals, dataset::TotalsOf(*part.plan, run));
    dataset::PartTarget target{.folder = staging.path(), .stem = part.split};
    target.take = [&staging, path = ShardPath(request.config, part.split)](
                      const dataset::FinishedShard& shard) {
      return staging.Take(staging.path() + "/" + shard.temporary,
                          {path, shard.file.size, shard.file.sha256});
    };
    sinks.push_back(std::make_unique<PartSink>(part.split, target, totals, request.labels));
    executions.push_back({part.plan, sinks.back().get()});
  }
  RETURN_NOT_OK(dataset::ExecuteWriters(executions, run));
  RETURN_NOT_OK(staging.Settle());
  std::vector<WrittenSplit> splits;
  for (const auto& sink : sinks) {
    RETURN_NOT_OK(sink->Publish());
    splits.push_back({sink->split(), sink->schema(), sink->files()});
  }
  std::sort(splits.begin(), splits.end(), [](const WrittenSplit& a, const WrittenSplit& b) {
    return SplitBefore(a.name, b.name);
  });
  return splits;
}

PushResult Summary(const std::vector<WrittenSplit>& splits) {
  PushResult result;
  for (const WrittenSplit& split : splits) {
    PushedSplit pushed{split.name, 0, 0, static_cast<int64_t>(split.files.size())};
    for (const dataset::ParquetFile& file : split.files) {
      pushed.rows += file.rows;
      pushed.bytes += file.bytes;
      result.download_size += file.size;
    }
    result.dataset_size += pushed.bytes;
    result.splits.push_back(std::move(pushed));
  }
  return result;
}

std::string Metadata(const Repository& repository, const PushRequest& request,
                     const PushResult& result, dataset::RunContext& run) {
  MetadataFacts facts{.dataset_name = repository.name(),
                      .version_tag = request.tag,
                      .created_at = FormatUtc(run.clock().Now(), "%Y-%m-%dT%H:%M:%SZ"),
                      .splits = {}};
  for (const PushedSplit& split : result.splits) facts.splits.emplace_back(split.name, split.rows);
  return MetadataText(facts, request.metadata);
}

Result<std::string> TagOf(Repository& repository, const std::string& commit) {
  ARROW_ASSIGN_OR_RAISE(const auto tags, repository.Tags());
  std::string name;
  for (const Tag& tag : tags) {
    if (tag.commit == commit) name = tag.name;
  }
  return name;
}

// The tag of what is there already; one that has none yet, as when a push was interrupted before
// it, gets that of this push.
Result<std::string> TagOfUnchanged(Repository& repository, const PushRequest& request,
                                   const std::string& head) {
  ARROW_ASSIGN_OR_RAISE(const std::string tag, TagOf(repository, head));
  if (!tag.empty() || request.tag.empty()) return tag;
  RETURN_NOT_OK(repository.Commit({.parent = head, .tag = request.tag}).status());
  LogInfo("hub: {}: what is there had no tag, and is {} now", repository.uri(), request.tag);
  return request.tag;
}

// Commits what differs from what is there.
Status CommitParts(Repository& repository, const PushRequest& request,
                   const std::vector<WrittenSplit>& splits, const std::string& folder,
                   const std::string& metadata, PushResult* result) {
  ARROW_ASSIGN_OR_RAISE(const Snapshot snapshot, TakeSnapshot(repository, request.config));
  RETURN_NOT_OK(CheckForeignFiles(snapshot, request.config, SplitNames(request)));
  CommitRequest commit{.parent = snapshot.head, .message = request.message, .tag = request.tag};
  ARROW_ASSIGN_OR_RAISE(commit.operations,
                        PlanOperations(snapshot, request, splits, folder, metadata));
  result->changed = !commit.operations.empty();
  if (result->changed) {
    ARROW_ASSIGN_OR_RAISE(result->commit, repository.Commit(commit));
    result->tag = request.tag;
  } else {
    result->commit = snapshot.head;
    ARROW_ASSIGN_OR_RAISE(result->tag, TagOfUnchanged(repository, request, snapshot.head));
  }
  return Status::OK();
}

// Tells the run and the log what was published.
void Report(const Repository& repository, const PushRequest& request,
            const std::vector<WrittenSplit>& splits, const PushResult& result,
            dataset::RunContext& run) {
  const auto with_tag = [&](const char* word) {
    return result.tag.empty() ? "" : fmt::format(" {} {}", word, result.tag);
  };
  if (!result.changed) {
    return LogInfo("hub: {}: nothing changed{}", repository.uri(), with_tag("since"));
  }
  std::string parts;
  int64_t rows = 0;
  for (const PushedSplit& split : result.splits) {
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", split.name, split.rows);
    rows += split.rows;
  }
  LogInfo("hub: {}: published {} rows ({}){}", repository.uri(), rows, parts, with_tag("as"));
  std::string place = repository.uri() + "/" + FolderOf(request.config);
  place.pop_back();
  std::vector<dataset::OutputRecord> outputs;
  for (const WrittenSplit& split : splits) {
    for (const dataset::ParquetFile& file : split.files) {
      outputs.push_back({.uri = fmt::format("{}/{}", place, file.name),
                         .hash = "sha256:" + file.sha256,
                         .rows = file.rows,
                         .bytes = file.size});
    }
  }
  run.RecordOutputs(place, std::move(outputs));
}

std::string PlanText(const Repository& repository, const PushRequest& request) {
  std::string text = fmt::format("push {}", repository.uri());
  if (request.config != kConfigName) text += " " + request.config;
  if (!request.tag.empty()) text += " as " + request.tag;
  std::vector<dataset::NamedPlan> parts;
  for (const PushPart& part : request.parts) parts.push_back({part.split, part.plan});
  return text + "\n" + dataset::PrintParts(parts);
}

Result<PushResult> Check(Repository& repository, const PushRequest& request,
                         dataset::RunContext& run) {
  RETURN_NOT_OK(repository.CheckWritable());
  RETURN_NOT_OK(CheckRepository(repository, request));
  RETURN_NOT_OK(CheckSchemas(request, run));
  run.RecordPlan(PlanText(repository, request));
  PushResult planned;
  planned.changed = true;
  for (const std::string& split : SplitNames(request)) planned.splits.push_back({.name = split});
  return planned;
}

}  // namespace

Result<PushResult> Push(Repository& repository, const PushRequest& request,
                        dataset::RunContext& run) {
  RETURN_NOT_OK(CheckRequest(request));
  if (run.options().check_only) return Check(repository, request, run);

  RETURN_NOT_OK(repository.PrepareToWrite(request.visibility));
  // Made first: an early error then leaves no empty repository behind.
  ARROW_ASSIGN_OR_RAISE(const auto staging, repository.MakeStaging());
  RETURN_NOT_OK(CheckRepository(repository, request));
  RETURN_NOT_OK(CheckSchemas(request, run));
  ARROW_ASSIGN_OR_RAISE(const auto splits, WriteParts(request, *staging, run));
  PushResult result = Summary(splits);
  const std::string metadata = Metadata(repository, request, result, run);
  RETURN_NOT_OK(CommitOnHead(repository.uri(), run.cancel(), [&] {
    return CommitParts(repository, request, splits, staging->path(), metadata, &result);
  }));
  Report(repository, request, splits, result, run);
  return result;
}

}  // namespace tideway::hub
