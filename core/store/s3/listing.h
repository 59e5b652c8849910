// A page of keys, as S3 writes it (ListObjectsV2).
#pragma once

#include <string>

#include "core/store/store.h"

namespace tideway::store {

// Errors: data, for what is no such page, or promises a next one and does not name it.
Result<Page> ReadListing(const std::string& xml);

}  // namespace tideway::store
