// What sources with an hf:// address are found with:
//
//   dataset::SetFind("hf://", ...);
#pragma once

#include <string>
#include <vector>

#include "core/dataset/format/remote_source.h"
#include "core/hub/remote/settings.h"

namespace tideway::app {

// Fetches the files that `url`, as `hf://datasets/ns/name@revision/data/*.parquet`, stands for into
// the cache of the Hub's clients, all from one commit, which is part of their names. Errors: usage,
// for an address without files; not_found, where none matches; those of FetchSnapshot (fetch.h).
Result<std::vector<dataset::FoundFile>> FindOnHub(const std::string& url,
                                                  const hub::Lookup& environment,
                                                  dataset::RunContext& run);

}  // namespace tideway::app
