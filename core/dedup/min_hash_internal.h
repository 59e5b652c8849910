// The inner loop of MinHash.
//
// Threads: functions are pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tideway::dedup::internal {

// Permutations that share a multiplier.
inline constexpr size_t kGroup = 8;
// The number of values is a multiple of this.
inline constexpr size_t kValues = 16;

// Lowers minima[8 * g + r] to the least (value * multipliers[g]) ^ seeds[8 * g + r], modulo 2^32.
using LowerMinima = void (*)(const uint32_t* values, size_t count, const uint32_t* multipliers,
                             const uint32_t* seeds, size_t groups, uint32_t* minima);
void LowerMinimaPortable(const uint32_t* values, size_t count, const uint32_t* multipliers,
                         const uint32_t* seeds, size_t groups, uint32_t* minima);
#ifdef __x86_64__
void LowerMinimaAvx2(const uint32_t* values, size_t count, const uint32_t* multipliers,
                     const uint32_t* seeds, size_t groups, uint32_t* minima);
void LowerMinimaAvx512(const uint32_t* values, size_t count, const uint32_t* multipliers,
                       const uint32_t* seeds, size_t groups, uint32_t* minima);
#endif
// The fastest one that this machine can run.
LowerMinima BestLowerMinima();

}  // namespace tideway::dedup::internal
