#include "core/swh/fetch.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/dataset/run_context.h"
#include "core/swh/manifest.h"
#include "core/swh/sha1.h"
#include "core/swh/workers.h"

namespace tideway::swh {
namespace {

using dataset::BatchPtr;
using dataset::RunContext;
using dataset::SchemaPtr;

constexpr size_t kMostAtOnce = 256;

class FetchSink : public dataset::Sink {
 public:
  FetchSink(const FetchRequest& request, Manifest& manifest, Workers& workers, FetchReport* report)
      : request_(request), manifest_(manifest), workers_(workers), report_(report) {}
  std::string_view name() const override { return "swh.fetch"; }
  Status Open(const SchemaPtr& schema) override { return CheckColumns(*schema); }
  Result<bool> Consume(const BatchPtr& batch) override {
    RETURN_NOT_OK(ForEachRow(batch, [this](Row row) { return Take(std::move(row)); }));
    return wants_more();
  }
  Status Finish() override { return workers_.Finish(report_); }

 private:
  bool wants_more() const { return request_.most_rows == 0 || report_->rows < request_.most_rows; }
  // Whether all licences that were found are wanted; none found is none wanted.
  bool IsLicensed(const Row& row) const {
    if (request_.licenses.empty()) return true;
    const auto found = row.find("detected_licenses");
    if (found == row.end() || !found->is_array() || found->empty()) return false;
    return std::ranges::all_of(*found, [this](const Row& name) {
      return name.is_string() && request_.licenses.contains(name.get<std::string>());
    });
  }
  Status Take(Row row) {
    if (!wants_more()) return Status::OK();
    if (!IsLicensed(row)) {
      ++report_->refused;
      return Status::OK();
    }
    const std::string blob_id = TextOf(row, "blob_id");
    if (!IsSha1(blob_id)) {
      return Error(ErrorKind::kData,
                   fmt::format("swh: row {}: blob_id is no SHA-1: `{}`", report_->rows, blob_id))
          .Hint("it has 40 lower-case hex digits");
    }
    ++report_->rows;
    if (manifest_.Claim(blob_id)) return workers_.Push({claimed_++, std::move(row)});
    ++report_->kept;
    return Status::OK();
  }

  const FetchRequest& request_;
  Manifest& manifest_;
  Workers& workers_;
  FetchReport* report_;
  int64_t claimed_ = 0;
};

// Deletes what a process that was killed left half written.
Status RemoveLeftovers(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    if (entry.is_directory()) RETURN_NOT_OK(RemoveStaleTemporaries(entry.path()).status());
  }
  const bool none = !problem || problem == std::errc::no_such_file_or_directory;
  return none ? Status::OK() : Status(ErrnoError(problem.value(), "swh: cannot list", folder));
}

// Whether what an earlier run noted may come out otherwise now.
bool MayChange(const std::string& state, OnError on_error) {
  if (state == "undecodable") return on_error != OnError::kSkip;
  return state == "quarantined" || state == "denied";
}

}  // namespace

Status FetchRequest::Validate() const {
  const auto refuse = [](const std::string& what) -> Status {
    return Error(ErrorKind::kUsage, "swh: " + what);
  };
  if (keep.to.empty()) return refuse("`to` names no folder");
  if (keep.language.empty()) return refuse("`language` is empty");
  if (at_once < 1 || at_once > kMostAtOnce) {
    return refuse(fmt::format("at_once must be 1 to {}: {}", kMostAtOnce, at_once));
  }
  if (most_rows < 0) return refuse(fmt::format("max_rows must not be negative: {}", most_rows));
  if (batch < 1) return refuse("batch must be at least 1: 0");
  if (most_bytes < 1) {
    return refuse(fmt::format("max_bytes must be at least 1: {}", most_bytes));
  }
  return Status::OK();
}

Result<FetchReport> Fetch(const dataset::Node& plan, const FetchRequest& request, Source& source,
                          RunContext& run) {
  RETURN_NOT_OK(request.Validate());
  const OnError on_error = request.keep.on_error;
  ARROW_ASSIGN_OR_RAISE(const auto manifest,
                        Manifest::Open({.to = request.keep.to,
                                        .language = request.keep.language,
                                        .batch = request.batch,
                                        .again = [on_error](const std::string& state) {
                                          return MayChange(state, on_error);
                                        }}));
  if (manifest->was_interrupted()) {
    const std::string& to = request.keep.to;
    RETURN_NOT_OK(RemoveStaleTemporaries(to).status());
    RETURN_NOT_OK(RemoveLeftovers(to + "/raw/" + LanguageName(request.keep.language)));
  }
  FetchReport report{.manifest = manifest->path()};
  const Keeper keeper(request.keep, source, run.clock());
  Status done;
  {
    Workers workers(request, keeper, *manifest, run.cancel());
    FetchSink sink(request, *manifest, workers, &report);
    done = dataset::Execute(plan, sink, run);
  }
  const Status noted = manifest->Finish();
  RETURN_NOT_OK(done);
  RETURN_NOT_OK(noted);
  LogInfo("swh: {}: {} of {} rows are new: {} fetched, {}", request.keep.language,
          report.rows - report.kept, report.rows, report.states["fetched"],
          FormatBytes(report.bytes));
  return report;
}

}  // namespace tideway::swh
