#include <CLI/CLI.hpp>

#include "core/app/command.h"
#include "core/app/script_run.h"

namespace tideway::app {
namespace {

// The script of the mirror, with its commonest parameters as flags.
class MirrorCommand : public Command {
 public:
  const char* name() const override { return "mirror"; }
  const char* summary() const override { return "copy datasets of the Hub to a shared disk"; }
  void Declare(CLI::App& command) override {
    options_.script = "hub_mirror";
    options_.Declare(command);
    command.get_option("script")->required(false)->description(
        "the script that mirrors (default hub_mirror)");
    command.add_option("--root", root_, "the folder to mirror into")->type_name("DIR");
    command.add_option("--dataset", datasets_, "only this one, not the script's; repeatable")
        ->type_name("NAME");
    for (Flag& flag : flags_) command.add_flag(flag.name, flag.set, flag.meaning);
  }
  Result<ExitCode> Run(const Globals& globals) override {
    ScriptOptions options = options_;
    if (!root_.empty()) options.parameters.push_back("root=" + root_);
    if (!datasets_.empty()) {
      std::string list;
      for (const std::string& id : datasets_) list += (list.empty() ? "" : ",") + id;
      options.parameters.push_back("collections=");
      options.parameters.push_back("datasets=" + list);
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
  std::string root_;
  std::vector<std::string> datasets_;
  Flag flags_[5] = {
      {"--download-only", "download_only", "do not read everything again after the download"},
      {"--verify", "verify", "read everything again, and download nothing"},
      {"--repair", "repair", "with --verify: fetch what is wrong, and only that"},
      {"--force", "force", "believe no note of what is there"},
      {"--cleanup", "cleanup", "remove what dead processes left and the commit does not have"}};
};

}  // namespace

std::unique_ptr<Command> MakeMirrorCommand() { return std::make_unique<MirrorCommand>(); }

}  // namespace tideway::app
