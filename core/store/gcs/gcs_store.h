// A bucket of Google Cloud Storage. Threads: as Store.
#pragma once

#include <memory>

#include "core/store/gcs/gcs_client.h"
#include "core/store/store.h"

namespace tideway::store {

// Errors: usage, for a bucket or an endpoint that is none.
Result<std::shared_ptr<Store>> OpenGcs(GcsOptions options);

}  // namespace tideway::store
