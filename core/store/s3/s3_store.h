// A bucket of Amazon S3, or of a server that speaks its protocol. Threads: as Store.
#pragma once

#include <memory>

#include "core/store/s3/s3_client.h"
#include "core/store/store.h"

namespace tideway::store {

// Errors: usage, for a bucket or an endpoint that is none.
Result<std::shared_ptr<Store>> OpenS3(S3Options options);

}  // namespace tideway::store
