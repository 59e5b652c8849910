#include "core/app/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/base/log.h"
#include "core/base/secret.h"

namespace tideway::app {
namespace {

bool EnvironmentHas(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

Result<LogLevel> ChooseLevel(const Globals& globals) {
  if (globals.quiet) return LogLevel::kError;
  if (globals.verbose > 1) return LogLevel::kTrace;
  if (globals.verbose == 1) return LogLevel::kDebug;
  if (!EnvironmentHas("LOG_LEVEL")) return LogLevel::kInfo;
  return ParseLogLevel(std::getenv("LOG_LEVEL"));
}

std::string Indented(std::string_view text) {
  std::string lines = "\n  ";
  for (char c : text) {
    lines += c;
    if (c == '\n') lines += "  ";
  }
  return lines;
}

}  // namespace

bool StderrIsTerminal() { return isatty(STDERR_FILENO) == 1; }

Status SetUpLog(const Globals& globals) {
  const bool color = StderrIsTerminal() && !EnvironmentHas("NO_COLOR");
  auto level = ChooseLevel(globals);
  InitLog({.level = level.ok() ? *level : LogLevel::kInfo, .color = color});
  return level.status();
}

Status PrintResult(std::string_view text) {
  const std::string redacted = Redact(text);
  const bool written = std::fwrite(redacted.data(), 1, redacted.size(), stdout) == redacted.size();
  if ((written && std::fflush(stdout) == 0) || errno == EPIPE) return Status::OK();
  return ErrnoError(errno, "app: cannot write", "standard output");
}

std::string WithCommas(int64_t number) {
  std::string text = std::to_string(number);
  const size_t first_digit = number < 0 ? 1 : 0;
  for (size_t at = text.size(); at > first_digit + 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string DumpJson(const nlohmann::ordered_json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string ErrorText(const Status& status, bool verbose) {
  std::string text = status.message();
  const ErrorDetail* detail = GetErrorDetail(status);
  if (detail == nullptr) return text;
  if (!detail->where.empty()) text += "\n  at " + detail->where;
  if (!detail->hint.empty()) text += "\n  hint: " + detail->hint;
  if (!verbose) return text;
  if (!detail->cause.ok()) text += "\n  cause:" + Indented(ErrorText(detail->cause, true));
  if (!detail->traceback.empty()) text += Indented(detail->traceback);
  return text;
}

nlohmann::ordered_json ErrorJson(const Status& status) {
  nlohmann::ordered_json error = {{"kind", ErrorKindName(KindOf(status))},
                                  {"message", Redact(status.message())}};
  const ErrorDetail* detail = GetErrorDetail(status);
  if (detail == nullptr) return error;
  if (!detail->where.empty()) error["where"] = detail->where;
  if (!detail->hint.empty()) error["hint"] = Redact(detail->hint);
  error["retryable"] = detail->retryable;
  return error;
}

}  // namespace tideway::app
