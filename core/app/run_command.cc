#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/app/command.h"
#include "core/app/program.h"
#include "core/app/progress.h"
#include "core/app/script_options.h"
#include "core/app/script_run.h"
#include "core/app/signals.h"
#include "core/app/step_table.h"
#include "core/app/version.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/track/receipt.h"

namespace tideway::app {
namespace {

// One run from the loaded script to its receipt.
class ScriptRun {
 public:
  ScriptRun(const Globals& globals, ScriptOptions::Resolved options)
      : globals_(globals), options_(std::move(options)) {}

  // Makes the run's folder and log, loads and runs the script, writes the receipt. The receipt is
  // there also after a failure.
  Status Run();
  // Whether the pipeline skipped itself or a part of its work.
  bool skipped() const { return receipt_.status == "skipped" || !receipt_.skips.empty(); }
  // What the run did, and what the pipeline returned; with -q only the latter.
  std::string Text() const;
  Json Summary(const Status& status) const;

 private:
  Status MakeFolder();
  Status RunScript();
  Status Load();
  Status Finish(const Status& status);
  std::string Account() const;

  const Globals& globals_;
  const ScriptOptions::Resolved options_;
  SignalWatch signals_;
  std::unique_ptr<Program> program_;
  track::RunFolder folder_;
  track::Receipt receipt_;
};

Status ScriptRun::Run() {
  receipt_.version = kVersion;
  receipt_.started_at = SystemClock().Now();
  receipt_.script.path = options_.path;
  receipt_.rank = options_.shard.rank;
  receipt_.world = options_.shard.world;
  const Status made = MakeFolder();
  return Finish(made.ok() ? RunScript() : made);
}

Status ScriptRun::MakeFolder() {
  ARROW_ASSIGN_OR_RAISE(folder_, track::MakeRunFolder(options_.state_folder, SystemClock()));
  receipt_.run_id = folder_.id;
  RETURN_NOT_OK(OpenLogFile(folder_.path + "/run.log"));
  LogDebug("run: log and receipt are in {}", folder_.path);
  return Status::OK();
}

Status ScriptRun::RunScript() {
  ARROW_ASSIGN_OR_RAISE(receipt_.script.sha256, Sha256File(options_.path));
  ARROW_ASSIGN_OR_RAISE(program_, Program::Start({options_.run, options_.script_folders}));
  SignalWatch::Action interrupt(signals_, [this] { program_->Interrupt(); });
  std::optional<ProgressLines> progress;
  if (!globals_.quiet) {
    progress.emplace(ProgressStyle(globals_), [this] {
      const auto stages = program_->run().progress().stages();
      return std::vector<ShownStage>(stages.begin(), stages.end());
    });
  }
  RETURN_NOT_OK(Load());
  ARROW_ASSIGN_OR_RAISE(const Json outcome, program_->Call("runner", "run", Json::object()));
  receipt_.status = outcome.value("status", "done");
  receipt_.reason = outcome.value("reason", "");
  receipt_.skips = outcome.value("skips", std::vector<std::string>());
  if (outcome.contains("result")) receipt_.result = outcome["result"];
  return Status::OK();
}

Status ScriptRun::Load() {
  const Json request = {{"path", options_.path},
                        {"parameters", options_.parameters},
                        {"shard", options_.shard.ToJson()},
                        {"stdout_taken", globals_.json}};
  ARROW_ASSIGN_OR_RAISE(const Json loaded,
                        program_->CallWithScript("runner", "load", request, options_.path));
  receipt_.pipeline = loaded.value("name", "");
  receipt_.parameters = loaded.value("parameters", Json::object());
  return Status::OK();
}

Status ScriptRun::Finish(const Status& status) {
  receipt_.finished_at = SystemClock().Now();
  if (program_) {
    receipt_.Collect(program_->run());
    for (const auto& [path, sha256] : program_->script_modules()) {
      receipt_.modules.push_back({path, sha256});
    }
  }
  if (!status.ok()) {
    receipt_.status = KindOf(status) == ErrorKind::kInterrupted ? "interrupted" : "failed";
    receipt_.reason = status.message();
  }
  if (folder_.path.empty()) return status;
  const Status written = track::WriteReceipt(folder_.path + "/receipt.json", receipt_);
  if (!status.ok() || !written.ok()) return status.ok() ? written : status;
  const auto pruned = track::PruneRuns(options_.state_folder, options_.kept_runs);
  if (!pruned.ok()) LogWarn("{}", pruned.status().message());
  return Status::OK();
}

std::string ScriptRun::Account() const {
  const std::chrono::duration<double> seconds = receipt_.finished_at - receipt_.started_at;
  std::string text =
      fmt::format("{}: {} in {:.2f} s\n", receipt_.pipeline, receipt_.status, seconds.count());
  if (!receipt_.reason.empty()) text += "  " + receipt_.reason + "\n";
  if (receipt_.status == "done") {
    for (const std::string& skip : receipt_.skips) text += "  skipped: " + skip + "\n";
  }
  text += StepTable(track::ReceiptJson(receipt_)["steps"]);
  for (const auto& output : receipt_.outputs) {
    text += "  " + output.uri;
    if (output.rows >= 0) text += fmt::format("  {} rows", output.rows);
    if (output.bytes >= 0) text += "  " + FormatBytes(output.bytes);
    if (output.kept) text += "  kept: it would come out the same";
    text += '\n';
  }
  return text;
}

std::string ScriptRun::Text() const {
  const std::string account = globals_.quiet ? "" : Account();
  const Json& result = receipt_.result;
  if (result.is_null()) return account;
  return account + (result.is_string() ? result.get<std::string>() : DumpJson(result)) + "\n";
}

Json ScriptRun::Summary(const Status& status) const {
  Json summary = track::ReceiptJson(receipt_);
  if (!folder_.path.empty()) summary["receipt"] = folder_.path + "/receipt.json";
  if (!status.ok()) summary["error"] = ErrorJson(status);
  return summary;
}

class RunCommand : public Command {
 public:
  const char* name() const override { return "run"; }
  const char* summary() const override { return "run a pipeline"; }
  void Declare(CLI::App& command) override {
    options_.Declare(command);
    command.add_flag("--fresh", options_.fresh,
                     "do all work, also what earlier runs have done for the same inputs");
    command.add_flag("--strict-skip", strict_skip_, "exit with 3 when the pipeline skips work");
  }
  Result<ExitCode> Run(const Globals& globals) override {
    return RunScript(globals, options_, strict_skip_);
  }

 private:
  ScriptOptions options_;
  bool strict_skip_ = false;
};

}  // namespace

Result<ExitCode> RunScript(const Globals& globals, const ScriptOptions& options, bool strict_skip) {
  ARROW_ASSIGN_OR_RAISE(auto resolved, options.Resolve());
  ScriptRun run(globals, std::move(resolved));
  const Status status = run.Run();
  if (globals.json) {
    RETURN_NOT_OK(PrintResult(DumpJson(run.Summary(status)) + "\n"));
  } else if (status.ok()) {
    RETURN_NOT_OK(PrintResult(run.Text()));
  }
  RETURN_NOT_OK(status);
  return run.skipped() && strict_skip ? ExitCode::kSkipped : ExitCode::kDone;
}

std::unique_ptr<Command> MakeRunCommand() { return std::make_unique<RunCommand>(); }

}  // namespace tideway::app
