// A commit on the Hub for who reads its files: the card from the cache, to which it comes, and an
// address of each file.
#pragma once

#include <string>

#include "core/hub/hub.h"
#include "core/hub/remote/api.h"

namespace tideway::hub {

// Where the Hub cannot be reached, what the cache knows of the revision. Errors: FetchSnapshot's
// (fetch.h). Blocks.
Result<Checkout> CheckOutOf(Api& api, const RepoId& repo, const std::string& revision,
                            const CancelToken& cancel);

}  // namespace tideway::hub
