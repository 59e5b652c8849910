// Commits against a head that others move.
#pragma once

#include <functional>
#include <string>

#include "core/base/cancel.h"

namespace tideway::hub {

// Calls `commit`, which computes a commit from what is there and makes it, again after each that
// was too late for another (an error of kind conflict, retryable), eight times at most.
Status CommitOnHead(const std::string& uri, const CancelToken& cancel,
                    const std::function<Status()>& commit);

}  // namespace tideway::hub
