// The Hub allows so many commits an hour, beside its quotas of calls: seconds of waiting do not
// help.
#pragma once

#include "core/hub/remote/repo_id.h"
#include "core/net/message.h"

namespace tideway::hub {

// Whether the answer says that there were too many commits.
bool IsQuotaOfCommits(const net::Response& response);

// net::AskedWait, from now.
double AskedWait(const net::Response& response);

// The error that tells how long to wait, by the server's words.
Status TooManyCommits(const RepoId& repo, const net::Request& request,
                      const net::Response& response);

}  // namespace tideway::hub
