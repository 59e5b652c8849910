// Values as words of bash, and as values of `#SBATCH` lines.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.h"

namespace tideway::app {

// As one word that bash reads back as it was: as it is, or in single quotes. Errors: usage, for
// control characters; `what` names the value.
Result<std::string> BashWord(std::string_view what, std::string_view value);

// As it is, or in double quotes. Errors: usage, for what Slurm's reading of such lines has no
// reliable form for: control characters, quotes, backslashes.
Result<std::string> SbatchValue(std::string_view what, std::string_view value);

}  // namespace tideway::app
