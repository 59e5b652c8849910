#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "core/app/script_command.h"

namespace tideway::app {
namespace {

class MirrorCommand : public ScriptCommand {
 public:
  MirrorCommand()
      : ScriptCommand("hub_mirror", "mirrors",
                      {{"--download-only", "download_only",
                        "do not read everything again after the download"},
                       {"--verify", "verify", "read everything again, and download nothing"},
                       {"--repair", "repair", "with --verify: fetch what is wrong, and only that"},
                       {"--force", "force", "believe no note of what is there"},
                       {"--cleanup", "cleanup",
                        "remove what dead processes left and the commit does not have"}}) {}
  const char* name() const override { return "mirror"; }
  const char* summary() const override { return "copy datasets of the Hub to a shared disk"; }

 protected:
  void DeclareValues(CLI::App& command) override {
    command.add_option("--root", root_, "the folder to mirror into")->type_name("DIR");
    command.add_option("--dataset", datasets_, "only this one, not the script's; repeatable")
        ->type_name("NAME");
  }
  std::vector<std::string> Values() const override {
    std::vector<std::string> values;
    if (!root_.empty()) values.push_back("root=" + root_);
    if (!datasets_.empty()) {
      values.push_back("collections=");
      values.push_back(fmt::format("datasets={}", fmt::join(datasets_, ",")));
    }
    return values;
  }

 private:
  std::string root_;
  std::vector<std::string> datasets_;
};

}  // namespace

std::unique_ptr<Command> MakeMirrorCommand() { return std::make_unique<MirrorCommand>(); }

}  // namespace tideway::app
