// Opens a pull request, once: where the answer is lost, ours is looked for before it is asked for
// again.
//
// Threads: blocks.
#pragma once

#include <optional>
#include <string>

#include "core/hub/remote/api.h"
#include "core/hub/remote/patience.h"

namespace tideway::hub {

// The number of a draft with that title (3 to 200 bytes), from the head of `main`; nothing when the
// server has no pull requests. Errors: of the client; data, for answers that make no sense.
Result<std::optional<int64_t>> OpenRequest(Api& api, const RepoId& repo, const std::string& title,
                                           const CancelToken& cancel, const Patience& patience);

}  // namespace tideway::hub
