// What sources with an address are fetched and found with, and outputs with one are sent with:
//
//   ReadAddresses(hub::ProcessVariable);   // once, before the first plan is opened
#pragma once

#include <string>
#include <vector>

#include "core/dataset/format/remote_source.h"
#include "core/hub/remote/settings.h"

namespace tideway::app {

// The files that each of `urls`, as `hf://datasets/ns/name@revision/data/*.parquet`, stands for,
// all of a repository's revision from one commit, which is part of their names: in the cache of the
// Hub's clients, where they are fetched to; but for readers of parts, large ones stay on the Hub.
// Errors: usage, for an address without files; not_found, where none matches; those of
// FetchSnapshot (fetch.h).
Result<std::vector<std::vector<dataset::FoundFile>>> FindOnHub(const std::vector<std::string>& urls,
                                                               dataset::Reads reads,
                                                               const hub::Lookup& environment,
                                                               dataset::RunContext& run);

// Has plans read https:// (fetch_file.h), s3:// and gs:// (find_in_store.h) and hf://, and writes
// go to s3:// and gs:// (write_to_store.h), by this environment.
void ReadAddresses(hub::Lookup environment);

}  // namespace tideway::app
