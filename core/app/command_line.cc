#include "core/app/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/app/command.h"
#include "core/app/usage.h"
#include "core/base/log.h"

namespace tideway::app {
namespace {

struct CommandLine {
  CLI::App root{"Tideway: pipelines that build training sets, written in Lua", "tideway"};
  Globals globals;
  std::vector<std::unique_ptr<Command>> commands;

  CommandLine();
  void Add(std::unique_ptr<Command> command);
  Command* chosen() const;
};

void AddGlobals(CLI::App& app, Globals& globals) {
  app.add_flag("--json", globals.json, "print the result as one JSON object");
  app.add_flag("-v,--verbose", globals.verbose, "more log lines, causes, tracebacks; -vv: all");
  app.add_flag("-q,--quiet", globals.quiet, "errors only: no log, progress or account of the run");
}

CommandLine::CommandLine() {
  Add(MakeRunCommand());
  Add(MakeCheckCommand());
  Add(MakeNewCommand());
  Add(MakeTestCommand());
  Add(MakeValidateCommand());
  Add(MakeRunsCommand());
  Add(MakeWhyCommand());
  Add(MakeCleanCommand());
  Add(MakeHubCommand());
  Add(MakeStoreCommand());
  Add(MakeMirrorCommand());
  Add(MakeStackCommand());
  Add(MakeQueueCommand());
  Add(MakeWorkerCommand());
  Add(MakeDoctorCommand());
  Add(MakeExportCommand());
  Add(MakeHelpCommand(root));
  Add(MakeTypesCommand());
  Add(MakeDocsCommand());
  Add(MakeNamesCommand());
  Add(MakeVersionCommand());
  Add(MakeCompletionCommand(root));
  root.require_subcommand(0, 1);
  root.set_help_flag("-h,--help", "print help");
}

// What all commands have, and their actions.
void Complete(CLI::App& command, Globals& globals) {
  command.set_help_flag("-h,--help", "print help");
  AddGlobals(command, globals);
  command.allow_extras();  // reported by CheckExtras, with a suggestion
  for (CLI::App* action : command.get_subcommands([](CLI::App*) { return true; })) {
    Complete(*action, globals);
  }
}

void CommandLine::Add(std::unique_ptr<Command> command) {
  CLI::App* app = root.add_subcommand(command->name(), command->summary());
  command->Declare(*app);
  Complete(*app, globals);
  commands.push_back(std::move(command));
}

Command* CommandLine::chosen() const {
  const auto parsed = root.get_subcommands();
  if (parsed.empty()) return nullptr;
  for (const auto& command : commands) {
    if (parsed[0]->get_name() == command->name()) return command.get();
  }
  return nullptr;
}

std::vector<std::string> CommandNames(CLI::App& root) {
  std::vector<std::string> names;
  for (const CLI::App* command : root.get_subcommands([](CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

Status CheckCommandName(CLI::App& root, const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0].starts_with('-')) return Status::OK();
  const std::vector<std::string> names = CommandNames(root);
  if (std::find(names.begin(), names.end(), arguments[0]) != names.end()) return Status::OK();
  return Error(ErrorKind::kUsage,
               "usage: unknown command: " + arguments[0] + DidYouMean(arguments[0], names))
      .Hint("`tideway help` lists the commands");
}

// Refuses what no option or argument of `command` took.
Status CheckExtrasOf(const CLI::App& command) {
  for (const CLI::App* action : command.get_subcommands()) RETURN_NOT_OK(CheckExtrasOf(*action));
  std::vector<std::string> extras = command.remaining();
  if (extras.empty()) return Status::OK();
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  const bool is_option = extras[0].starts_with('-');
  const auto actions = ShownCommands(command);
  const bool is_action = !is_option && !actions.empty() && command.get_subcommands().empty();
  if (is_action) {
    known.clear();
    for (const CLI::App* action : actions) known.push_back(action->get_name());
  }
  // Its value may be a secret.
  if (is_option) extras[0] = extras[0].substr(0, extras[0].find('='));
  const std::string what = is_option   ? "unknown option: "
                           : is_action ? "unknown action: "
                                       : "unexpected argument: ";
  const bool guess = is_option || is_action;
  return Error(ErrorKind::kUsage,
               "usage: " + what + extras[0] + (guess ? DidYouMean(extras[0], known) : ""))
      .Hint("see `tideway " + FullName(command) + " --help`");
}

Status CheckExtras(const CLI::App& root) {
  for (const CLI::App* command : root.get_subcommands()) RETURN_NOT_OK(CheckExtrasOf(*command));
  return Status::OK();
}

int Fail(const Status& status, const Globals& globals) {
  LogError("{}", ErrorText(status, globals.verbose > 0));
  return static_cast<int>(ExitCodeOf(status));
}

// "run", or "hub get": what `arguments` begin with; empty for none.
std::string CommandOf(const CLI::App& root, const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0].starts_with('-')) return "";
  const CLI::App* command = FindCommand(root, arguments[0]);
  if (command == nullptr || arguments.size() == 1) return arguments[0];
  const CLI::App* action = FindCommand(*command, arguments[1]);
  return action == nullptr ? arguments[0] : FullName(*action);
}

Status Parse(CommandLine& line, std::vector<std::string> arguments) {
  RETURN_NOT_OK(CheckCommandName(line.root, arguments));
  const std::string asked = CommandOf(line.root, arguments);
  std::reverse(arguments.begin(), arguments.end());  // CLI11's vector overload takes them so
  try {
    line.root.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    RETURN_NOT_OK(CheckExtras(line.root));  // says more than "script is required"
    return Error(ErrorKind::kUsage, std::string("usage: ") + error.what())
        .Hint("see `tideway" + (asked.empty() ? "" : " " + asked) + " --help`");
  }
  RETURN_NOT_OK(CheckExtras(line.root));
  if (line.chosen() != nullptr) return Status::OK();
  return Error(ErrorKind::kUsage, "usage: no command").Hint("`tideway help` lists the commands");
}

// A library's exception is our error, so that `tideway` ends with a message and a code.
Result<ExitCode> Run(CommandLine& line) {
  try {
    return line.chosen()->Run(line.globals);
  } catch (const std::exception& error) {
    return Error(ErrorKind::kInternal, std::string("app: unexpected failure: ") + error.what());
  }
}

// Whether a -h or --help was among `arguments`; then CLI11 throws instead of parsing.
bool AsksForHelp(const std::vector<std::string>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const std::string& text) { return text == "-h" || text == "--help"; });
}

}  // namespace

int RunCommandLine(std::vector<std::string> arguments) {
  CommandLine line;
  // `tideway`, `tideway --help` and `tideway x --help` are `tideway help` and `tideway help x`.
  if (arguments.empty() || AsksForHelp(arguments)) {
    const std::string asked = CommandOf(line.root, arguments);
    arguments = {"help"};
    if (!asked.empty()) arguments.push_back(asked);
  }
  if (arguments[0] == "--version") arguments[0] = "version";
  const Status parsed = Parse(line, std::move(arguments));
  const Status ready = SetUpLog(line.globals);
  if (!parsed.ok()) return Fail(parsed, line.globals);
  if (!ready.ok()) return Fail(ready, line.globals);
  const auto code = Run(line);
  if (code.ok()) return static_cast<int>(*code);
  return Fail(code.status(), line.globals);
}

}  // namespace tideway::app
