#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "core/app/script_command.h"

namespace tideway::app {
namespace {

class StackCommand : public ScriptCommand {
 public:
  StackCommand()
      : ScriptCommand(
            "stack_download", "downloads",
            {{"--all", "all", "all languages that the script lists"},
             {"--accept-terms", "accept_terms",
              "you keep to the archive's terms; once for each folder"},
             {"--refresh", "refresh", "delete what the newest revision does not list any more"},
             {"--check", "check", "only look whether dataset and bucket may be read"}}) {}
  const char* name() const override { return "stack"; }
  const char* summary() const override { return "download source files of The Stack v2"; }

 protected:
  void DeclareValues(CLI::App& command) override {
    command.add_option("--to", to_, "the folder to download into")->type_name("DIR");
    command.add_option("--language", languages_, "as the dataset calls it; repeatable")
        ->type_name("NAME");
    command.add_option("--max-samples", max_samples_, "at most so many rows of each language")
        ->type_name("N");
  }
  std::vector<std::string> Values() const override {
    std::vector<std::string> values;
    if (!to_.empty()) values.push_back("to=" + to_);
    if (!max_samples_.empty()) values.push_back("max_samples=" + max_samples_);
    if (!languages_.empty()) {
      values.push_back(fmt::format("language={}", fmt::join(languages_, ",")));
    }
    return values;
  }

 private:
  std::string to_;
  std::string max_samples_;
  std::vector<std::string> languages_;
};

}  // namespace

std::unique_ptr<Command> MakeStackCommand() { return std::make_unique<StackCommand>(); }

}  // namespace tideway::app
