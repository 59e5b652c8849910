// Branches on the Hub. An answer that got lost is looked for: done twice is done once.
// Threads: any; they block.
#pragma once

#include <string>

#include "core/hub/remote/api.h"

namespace tideway::hub {

// OK for letters, digits and `._+-` in parts with `/` between, each beginning with a letter or a
// digit; at most 100 characters; not a commit, and not a name below `refs/`.
Status CheckBranch(const std::string& name);

// Makes the branch `name` at `commit`. Errors: conflict, where one of that name is elsewhere; usage
// (CheckBranch); not_found; auth.
Status MakeBranch(Api& api, const RepoId& repo, const Ref& branch, const CancelToken& cancel);
// Takes it away, and with it what only it has. Errors: usage, for the main branch; not_found; auth.
Status DropBranch(Api& api, const RepoId& repo, const std::string& name, const CancelToken& cancel);

}  // namespace tideway::hub
