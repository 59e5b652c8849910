// Fetches a file from the web: what sources with an https:// or http:// address are read with.
//
//   dataset::SetFetch(FetchFile({}));
//
// Redirects are followed, certificates checked, and proxies taken from the environment as curl
// does. What breaks off goes on where it stopped (Range with If-Range) when the server tells the
// version of the file, else from the start. Threads: any; blocks until the file is whole, or the
// run is cancelled.
#pragma once

#include "core/base/retry.h"
#include "core/dataset/format/remote_source.h"

namespace tideway::app {

// Errors: not_found (404, 410), auth (401, 403), network (all else that the server says, and what
// does not reach it), timeout (a minute without a byte), disk_full and io of the file.
dataset::Fetch FetchFile(RetryPolicy policy);

}  // namespace tideway::app
