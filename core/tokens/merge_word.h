// Merges the parts of a word as BPE does: of all pairs of neighbours that merge, the one of the
// lowest rank first, the leftmost of several, until none is left.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/tokens/pair_table.h"

namespace tideway::tokens {

// Of `ids`, in place; returns how many are left. Short words take time by the square of `count`,
// others count * log(count), and up to 40 bytes of memory for each id while they run; those of
// more than kAloneIds one after another in the whole process.
size_t MergeWord(const PairTable& merges, uint32_t* ids, size_t count);

inline constexpr size_t kAloneIds = 256 << 10;

}  // namespace tideway::tokens
