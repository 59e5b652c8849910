// Completion scripts for shells, from the command line's own declaration.
#pragma once

#include <string>

#include "core/base/error.h"

namespace CLI {
class App;
}

namespace tideway::app {

// The script for "bash", "zsh" or "fish"; error (kind usage) for another shell.
Result<std::string> CompletionScript(const std::string& shell, const CLI::App& root);

}  // namespace tideway::app
