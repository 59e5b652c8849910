#include <CLI/CLI.hpp>

#include "core/app/command.h"
#include "core/app/completion.h"

namespace tideway::app {
namespace {

class CompletionCommand : public Command {
 public:
  explicit CompletionCommand(CLI::App& root) : root_(root) {}
  const char* name() const override { return "completion"; }
  const char* summary() const override { return "print a completion script for a shell"; }
  void Declare(CLI::App& command) override {
    command.add_option("shell", shell_, "bash, zsh or fish")->type_name("SHELL")->required();
  }
  Result<ExitCode> Run(const Globals&) override {
    ARROW_ASSIGN_OR_RAISE(const std::string script, CompletionScript(shell_, root_));
    RETURN_NOT_OK(PrintResult(script));
    return ExitCode::kDone;
  }

 private:
  CLI::App& root_;
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> MakeCompletionCommand(CLI::App& root) {
  return std::make_unique<CompletionCommand>(root);
}

}  // namespace tideway::app
