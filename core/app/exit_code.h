// What the program's exit code says: the one list, from which `tideway help exit-codes` is printed.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "core/base/error.h"

namespace tideway::app {

enum class ExitCode {
  kDone = 0,           // also a pipeline that skipped itself, without --strict-skip
  kFailed = 1,         // any error that has no code of its own
  kUsage = 2,          // wrong command line, parameter, option or setting
  kSkipped = 3,        // the pipeline skipped itself or a part, with --strict-skip
  kAuth = 4,           // credentials missing, wrong, or not allowed
  kUnavailable = 5,    // a database or a server could not be reached, or timed out
  kInterrupted = 130,  // Ctrl-C, SIGTERM or SIGUSR1
};

// The code for a failed `status`.
ExitCode ExitCodeOf(const Status& status);

// The list as text, one code a line.
std::string ExitCodesText();

}  // namespace tideway::app
