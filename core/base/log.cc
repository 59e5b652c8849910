#include "core/base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <memory>
#include <mutex>

#include "core/base/secret.h"

namespace tideway {
namespace {

using Terminal = spdlog::sinks::ansicolor_stderr_sink_st;
using File = spdlog::sinks::basic_file_sink_st;

struct State {
  std::mutex mutex;
  LogLevel terminal_level = LogLevel::kInfo;
  std::shared_ptr<Terminal> terminal;
  std::shared_ptr<File> file;
  void (*before)() = nullptr;
  void (*after)() = nullptr;
};

// Never destroyed: threads may log while the program leaves.
State& TheState() {
  static State& state = *new State;
  return state;
}

// The lowest level that anybody reads; kept apart so that a disabled line costs one load.
std::atomic<LogLevel> lowest_level{LogLevel::kInfo};

void UpdateLowestLevel(const State& state) {
  lowest_level =
      state.file ? std::min(state.terminal_level, LogLevel::kDebug) : state.terminal_level;
}

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  return static_cast<spdlog::level::level_enum>(level);
}

void MakeTerminal(State& state, bool color) {
  const auto mode = color ? spdlog::color_mode::always : spdlog::color_mode::never;
  state.terminal = std::make_shared<Terminal>(mode);
  state.terminal->set_pattern("%^%l%$: %v");
}

void WriteToTerminal(State& state, const spdlog::details::log_msg& message) {
  if (!state.terminal) MakeTerminal(state, false);
  if (state.before) state.before();
  state.terminal->log(message);
  state.terminal->flush();
  if (state.after) state.after();
}

// A full disk must not end a run only because its log cannot grow; the run's own writes will say
// so.
void WriteToFile(State& state, const spdlog::details::log_msg& message) {
  try {
    state.file->log(message);
    state.file->flush();
  } catch (const spdlog::spdlog_ex&) {
    state.file.reset();
    UpdateLowestLevel(state);
  }
}

}  // namespace

Result<LogLevel> ParseLogLevel(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "warning") lower = "warn";
  static const std::vector<std::string> kNames = {"trace", "debug", "info", "warn", "error", "off"};
  const auto found = std::find(kNames.begin(), kNames.end(), lower);
  if (found == kNames.end()) {
    return Error(ErrorKind::kUsage,
                 fmt::format("log: unknown level `{}`{}", name, DidYouMean(lower, kNames)))
        .Hint("LOG_LEVEL is one of trace, debug, info, warn, error, off");
  }
  return static_cast<LogLevel>(found - kNames.begin());
}

void InitLog(const LogOptions& options) {
  State& state = TheState();
  std::lock_guard lock(state.mutex);
  state.terminal_level = options.level;
  MakeTerminal(state, options.color);
  UpdateLowestLevel(state);
}

Status OpenLogFile(const std::string& path) {
  State& state = TheState();
  std::lock_guard lock(state.mutex);
  errno = 0;
  try {
    state.file = std::make_shared<File>(path);
  } catch (const spdlog::spdlog_ex&) {
    return ErrnoError(errno, "log: cannot open", path);
  }
  state.file->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
  UpdateLowestLevel(state);
  return Status::OK();
}

void CloseLogFile() {
  State& state = TheState();
  std::lock_guard lock(state.mutex);
  state.file.reset();
  UpdateLowestLevel(state);
}

bool LogEnabled(LogLevel level) {
  return level != LogLevel::kOff && level >= lowest_level.load(std::memory_order_relaxed);
}

void LogLine(LogLevel level, std::string_view line) {
  if (!LogEnabled(level)) return;
  const std::string redacted = Redact(line);
  const spdlog::details::log_msg message("", SpdlogLevel(level), redacted);
  State& state = TheState();
  std::lock_guard lock(state.mutex);
  if (level >= state.terminal_level) WriteToTerminal(state, message);
  if (state.file && level >= LogLevel::kDebug) WriteToFile(state, message);
}

void SetLogHooks(void (*before)(), void (*after)()) {
  State& state = TheState();
  std::lock_guard lock(state.mutex);
  state.before = before;
  state.after = after;
}

}  // namespace tideway
