// Commands of several actions, as `tideway hub ls` is one: what an action gives, and which is
// meant.
//
// Threads: used by the main thread only.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/app/report.h"
#include "core/base/error.h"

namespace tideway::app {

// What an action found or did, in both forms that it may be printed in.
struct ActionAnswer {
  nlohmann::ordered_json json;
  std::string text;
  Status trouble = {};  // ends the program as any error does, once the answer is printed
};

// In the form that was asked for. Errors: of stdout; then `trouble`.
Status PrintAnswer(const Globals& globals, const ActionAnswer& answer);

// The one whose subcommand was parsed. Errors: usage, where none was.
template <typename Action>
Result<Action*> ChosenAction(const CLI::App& command,
                             const std::vector<std::unique_ptr<Action>>& actions) {
  const auto parsed = command.get_subcommands();
  for (const auto& action : actions) {
    if (!parsed.empty() && parsed[0]->get_name() == action->name()) return action.get();
  }
  return Error(ErrorKind::kUsage, fmt::format("usage: {}: no action", command.get_name()))
      .Hint(fmt::format("see `tideway {} --help`", command.get_name()));
}

}  // namespace tideway::app
