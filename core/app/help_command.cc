#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "core/app/command.h"
#include "core/app/environment.h"
#include "core/app/manual.h"
#include "core/app/usage.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

class HelpCommand : public Command {
 public:
  explicit HelpCommand(CLI::App& root) : root_(root) {}
  const char* name() const override { return "help"; }
  const char* summary() const override { return "explain a command, a topic, or a Lua function"; }
  void Declare(CLI::App& command) override {
    command.add_option("topic", words_, "a command, a topic, `module` or `module.function`")
        ->type_name("TOPIC");
  }
  Result<ExitCode> Run(const Globals& globals) override {
    topic_ = fmt::format("{}", fmt::join(words_, " "));
    ARROW_ASSIGN_OR_RAISE(const std::string text, Text());
    const Json json = {{"topic", topic_}, {"text", text}};
    RETURN_NOT_OK(PrintResult(globals.json ? DumpJson(json) + "\n" : text));
    return ExitCode::kDone;
  }

 private:
  Result<std::string> Text() const {
    if (topic_.empty()) return OverviewText(root_);
    if (topic_ == "exit-codes") return "Exit codes:\n" + ExitCodesText();
    if (topic_ == "environment") return "Environment variables:\n" + EnvironmentText();
    if (topic_ == "modules") return Modules();
    if (const CLI::App* command = Named()) return CommandText(*command);
    return FromDocstrings();
  }

  // `run`, or `hub get`.
  const CLI::App* Named() const {
    const CLI::App* command = &root_;
    std::istringstream words(topic_);
    for (std::string word; words >> word;) {
      command = command == nullptr ? nullptr : FindCommand(*command, word);
    }
    return command;
  }

  static Result<std::string> Modules() {
    ARROW_ASSIGN_OR_RAISE(const Json topics, AskManual("topics", Json::object()));
    std::string text = "Lua modules (`tideway help <module>` says more):\n";
    for (const Json& topic : topics) {
      text += fmt::format("  {:<10}  {}\n", topic.value("name", ""), topic.value("summary", ""));
    }
    return text;
  }

  Result<std::string> FromDocstrings() const {
    ARROW_ASSIGN_OR_RAISE(const Json answer, AskManual("help", {{"topic", topic_}}));
    if (answer.contains("text")) return answer["text"].get<std::string>();
    std::vector<std::string> names = {"exit-codes", "environment", "modules"};
    for (const CLI::App* command : ShownCommands(root_)) {
      names.push_back(command->get_name());
      for (const CLI::App* action : ShownCommands(*command)) names.push_back(FullName(*action));
    }
    for (const Json& name : answer["names"]) names.push_back(name.get<std::string>());
    return Error(ErrorKind::kUsage, "help: unknown topic: " + topic_ + DidYouMean(topic_, names))
        .Hint("`tideway help` lists the commands, `tideway help modules` the Lua modules");
  }

  CLI::App& root_;
  std::vector<std::string> words_;
  std::string topic_;
};

}  // namespace

std::unique_ptr<Command> MakeHelpCommand(CLI::App& root) {
  return std::make_unique<HelpCommand>(root);
}

}  // namespace tideway::app
