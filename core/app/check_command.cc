#include <CLI/CLI.hpp>

#include "core/app/command.h"
#include "core/app/program.h"
#include "core/app/script_options.h"
#include "core/base/log.h"

namespace tideway::app {
namespace {

class CheckCommand : public Command {
 public:
  const char* name() const override { return "check"; }
  const char* summary() const override { return "print a pipeline's plan and validate it"; }
  void Declare(CLI::App& command) override { options_.Declare(command); }
  Result<ExitCode> Run(const Globals& globals) override {
    ARROW_ASSIGN_OR_RAISE(auto options, options_.Resolve());
    options.run.check_only = true;
    ARROW_ASSIGN_OR_RAISE(auto program, Program::Start({options.run, options.script_folders}));
    ARROW_ASSIGN_OR_RAISE(Json result, Check(*program, options));
    RETURN_NOT_OK(PrintResult(globals.json ? DumpJson(result) + "\n" : Text(result)));
    LogInfo("check: {} is in order; nothing was run", result.value("name", ""));
    return ExitCode::kDone;
  }

 private:
  static Result<Json> Check(Program& program, const ScriptOptions::Resolved& options) {
    const Json request = {{"path", options.path},
                          {"parameters", options.parameters},
                          {"shard", options.shard.ToJson()},
                          {"stdout_taken", true}};
    ARROW_ASSIGN_OR_RAISE(Json result,
                          program.CallWithScript("runner", "load", request, options.path));
    RETURN_NOT_OK(program.Call("runner", "run", Json::object()));
    result["plans"] = program.run().plans();
    return result;
  }

  static std::string Text(const Json& result) {
    std::string text = result.value("name", "") + "\n";
    const Json parameters = result.value("parameters", Json::object());
    for (const auto& [name, value] : parameters.items()) {
      text += "  " + name + " = " + DumpJson(value, -1) + "\n";
    }
    for (const Json& plan : result["plans"]) text += "\n" + plan.get<std::string>();
    return text;
  }

  ScriptOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeCheckCommand() { return std::make_unique<CheckCommand>(); }

}  // namespace tideway::app
