// Objects as files and texts of this machine.
//
// A file appears whole under its name. Large objects come in parts, several at once, all of one
// content: an object that changes meanwhile is fetched anew, once. What breaks off goes on where it
// stopped, a large one in another process too (started_download.h). Where the store tells an MD5,
// else a CRC32C, the bytes are checked by it. Threads: any; they block.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace tideway::store {

struct GetOptions {
  int64_t part_bytes = int64_t{16} << 20;
  size_t at_once = 8;  // parts
};

// Fetches an object into the file `path`. Errors: the store's; disk_full and io; data, for bytes
// that are not those of the MD5 or CRC32C.
Result<Object> GetFile(Store& store, const std::string& key, const std::string& path,
                       const GetOptions& options, const CancelToken& cancel);
// An object of at most `most` bytes, or a part of one; a larger one is an error of kind memory.
Result<std::string> GetText(Store& store, const std::string& key, int64_t most,
                            const CancelToken& cancel);
Result<std::string> GetRange(Store& store, const std::string& key, ByteRange range,
                             const CancelToken& cancel);

// An object that a listing told of, as GetText.
Result<std::string> GetListed(Store& store, const Object& object, int64_t most,
                              const CancelToken& cancel);

// All objects with that prefix, over as many pages as it takes.
Result<std::vector<Object>> ListAll(Store& store, const std::string& prefix,
                                    const CancelToken& cancel);

}  // namespace tideway::store
