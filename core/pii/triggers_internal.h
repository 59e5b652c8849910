// Finds the places of a text where a recogniser has to look, 64 bytes at a time.
//
// A trigger is a byte that is, or may be,
//   @                    that of an e-mail address
//   .                    the first dot of an IPv4 address
//   2 3 f F              the begin of an IPv6 address (a colon four bytes later)
//   0..9                 the begin of a number: three digits, or two, a blank or dash, and two
//   +                    before a digit
//   :                    of ://
//   -                    the first of -----B
//   p s e o k u          in the name of a secret: ssw, ssp, pwd, ecr, oke, key, uth, in any case
//   a letter             the begin of a word whose first two bytes begin some token
// Triggers may be false, never missing; whoever handles one looks at the bytes.
//
// Threads: functions are pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tideway::pii::internal {

inline constexpr int64_t kBlockBytes = 64;
inline constexpr int64_t kBytesBefore = 2;
inline constexpr int64_t kBytesBehind = 6;

// Sets bit i of masks[b] where data[64 * b + i] is a trigger. Reads `blocks` whole blocks,
// kBytesBefore before them and kBytesBehind behind them.
using FindTriggers = void (*)(const uint8_t* data, int64_t blocks, uint64_t* masks);
void FindTriggersPortable(const uint8_t* data, int64_t blocks, uint64_t* masks);
#ifdef __x86_64__
void FindTriggersSse2(const uint8_t* data, int64_t blocks, uint64_t* masks);
void FindTriggersAvx2(const uint8_t* data, int64_t blocks, uint64_t* masks);
void FindTriggersAvx512(const uint8_t* data, int64_t blocks, uint64_t* masks);
#endif
// The fastest one that this machine can run.
FindTriggers BestFindTriggers();

// Whether three bytes are those of a secret's name.
inline bool IsNamePart(char first, char second, char third) {
  const int a = first | 0x20, b = second | 0x20, c = third | 0x20;
  return (a == 's' && b == 's' && (c == 'w' || c == 'p')) || (a == 'p' && b == 'w' && c == 'd') ||
         (a == 'e' && b == 'c' && c == 'r') || (a == 'o' && b == 'k' && c == 'e') ||
         (a == 'k' && b == 'e' && c == 'y') || (a == 'u' && b == 't' && c == 'h');
}

// Calls `visit(place)` for each trigger of `text`, front to back. Never reads outside of it.
template <typename Visit>
void VisitTriggers(std::string_view text, Visit visit, FindTriggers find = BestFindTriggers());

// The triggers of one part of a text: as many blocks as masks hold them, or what is left.
inline constexpr int64_t kMaskBlocks = 128;
using Masks = std::array<uint64_t, kMaskBlocks>;
// Fills `masks` for the bytes from `begin` on; returns how many of its blocks are filled.
int64_t FillMasks(std::string_view text, int64_t begin, FindTriggers find, Masks& masks);

template <typename Visit>
void VisitTriggers(std::string_view text, Visit visit, FindTriggers find) {
  Masks masks;
  for (int64_t begin = 0; begin < static_cast<int64_t>(text.size());) {
    const int64_t blocks = FillMasks(text, begin, find, masks);
    for (int64_t block = 0; block < blocks; ++block) {
      for (uint64_t mask = masks[static_cast<size_t>(block)]; mask != 0; mask &= mask - 1) {
        const int64_t place = begin + block * kBlockBytes + __builtin_ctzll(mask);
        if (place < static_cast<int64_t>(text.size())) visit(static_cast<size_t>(place));
      }
    }
    begin += blocks * kBlockBytes;
  }
}

}  // namespace tideway::pii::internal
