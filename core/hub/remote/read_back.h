// What the Hub lists of a commit, compared with what was sent for it. Threads: any; blocks.
#pragma once

#include <string>

#include "core/hub/remote/api.h"
#include "core/hub/remote/commit_body.h"

namespace tideway::hub {

// The first thing in which `commit` is not `content`: "data/a has other bytes"; empty: it holds
// each of its files, by their hashes, and none of the removed ones.
Result<std::string> DifferenceOf(Api& api, const RepoId& repo, const std::string& commit,
                                 const CommitContent& content, const CancelToken& cancel);

}  // namespace tideway::hub
