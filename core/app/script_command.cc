#include "core/app/script_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "core/app/script_run.h"

namespace tideway::app {

ScriptCommand::ScriptCommand(std::string script, std::string does, std::vector<Flag> flags)
    : does_(std::move(does)), flags_(std::move(flags)) {
  options_.script = std::move(script);
}

void ScriptCommand::Declare(CLI::App& command) {
  const std::string meaning =
      fmt::format("the script that {} (default {})", does_, options_.script);
  options_.Declare(command);
  command.get_option("script")->required(false)->description(meaning);
  DeclareValues(command);
  for (Flag& flag : flags_) command.add_flag(flag.name, flag.set, flag.meaning);
}

Result<ExitCode> ScriptCommand::Run(const Globals& globals) {
  ScriptOptions options = options_;
  std::vector<std::string> values = Values();
  for (std::string& value : values) options.parameters.push_back(std::move(value));
  for (const Flag& flag : flags_) {
    if (flag.set) options.parameters.push_back(flag.parameter + std::string("=true"));
  }
  return RunScript(globals, options, /*strict_skip=*/false);
}

}  // namespace tideway::app
