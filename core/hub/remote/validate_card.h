// What the Hub says of a dataset's card before it is committed.
#pragma once

#include <vector>

#include "core/hub/hub.h"
#include "core/hub/remote/api.h"

namespace tideway::hub {

// Asks about the README.md among `operations`, if it is there as a text. Its faults are an error of
// kind data with the server's words; what the server warns of is a warning. One that has no such
// call, or cannot answer, has no opinion: the commit tells.
Status ValidateCard(Api& api, const RepoId& repo, const std::vector<CommitOperation>& operations,
                    const CancelToken& cancel);

}  // namespace tideway::hub
