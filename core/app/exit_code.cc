#include "core/app/exit_code.h"

#include <fmt/format.h>

namespace tideway::app {

ExitCode ExitCodeOf(const Status& status) {
  switch (KindOf(status)) {
    case ErrorKind::kUsage:
      return ExitCode::kUsage;
    case ErrorKind::kAuth:
      return ExitCode::kAuth;
    case ErrorKind::kDatabase:
    case ErrorKind::kNetwork:
    case ErrorKind::kTimeout:
      return ExitCode::kUnavailable;
    case ErrorKind::kInterrupted:
      return ExitCode::kInterrupted;
    default:
      return ExitCode::kFailed;
  }
}

std::string ExitCodesText() {
  struct Line {
    ExitCode code;
    const char* meaning;
  };
  static constexpr Line kLines[] = {
      {ExitCode::kDone, "done; also skipped, unless --strict-skip is given"},
      {ExitCode::kFailed, "failed: an error in the script, the data, or the files"},
      {ExitCode::kUsage, "usage: a wrong command line, parameter, option or setting"},
      {ExitCode::kSkipped, "skipped: the pipeline skipped itself or a part, with --strict-skip"},
      {ExitCode::kAuth, "authentication: credentials missing, wrong, or not allowed"},
      {ExitCode::kUnavailable, "unavailable: a database or server not reached, or timed out"},
      {ExitCode::kInterrupted, "interrupted: by Ctrl-C, SIGTERM or SIGUSR1"},
  };
  std::string text;
  for (const Line& line : kLines) {
    text += fmt::format("  {:>3}  {}\n", static_cast<int>(line.code), line.meaning);
  }
  return text;
}

}  // namespace tideway::app
