// An object that is put by one request.
#pragma once

#include "core/store/gcs/gcs_client.h"

namespace tideway::store {

// Larger ones are better put in chunks: this takes their size of memory, and starts anew when it
// fails.
constexpr int64_t kWholeUploadBytes = 256 << 10;

// The object as Google tells it. `crc32c`: of the source, 8 hex digits, by which Google checks
// what arrives; `content_type` may be empty. Errors: the store's.
Result<nlohmann::json> PutWhole(GcsClient& client, const std::string& key, const net::Body& source,
                                const std::string& content_type, const std::string& crc32c,
                                const CancelToken& cancel);

// What an object that is put should be, in Google's words. `crc32c`: 8 hex digits.
nlohmann::json FactsToPut(const std::string& key, const std::string& content_type,
                          const std::string& crc32c);

}  // namespace tideway::store
