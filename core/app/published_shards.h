// Which objects of a store are those of a dataset: what the manifest of their folder names.
//
// Writes send shards before they publish them, and delete others after (write_to_store.h): so a
// list alone may show shards of two writes, and a manifest may name what is gone by now.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace tideway::app {

// What the manifest of `folder` ("rows/") names, in its order. Errors: not_found, without a
// manifest; conflict, where something that it names is not there; the store's.
Result<std::vector<store::Object>> ObjectsInFolder(store::Store& from, const std::string& folder,
                                                   const CancelToken& cancel);

// `listed`, all keys that match, without shards that are not published. Errors: not_found, where
// nothing is left; conflict, where a shard that matches is published and not listed; the store's.
Result<std::vector<store::Object>> OnlyPublished(
    store::Store& from, std::vector<store::Object> listed,
    const std::function<bool(const std::string& key)>& matches, const CancelToken& cancel);

}  // namespace tideway::app
