#include <CLI/CLI.hpp>

#include "core/app/command.h"
#include "core/app/manual.h"
#include "core/app/paths.h"
#include "core/app/program.h"

namespace tideway::app {
namespace {

// What completion scripts ask for while somebody types. Not listed in the help.
class NamesCommand : public Command {
 public:
  const char* name() const override { return "names"; }
  const char* summary() const override { return "list names for a shell's completion"; }
  void Declare(CLI::App& command) override {
    command.group("");
    command.add_option("kind", kind_, "params (of a script) or topics (of help)")->required();
    command.add_option("script", script_, "a file, or the name of one in scripts/");
  }
  Result<ExitCode> Run(const Globals&) override {
    ARROW_ASSIGN_OR_RAISE(const Json names, kind_ == "topics" ? Topics() : Parameters());
    std::string text;
    for (const Json& name : names) text += name.get<std::string>() + "\n";
    RETURN_NOT_OK(PrintResult(text));
    return ExitCode::kDone;
  }

 private:
  static Result<Json> Topics() {
    ARROW_ASSIGN_OR_RAISE(const Json answer, AskManual("help", {{"topic", ""}}));
    return answer["names"];
  }

  Result<Json> Parameters() const {
    if (kind_ != "params") {
      return Error(ErrorKind::kUsage, "names: neither params nor topics: " + kind_);
    }
    ARROW_ASSIGN_OR_RAISE(const std::string path, FindScript(script_));
    ARROW_ASSIGN_OR_RAISE(auto program, Program::Start({}));
    ARROW_ASSIGN_OR_RAISE(const Json facts,
                          program->CallWithScript("runner", "describe", {{"path", path}}, path));
    return facts["parameters"];
  }

  std::string kind_;
  std::string script_;
};

}  // namespace

std::unique_ptr<Command> MakeNamesCommand() { return std::make_unique<NamesCommand>(); }

}  // namespace tideway::app
