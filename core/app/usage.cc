#include "core/app/usage.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace tideway::app {
namespace {

// "-p,--param NAME=VALUE"
std::string OptionName(const CLI::Option& option) {
  std::string name = option.get_name(false, true);
  if (option.get_items_expected_max() > 0 && !option.get_type_name().empty()) {
    name += " " + option.get_type_name();
  }
  return name;
}

}  // namespace

std::vector<const CLI::App*> ShownCommands(const CLI::App& root) {
  return root.get_subcommands([](const CLI::App* app) { return !app->get_group().empty(); });
}

std::vector<const CLI::Option*> NamedOptions(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->nonpositional(); });
}

const CLI::App* FindCommand(const CLI::App& root, const std::string& name) {
  for (const CLI::App* command : ShownCommands(root)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

std::string FullName(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  const bool nested = parent != nullptr && parent->get_parent() != nullptr;
  return nested ? FullName(*parent) + " " + command.get_name() : command.get_name();
}

std::string OverviewText(const CLI::App& root) {
  std::string text = root.get_description() + "\n\nusage: tideway <command> [options]\n\n";
  for (const CLI::App* command : ShownCommands(root)) {
    text += fmt::format("  {:<12}{}\n", command->get_name(), command->get_description());
  }
  return text +
         "\n`tideway help <command>` gives a command's options; `tideway help exit-codes`,\n"
         "`environment` and `modules` the rest; `tideway help text.clean` a Lua function.\n";
}

std::string CommandText(const CLI::App& command) {
  const auto arguments = command.get_options([](const CLI::Option* option) {
    return option->get_positional() && !option->get_group().empty();
  });
  const std::string full_name = FullName(command);
  std::string usage = "usage: tideway " + full_name;
  std::string lines;
  const auto actions = ShownCommands(command);
  if (!actions.empty()) usage += " <action>";
  for (const CLI::App* action : actions) {
    lines += fmt::format("  {:<12}{}\n", action->get_name(), action->get_description());
  }
  if (!actions.empty()) {
    lines += fmt::format("\n`tideway help {} {}` gives an action's options; all take\n\n",
                         full_name, actions.front()->get_name());
  }
  for (const CLI::Option* argument : arguments) {
    const std::string name = argument->get_type_name();
    usage += argument->get_required() ? " " + name : " [" + name + "]";
    lines += fmt::format("  {:<28}{}\n", name, argument->get_description());
  }
  for (const CLI::Option* option : NamedOptions(command)) {
    lines += fmt::format("  {:<28}{}\n", OptionName(*option), option->get_description());
  }
  return "tideway " + full_name + ": " + command.get_description() + "\n\n" + usage +
         " [options]\n\n" + lines;
}

}  // namespace tideway::app
