#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/app/command.h"
#include "core/app/paths.h"
#include "core/app/step_table.h"
#include "core/base/memory.h"
#include "core/track/history.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;
using track::PastRun;

int64_t RowsOut(const Json& receipt) {
  int64_t rows = 0;
  const Json outputs = receipt.value("outputs", Json::array());
  for (const auto& output : outputs) {
    rows += output.value("rows", int64_t{0});
  }
  return rows;
}

// "20260801-031500-..." as "2026-08-01 03:15:00"
std::string StartOf(const std::string& id) {
  return fmt::format("{}-{}-{} {}:{}:{}", id.substr(0, 4), id.substr(4, 2), id.substr(6, 2),
                     id.substr(9, 2), id.substr(11, 2), id.substr(13, 2));
}

std::string RunTable(const std::vector<PastRun>& runs) {
  std::string text = fmt::format("{:27}  {:19}  {:11}  {:>8}  {:>12}  {}\n", "run", "started (UTC)",
                                 "status", "seconds", "rows out", "pipeline");
  for (const PastRun& run : runs) {
    std::string seconds, rows, pipeline;
    if (run.receipt.is_object()) {
      seconds = fmt::format("{:.2f}", run.receipt.value("duration_s", 0.0));
      rows = WithCommas(RowsOut(run.receipt));
      pipeline = run.receipt.value("pipeline", "");
    }
    std::string line = fmt::format("{:27}  {:19}  {:11}  {:>8}  {:>12}  {}", run.id,
                                   StartOf(run.id), run.status, seconds, rows, pipeline);
    text += line.erase(line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string FilesText(const std::string& title, const Json& files) {
  std::string text;
  for (const auto& file : files) {
    text += fmt::format("{}  {}", text.empty() ? title + "\n" : "", file.value("uri", ""));
    if (file.contains("rows")) text += "  " + WithCommas(file["rows"].get<int64_t>()) + " rows";
    if (file.contains("bytes")) text += "  " + FormatBytes(file["bytes"].get<int64_t>());
    text += "\n";
  }
  return text;
}

std::string RunText(const PastRun& run) {
  std::string text = fmt::format("{}: {}\n", run.id, run.status);
  const Json& receipt = run.receipt;
  if (receipt.is_null()) return text + "  log: " + run.path + "/run.log\n";
  if (receipt.contains("reason")) text += "  " + receipt["reason"].get<std::string>() + "\n";
  text += fmt::format("  pipeline    {}\n", receipt.value("pipeline", ""));
  text += fmt::format("  script      {}\n", receipt.value("/script/path"_json_pointer, ""));
  text +=
      fmt::format("  started     {}, {:.2f} s, {} workers, {}\n", receipt.value("started_at", ""),
                  receipt.value("duration_s", 0.0), receipt.value("workers", 0),
                  FormatBytes(receipt.value("memory_bytes", int64_t{0})));
  const Json parameters = receipt.value("parameters", Json::object());
  for (const auto& [name, value] : parameters.items()) {
    text += fmt::format("  {} = {}\n", name, DumpJson(value, -1));
  }
  text += FilesText("inputs", receipt.value("inputs", Json::array()));
  const std::string steps = StepTable(receipt.value("steps", Json::array()));
  if (!steps.empty()) text += "steps\n" + steps;
  text += FilesText("outputs", receipt.value("outputs", Json::array()));
  return text + "receipt and log are in " + run.path + "\n";
}

Json SummaryJson(const PastRun& run) {
  Json summary = {{"run", run.id}, {"status", run.status}, {"folder", run.path}};
  if (run.receipt.is_null()) return summary;
  summary["pipeline"] = run.receipt.value("pipeline", "");
  summary["duration_s"] = run.receipt.value("duration_s", 0.0);
  summary["rows_out"] = RowsOut(run.receipt);
  return summary;
}

class RunsCommand : public Command {
 public:
  const char* name() const override { return "runs"; }
  const char* summary() const override { return "list past runs, or tell about one"; }
  void Declare(CLI::App& command) override {
    command.add_option("run", run_, "its id or how that begins; `last`")->type_name("RUN");
    command.add_option("-n,--limit", limit_, "how many to list (default 20)")->type_name("N");
  }
  Result<ExitCode> Run(const Globals& globals) override {
    if (limit_ < 1) {
      return Error(ErrorKind::kUsage,
                   "usage: --limit must be a whole number from 1: " + std::to_string(limit_));
    }
    RETURN_NOT_OK(run_.empty() ? List(globals) : Tell(globals));
    return ExitCode::kDone;
  }

 private:
  Status List(const Globals& globals) const {
    ARROW_ASSIGN_OR_RAISE(auto runs, track::ListRuns(StateFolder(".")));
    runs.resize(std::min(runs.size(), static_cast<size_t>(limit_)));
    if (!globals.json) return PrintResult(RunTable(runs));
    Json list = Json::array();
    for (const PastRun& run : runs) list.push_back(SummaryJson(run));
    return PrintResult(DumpJson({{"runs", std::move(list)}}) + "\n");
  }
  Status Tell(const Globals& globals) const {
    ARROW_ASSIGN_OR_RAISE(const PastRun run, track::FindRun(StateFolder("."), run_));
    if (!globals.json) return PrintResult(RunText(run));
    return PrintResult(DumpJson(run.receipt.is_null() ? SummaryJson(run) : run.receipt) + "\n");
  }

  std::string run_;
  int limit_ = 20;
};

}  // namespace

std::unique_ptr<Command> MakeRunsCommand() { return std::make_unique<RunsCommand>(); }

}  // namespace tideway::app
