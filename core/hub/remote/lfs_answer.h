// What the Git LFS batch call answers: where the bytes of each object go.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/hub/remote/upload_file.h"
#include "core/net/message.h"

namespace tideway::hub {

struct LfsUploadAddress {
  std::string url;            // for the bytes; with `parts`, for the list of them
  net::Headers headers = {};  // to go with them
  int64_t chunk_size = 0;     // of all parts but the last
  std::vector<std::string> parts = {};
  std::string verify = {};  // empty: not asked for
  net::Headers verify_headers = {};
};

// By SHA-256; nothing: the server holds the object already.
using LfsAddresses = std::map<std::string, std::optional<LfsUploadAddress>>;

// Of the answer `body` to a batch of `files`. Errors: data, for what breaks the protocol; network,
// for an object that the server refuses.
Result<LfsAddresses> ReadLfsAnswer(const std::string& body, const std::vector<UploadFile>& files);

}  // namespace tideway::hub
