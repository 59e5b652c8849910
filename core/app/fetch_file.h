// What sources with an https:// or http:// address are read with:
//
//   dataset::SetFetch(FetchFile);
#pragma once

#include <string>

#include "core/dataset/run_context.h"

namespace tideway::app {

// Downloads (download.h) `url` to the new file `path`; blocks until it is whole, or the run is
// cancelled. Errors: not_found (404, 410), auth (401, 403), network, timeout, disk_full and io.
Status FetchFile(const std::string& url, const std::string& path, dataset::RunContext& run);

}  // namespace tideway::app
