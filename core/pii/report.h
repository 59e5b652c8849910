// A row for each finding in a column of texts: which text, what, and where. Never the value.
#pragma once

#include <string>

#include "core/dataset/node.h"
#include "core/pii/find.h"

namespace tideway::pii {

// The columns out: `file`, what the column of that name in `file` says, with its type; `kind`, a
// string; `start` and `stop`, int64: bytes from `start`, the first being 0, up to but without
// `stop`. Rows come in the order of texts and places. A null text has no findings. Errors of kind
// usage: those of Finder::Make at once; a column that is not there, or no string, when the schema
// is asked for.
Result<dataset::NodePtr> MakeReport(dataset::NodePtr input, std::string file, std::string column,
                                    const FindOptions& options);

}  // namespace tideway::pii
