// A secret from standard input.
#pragma once

#include <string>

#include "core/base/cancel.h"

namespace tideway::app {

// The first line of standard input, without white space around it. On a terminal it is asked for
// with `prompt`, and not shown while it is typed; the terminal is as before afterwards, whatever
// happens. Errors: interrupted; io; usage, for a line of more than 4096 bytes.
Result<std::string> ReadSecret(const std::string& prompt, const CancelToken& cancel);

}  // namespace tideway::app
