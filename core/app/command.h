// One subcommand of `tideway`: a file <name>_command.cc and a line in command_line.cc.
//
// Threads: used by the main thread only.
#pragma once

#include <memory>
#include <string>

#include "core/app/exit_code.h"
#include "core/app/report.h"

namespace CLI {
class App;
}

namespace tideway::app {

class Command {
 public:
  virtual ~Command() = default;
  virtual const char* name() const = 0;
  virtual const char* summary() const = 0;
  // Adds the command's own options and arguments; the flags of Globals are added for all.
  virtual void Declare(CLI::App& command) = 0;
  // Does the work after parsing. Results on stdout, all else by the log.
  virtual Result<ExitCode> Run(const Globals& globals) = 0;
};

std::unique_ptr<Command> MakeRunCommand();
std::unique_ptr<Command> MakeCheckCommand();
std::unique_ptr<Command> MakeNewCommand();
std::unique_ptr<Command> MakeTestCommand();
std::unique_ptr<Command> MakeValidateCommand();
std::unique_ptr<Command> MakeRunsCommand();
std::unique_ptr<Command> MakeWhyCommand();
std::unique_ptr<Command> MakeCleanCommand();
std::unique_ptr<Command> MakeHubCommand();
std::unique_ptr<Command> MakeStoreCommand();
std::unique_ptr<Command> MakeMirrorCommand();
std::unique_ptr<Command> MakeStackCommand();
std::unique_ptr<Command> MakeQueueCommand();
std::unique_ptr<Command> MakeWorkerCommand();
std::unique_ptr<Command> MakeDoctorCommand();
std::unique_ptr<Command> MakeExportCommand();
// `root` is the whole command line, which help and completion describe.
std::unique_ptr<Command> MakeHelpCommand(CLI::App& root);
std::unique_ptr<Command> MakeTypesCommand();
std::unique_ptr<Command> MakeDocsCommand();
std::unique_ptr<Command> MakeNamesCommand();
std::unique_ptr<Command> MakeVersionCommand();
std::unique_ptr<Command> MakeCompletionCommand(CLI::App& root);

}  // namespace tideway::app
