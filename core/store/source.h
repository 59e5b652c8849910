// What is put: bytes that can be read again, in memory or in a file.
#pragma once

#include <memory>
#include <string>

#include "core/net/message.h"

namespace tideway::store {

// The bytes of a file, which is open as long as this or a copy lives. A file that becomes shorter
// while it is read is an error of kind io.
Result<net::Body> FileSource(const std::string& path);

// The bytes of `source` from `first` on, `size` of them.
net::Body Slice(const net::Body& source, int64_t first, int64_t size);

// Reads all of `source`, piece by piece. Errors: its own.
Status ReadAll(const net::Body& source, const std::function<void(std::string_view)>& take);

// The digits of its hash: HashOf<Md5>(source). Errors: of reading.
template <typename Hash>
Result<std::string> HashOf(const net::Body& source) {
  Hash hash;
  RETURN_NOT_OK(ReadAll(source, [&hash](std::string_view bytes) { hash.Update(bytes); }));
  return hash.Finish();
}

}  // namespace tideway::store
