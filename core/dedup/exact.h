// Duplicates to the byte, or but for white space and case: found by a hash of the text, and
// compared. Null is no duplicate of anything; empty texts are of each other.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/dedup/deduplication.h"
#include "core/dedup/normal_text.h"

namespace tideway::dedup {

struct ExactOptions {
  DedupOptions common;
  NormalOptions normal = {};
  uint64_t (*hash)(std::string_view text) = nullptr;  // XXH3, but in tests
};

DeduplicationPtr MakeExact(dataset::NodePtr input, ExactOptions options);

}  // namespace tideway::dedup
