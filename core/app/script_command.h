// A command that runs a script of its own, with the script's commonest parameters as flags.
//
// Threads: used by the main thread only.
#pragma once

#include <string>
#include <vector>

#include "core/app/command.h"
#include "core/app/script_options.h"

namespace tideway::app {

class ScriptCommand : public Command {
 public:
  void Declare(CLI::App& command) override;
  Result<ExitCode> Run(const Globals& globals) override;

 protected:
  // Sets `parameter` to true.
  struct Flag {
    const char* name;
    const char* parameter;
    const char* meaning;
    bool set = false;
  };
  // `script`: the one that runs where none is named. `does`: "mirrors".
  ScriptCommand(std::string script, std::string does, std::vector<Flag> flags);

  // Options that take a value, before the flags.
  virtual void DeclareValues(CLI::App& command) = 0;
  // "name=value" of those that were given.
  virtual std::vector<std::string> Values() const = 0;

 private:
  const std::string does_;
  ScriptOptions options_;
  std::vector<Flag> flags_;
};

}  // namespace tideway::app
