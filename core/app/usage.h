// The command line described in words: the overview, and one command with its options.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tideway::app {

// The commands that help and completion show, in the order of declaration; of a command, its
// actions.
std::vector<const CLI::App*> ShownCommands(const CLI::App& root);
// The options with names (`-p`, `--json`) of one command.
std::vector<const CLI::Option*> NamedOptions(const CLI::App& command);

// The one of ShownCommands with this name; null when there is none.
const CLI::App* FindCommand(const CLI::App& root, const std::string& name);
// "hub get": all words that lead to the command.
std::string FullName(const CLI::App& command);

// What `tideway help` prints.
std::string OverviewText(const CLI::App& root);
// What `tideway help run` prints; of a command with actions, those and the options of all of them.
std::string CommandText(const CLI::App& command);

}  // namespace tideway::app
