// Prefixes of stores as outputs of datasets.
#pragma once

#include <memory>
#include <string>

#include "core/dataset/format/remote_output.h"
#include "core/store/open.h"

namespace tideway::app {

// `place`: "bucket/rows.parquet" is one object, put once it is whole. A folder is all keys below
// "bucket/rows/": two shards are sent at a time. Publishing puts manifest.json in place of just the
// one that was found at first, an error of kind conflict where another run was faster, and then
// deletes what it does not name. `cancel` outlives it.
std::unique_ptr<dataset::RemoteOutput> MakeStoreOutput(store::Place place, bool is_file,
                                                       const CancelToken& cancel);

// The same of an address. Errors: usage, for a whole bucket.
Result<std::unique_ptr<dataset::RemoteOutput>> OpenStoreOutput(const std::string& uri, bool is_file,
                                                               const store::Lookup& environment,
                                                               dataset::RunContext& run);

}  // namespace tideway::app
