// The files that addresses of the Hub stand for, as sources of datasets.
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

}  // namespace tideway::app
