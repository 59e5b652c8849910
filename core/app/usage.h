// The command line described in words: the overview, and one command with its options.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tideway::app {

// The commands that help and completion show, in the order of declaration.
std::vector<const CLI::App*> ShownCommands(const CLI::App& root);
// The options with names (`-p`, `--json`) of one command.
std::vector<const CLI::Option*> NamedOptions(const CLI::App& command);

// What `tideway help` prints.
std::string OverviewText(const CLI::App& root);
// What `tideway help run` prints.
std::string CommandText(const CLI::App& command);

}  // namespace tideway::app
