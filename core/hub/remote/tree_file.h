// All files of a commit as they are noted on disk, in the form of Python's client:
// <folder>/trees/<commit>.json. Threads: any.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/hub/remote/api.h"

namespace tideway::hub {

// Nothing where there is none, or one that makes no sense.
std::optional<std::vector<RemoteFile>> ReadTreeFile(const std::string& folder,
                                                    const std::string& commit);
Status WriteTreeFile(const std::string& folder, const std::string& commit,
                     const std::vector<RemoteFile>& files);

}  // namespace tideway::hub
