#include <CLI/CLI.hpp>

#include "core/app/actions.h"
#include "core/app/command.h"
#include "core/app/program.h"
#include "core/app/script_options.h"
#include "core/app/signals.h"

namespace tideway::app {
namespace {

// Checks files by a script that returns tw.validate.expect { ... }.
class ValidateCommand : public Command {
 public:
  const char* name() const override { return "validate"; }
  const char* summary() const override { return "check files by expectations"; }
  void Declare(CLI::App& command) override {
    command.add_option("files", files_, "Parquet, Arrow, CSV, JSON lines or text, all of one kind")
        ->type_name("FILE")
        ->required();
    command.add_option("--with", options_.script, "the expectations: a file, or one in scripts/")
        ->type_name("SCRIPT")
        ->required();
    command.add_option("--report", reports_, "write a report there, .html or .json; repeatable")
        ->type_name("FILE")
        ->allow_extra_args(false);
    command.add_option("--memory", options_.memory, "what it may hold (default 512MiB)")
        ->type_name("SIZE");
    command
        .add_option("--workers", options_.workers,
                    "threads that compute (default: the cores there are)")
        ->type_name("N");
  }

  Result<ExitCode> Run(const Globals& globals) override {
    ARROW_ASSIGN_OR_RAISE(const auto options, options_.Resolve());
    SignalWatch signals;
    ARROW_ASSIGN_OR_RAISE(auto program, Program::Start({options.run, options.script_folders}));
    SignalWatch::Action interrupt(signals, [&] { program->Interrupt(); });
    const Json request = {{"path", options.path},
                          {"files", files_},
                          {"reports", reports_},
                          {"stdout_taken", globals.json}};
    ARROW_ASSIGN_OR_RAISE(const Json found,
                          program->CallWithScript("validator", "run", request, options.path));
    ActionAnswer answer{.json = found["report"], .text = found.value("text", "") + "\n"};
    if (!found.value("passed", false)) {
      answer.trouble = Error(ErrorKind::kData, found.value("error", ""));
    }
    RETURN_NOT_OK(PrintAnswer(globals, answer));
    return ExitCode::kDone;
  }

 private:
  ScriptOptions options_;
  std::vector<std::string> files_;
  std::vector<std::string> reports_;
};

}  // namespace

std::unique_ptr<Command> MakeValidateCommand() { return std::make_unique<ValidateCommand>(); }

}  // namespace tideway::app
