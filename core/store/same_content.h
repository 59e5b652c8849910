// Whether a file of this machine holds what an object does, as far as the store's word tells.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/cancel.h"
#include "core/store/store.h"

namespace tideway::store {

inline constexpr size_t kMd5Digits = 32;  // of an MD5 in hexadecimal

// True only where size and MD5 are the same: that of the object, of an ETag that is one, or of an
// ETag of parts ("...-3") whose size is one that programs use. What cannot be told is not the same.
// Errors: interrupted.
Result<bool> HasSameContent(const Object& object, const std::string& path,
                            const CancelToken& cancel);

}  // namespace tideway::store
