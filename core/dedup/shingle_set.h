// Sets of shingles, sorted, and how similar two of them are.
//
// Threads: functions are pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/dedup/shingles.h"

namespace tideway::dedup {

using ShingleSet = std::vector<uint64_t>;

// The set of the shingles of `text`, ascending.
ShingleSet ShinglesOf(std::string_view text, Shingler& shingler);

// Whether sets of these sizes can have that Jaccard index at all.
bool SizesAllow(size_t a, size_t b, double threshold);
// The Jaccard index, |both| / |either|, in double precision, when it is at least `threshold`. Looks
// no further once it cannot be. Neither set is empty.
std::optional<double> SimilarityFrom(double threshold, std::span<const uint64_t> a,
                                     std::span<const uint64_t> b);

}  // namespace tideway::dedup
