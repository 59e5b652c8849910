// Whether a repository on the Hub is as private as somebody wants it.
#pragma once

#include "core/hub/hub.h"
#include "core/hub/remote/api.h"

namespace tideway::hub {

// Warns in one line when the repository is another than `wanted`; asks nothing for kUnsaid. That
// the Hub does not tell is no failure.
void WarnOfVisibility(Api& api, const RepoId& repo, Visibility wanted, const CancelToken& cancel);

}  // namespace tideway::hub
