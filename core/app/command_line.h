// The command line: parses it, runs the command, reports its failure, and gives the exit code.
#pragma once

#include <string>
#include <vector>

namespace tideway::app {

// `arguments` without the program's name. Returns the process's exit code.
int RunCommandLine(std::vector<std::string> arguments);

}  // namespace tideway::app
