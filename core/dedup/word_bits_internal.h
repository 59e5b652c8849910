// Which bytes of a text belong to words, 64 at a time.
//
// Threads: functions are pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tideway::dedup::internal {

inline constexpr size_t kBlockBytes = 64;

// Sets bit i of bits[b] where byte 64 * b + i of `data` is an ASCII letter, digit or underscore,
// and returns whether any byte is not ASCII. Reads `blocks` whole blocks.
using FindWordBits = bool (*)(const uint8_t* data, size_t blocks, uint64_t* bits);
bool FindWordBitsPortable(const uint8_t* data, size_t blocks, uint64_t* bits);
#ifdef __x86_64__
bool FindWordBitsSse2(const uint8_t* data, size_t blocks, uint64_t* bits);
bool FindWordBitsAvx2(const uint8_t* data, size_t blocks, uint64_t* bits);
bool FindWordBitsAvx512(const uint8_t* data, size_t blocks, uint64_t* bits);
#endif
// The fastest one that this machine can run.
FindWordBits BestFindWordBits();

// A character of a text: how many bytes it takes, and its code point. A byte that begins no
// well-formed one counts as a character of its own, above all code points.
struct Character {
  uint32_t code_point;
  uint32_t bytes;
};
inline constexpr uint32_t kBrokenByte = 0x110000;  // + the byte
Character CharacterAt(const uint8_t* p, const uint8_t* end);
// Whether a character that is not ASCII belongs to words.
bool IsWordCharacter(uint32_t code_point);

}  // namespace tideway::dedup::internal
