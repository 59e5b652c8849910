// One run of a script, as `tideway run` makes it: for commands that run one.
#pragma once

#include "core/app/exit_code.h"
#include "core/app/report.h"
#include "core/app/script_options.h"
#include "core/base/error.h"

namespace tideway::app {

// Runs it, leaves its receipt and prints what it did. `strict_skip`: a run that skips work ends
// with kSkipped.
Result<ExitCode> RunScript(const Globals& globals, const ScriptOptions& options, bool strict_skip);

}  // namespace tideway::app
