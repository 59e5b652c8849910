// The program's log: spdlog on stderr, and one file per run, with secrets redacted in every line.
//
//   LogInfo("hub: published {} shards to {}", count, uri);
//
// The level comes from LOG_LEVEL (trace, debug, info, warn, error, off; default info) or from -v /
// -q. Standard output is never written to: it belongs to results. Thread safety: all functions are
// safe from any thread.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/base/error.h"

namespace tideway {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kOff };

struct LogOptions {
  LogLevel level = LogLevel::kInfo;  // what reaches stderr
  bool color = false;                // stderr is a terminal and NO_COLOR is unset
};

// The level named `name`, in any letter case ("warning" too).
Result<LogLevel> ParseLogLevel(std::string_view name);
// Sets up stderr logging. Call before the first line; calling again replaces the set-up.
void InitLog(const LogOptions& options);
// Also writes every line of level debug and above to `path`, with UTC time stamps, until
// CloseLogFile().
Status OpenLogFile(const std::string& path);
void CloseLogFile();

bool LogEnabled(LogLevel level);
void LogLine(LogLevel level, std::string_view line);
// Called around each stderr line, so that a progress display can step aside (may be empty
// functions).
void SetLogHooks(void (*before)(), void (*after)());

template <typename... Args>
void LogTrace(fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(LogLevel::kTrace))
    LogLine(LogLevel::kTrace, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogDebug(fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(LogLevel::kDebug))
    LogLine(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(LogLevel::kInfo))
    LogLine(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogWarn(fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(LogLevel::kWarn))
    LogLine(LogLevel::kWarn, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogError(fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(LogLevel::kError))
    LogLine(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tideway
