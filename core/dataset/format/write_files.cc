#include "core/dataset/format/write_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/file.h"
#include "core/dataset/format/write_internal.h"

namespace tideway::dataset {
namespace {

namespace fs = std::filesystem;

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
      const bool clash = IsAtOrBelow(CanonicalPath(a.target.path), CanonicalPath(b.target.path));
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
  RETURN_NOT_OK(write.Open());
  if (run.options().check_only) {
    RETURN_NOT_OK(write.CheckOnly());
    return std::vector<WrittenShard>();
  }
  ARROW_ASSIGN_OR_RAISE(const auto published, write.FindPublished());
  if (published) return write.Keep(*published);
  RETURN_NOT_OK(write.Prepare(true));
  const Status executed = ExecuteWriters(write.executions(), run);
  if (!executed.ok()) write.Leave(executed);
  RETURN_NOT_OK(executed);
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
    RETURN_NOT_OK(writes.back()->Open());
    if (run.options().check_only) RETURN_NOT_OK(writes.back()->CheckOnly());
  }
  std::vector<std::vector<WrittenShard>> shards(outputs.size());
  if (run.options().check_only) return shards;
  ARROW_ASSIGN_OR_RAISE(const bool kept, KeepAll(writes, shards));
  if (kept) return shards;
  std::vector<Execution> executions;
  for (const auto& write : writes) {
    RETURN_NOT_OK(write->Prepare(false));
    executions.push_back(write->executions()[0]);
  }
  RETURN_NOT_OK(ExecuteTee(executions, run));
  for (size_t i = 0; i < writes.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(shards[i], writes[i]->Publish());
  }
  return shards;
}

}  // namespace tideway::dataset
