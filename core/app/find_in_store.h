// The objects that addresses of stores stand for, as sources of datasets.
#pragma once

#include <string>
#include <vector>

#include "core/dataset/format/remote_source.h"
#include "core/store/store.h"

namespace tideway::app {

// Those of each of `urls`, as `s3://bucket/data/*.parquet`, with the ETag as part of their names:
// in the run's scratch folder, where they are fetched to; but for readers of parts, large ones stay
// where they are. `*` and `?` as in addresses of the Hub. A folder is what its manifest.json names;
// of the shards that writes have sent, only those that a manifest names are found. Errors: usage,
// for an address without a key; not_found, where none matches; conflict, where one changes
// meanwhile; those of the store.
Result<std::vector<std::vector<dataset::FoundFile>>> FindInStore(
    const std::vector<std::string>& urls, dataset::Reads reads, const store::Lookup& environment,
    dataset::RunContext& run);

}  // namespace tideway::app
