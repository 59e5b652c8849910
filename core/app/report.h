// How the program speaks: results on standard output, all else on standard error.
//
// Thread safety: safe from any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::app {

// Flags that every command takes.
struct Globals {
  bool json = false;   // --json: the result is one JSON object
  int verbose = 0;     // -v: debug lines, causes and tracebacks; -vv: trace lines
  bool quiet = false;  // -q: errors, and what was asked for
};

// Sets up the log from the flags, LOG_LEVEL, NO_COLOR and whether stderr is a terminal. Error (kind
// usage) for an unknown LOG_LEVEL.
Status SetUpLog(const Globals& globals);

bool StderrIsTerminal();

// Writes redacted text to stdout. Error when it cannot be written (a full disk); a reader that has
// gone away, as head does, is none.
Status PrintResult(std::string_view text);

// "1,234,567"
std::string WithCommas(int64_t number);

// `value` as JSON text; bytes that are not UTF-8 become U+FFFD. `indent` -1: on one line.
std::string DumpJson(const nlohmann::ordered_json& value, int indent = 2);

// The failure as the user reads it: what; where; hint; and with `verbose` causes and traceback.
std::string ErrorText(const Status& status, bool verbose);
// The failure as an object: kind, message, where, hint, retryable.
nlohmann::ordered_json ErrorJson(const Status& status);

}  // namespace tideway::app
