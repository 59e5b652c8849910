#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>

#include "core/app/command.h"
#include "core/app/program.h"
#include "core/app/script_options.h"
#include "core/app/signals.h"
#include "core/queue/drain.h"

namespace tideway::app {
namespace {

// Does the jobs of a queue, with the handlers of a script that returns tw.worker { ... }.
class WorkerCommand : public Command {
 public:
  const char* name() const override { return "worker"; }
  const char* summary() const override { return "do the jobs of a queue"; }
  void Declare(CLI::App& command) override {
    command.add_option("script", options_.script, "a file, or the name of one in scripts/")
        ->type_name("SCRIPT")
        ->required();
    command.add_option("--queue", queue_, "another queue than the script's")->type_name("NAME");
    command.add_option("--database", database_, "another database than the script's")
        ->type_name("URI");
    command.add_option("--workers", workers_, "how many jobs run at the same time")->type_name("N");
    command.add_option("--memory", options_.memory, "what it may hold (default 512MiB)")
        ->type_name("SIZE");
    command.add_flag("--until-empty", until_empty_, "end when no job is left");
  }

  Result<ExitCode> Run(const Globals& globals) override {
    ARROW_ASSIGN_OR_RAISE(auto options, options_.Resolve());
    SignalWatch signals(SignalWatch::Pace::kDrain);
    ARROW_ASSIGN_OR_RAISE(auto program, Program::Start({options.run, options.script_folders}));
    SignalWatch::Action drain(signals, [] { queue::Drain::OfProcess().Request(); });
    Json request = {
        {"path", options.path}, {"stdout_taken", globals.json}, {"until_empty", until_empty_}};
    if (!queue_.empty()) request["queue"] = queue_;
    if (!database_.empty()) request["database"] = database_;
    if (workers_) request["num_workers"] = *workers_;
    ARROW_ASSIGN_OR_RAISE(const Json counts,
                          program->CallWithScript("worker", "run", request, options.path));
    RETURN_NOT_OK(PrintResult(globals.json ? DumpJson(counts) + "\n" : Text(counts, globals)));
    return ExitCode::kDone;
  }

 private:
  static std::string Text(const Json& counts, const Globals& globals) {
    if (globals.quiet) return "";
    return fmt::format("{} done, {} failed, {} dead, {} lost\n", counts.value("done", 0),
                       counts.value("failed", 0), counts.value("dead", 0), counts.value("lost", 0));
  }

  ScriptOptions options_;
  std::string queue_, database_;
  std::optional<int> workers_;
  bool until_empty_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeWorkerCommand() { return std::make_unique<WorkerCommand>(); }

}  // namespace tideway::app
