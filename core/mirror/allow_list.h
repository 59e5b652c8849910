// Which datasets may be mirrored: a list of prefixes, such as "bigcode/". Nothing else is fetched,
// whatever a script or a list says. Thread safety: pure.
#pragma once

#include <string>
#include <vector>

#include "core/base/error.h"

namespace tideway::mirror {

// OK for a dataset whose name begins with one of `prefixes`, each of which ends in `/` (all of a
// namespace) or is the whole name of one dataset. Letter case counts. Errors: usage.
Status CheckAllowed(const std::string& id, const std::vector<std::string>& prefixes);

}  // namespace tideway::mirror
