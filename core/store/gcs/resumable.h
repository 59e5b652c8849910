// An object that is put in chunks of one upload, which another process may go on with.
#pragma once

#include "core/store/gcs/gcs_client.h"

namespace tideway::store {

// The object as Google tells it. `crc32c`: of the source, 8 hex digits, by which Google checks
// what arrives. Errors: the store's; conflict, with `if_absent`.
Result<nlohmann::json> PutResumable(GcsClient& client, const std::string& key,
                                    const net::Body& source, const PutOptions& options,
                                    const std::string& crc32c, const CancelToken& cancel);

}  // namespace tideway::store
