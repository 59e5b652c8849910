#include <CLI/CLI.hpp>

#include "core/app/command.h"
#include "core/app/script_run.h"

namespace tideway::app {
namespace {

// The script of the download, with its commonest parameters as flags.
class StackCommand : public Command {
 public:
  const char* name() const override { return "stack"; }
  const char* summary() const override { return "download source files of The Stack v2"; }
  void Declare(CLI::App& command) override {
    options_.script = "stack_download";
    options_.Declare(command);
    command.get_option("script")->required(false)->description(
        "the script that downloads (default stack_download)");
    command.add_option("--to", to_, "the folder to download into")->type_name("DIR");
    command.add_option("--language", languages_, "as the dataset calls it; repeatable")
        ->type_name("NAME");
    command.add_option("--max-samples", max_samples_, "at most so many rows of each language")
        ->type_name("N");
    for (Flag& flag : flags_) command.add_flag(flag.name, flag.set, flag.meaning);
  }
  Result<ExitCode> Run(const Globals& globals) override {
    ScriptOptions options = options_;
    if (!to_.empty()) options.parameters.push_back("to=" + to_);
    if (!max_samples_.empty()) options.parameters.push_back("max_samples=" + max_samples_);
    if (!languages_.empty()) {
      std::string list;
      for (const std::string& name : languages_) list += (list.empty() ? "" : ",") + name;
      options.parameters.push_back("language=" + list);
    }
    for (const Flag& flag : flags_) {
      if (flag.set) options.parameters.push_back(flag.parameter + std::string("=true"));
    }
    return RunScript(globals, options, /*strict_skip=*/false);
  }

 private:
  struct Flag {
    const char* name;
    const char* parameter;
    const char* meaning;
    bool set = false;
  };

  ScriptOptions options_;
  std::string to_;
  std::string max_samples_;
  std::vector<std::string> languages_;
  Flag flags_[4] = {
      {"--all", "all", "all languages that the script lists"},
      {"--accept-terms", "accept_terms", "you keep to the archive's terms; once for each folder"},
      {"--refresh", "refresh", "delete what the newest revision does not list any more"},
      {"--check", "check", "only look whether dataset and bucket may be read"}};
};

}  // namespace

std::unique_ptr<Command> MakeStackCommand() { return std::make_unique<StackCommand>(); }

}  // namespace tideway::app
