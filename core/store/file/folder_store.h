// A folder of this machine as a bucket: `file:/folder`, for tests and for work without a network.
//
// Keys are paths below the folder, so that of `a` and `a/b` only one can be. ETags tell size, time
// of change and number of a file. Threads: as Store.
#pragma once

#include <memory>
#include <string>

#include "core/store/store.h"

namespace tideway::store {

// `folder` is made by the first put, or CreateBucket.
std::shared_ptr<Store> OpenFolder(const std::string& folder);

}  // namespace tideway::store
