// Names for versions on the Hub. An answer that got lost is looked for: done twice is done once.
// Threads: any; they block.
#pragma once

#include <string>

#include "core/hub/hub.h"
#include "core/hub/remote/api.h"

namespace tideway::hub {

// Gives tag.commit the name tag.name, with a message that may be empty. Errors: conflict, where the
// name is taken; usage (CheckTag); not_found; auth.
Status MakeTag(Api& api, const RepoId& repo, const Tag& tag, const std::string& message,
               const CancelToken& cancel);
// Takes the name away; its commit stays. Errors: not_found, where there is none; auth.
Status DropTag(Api& api, const RepoId& repo, const std::string& name, const CancelToken& cancel);

}  // namespace tideway::hub
