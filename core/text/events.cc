#include <algorithm>
#include <cstring>

#include "core/text/events_internal.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace tideway::text::internal {
namespace {

constexpr uint8_t kNoBreakSpaceLead = 0xC2;  // U+0085, U+00A0
constexpr uint8_t kOghamLead = 0xE1;         // U+1680
constexpr uint8_t kPunctuationLead = 0xE2;   // U+2000 to U+205F
constexpr uint8_t kIdeographicLead = 0xE3;   // U+3000

bool IsEvent(const uint8_t* p) {
  switch (p[0]) {
    case '<':
    case '>':
      return true;
    case 'h':
      return p[3] == 'p';
    case 'w':
      return p[3] == '.';
    case ' ':
      return p[1] == ' ';
    case kNoBreakSpaceLead:
      return p[1] == 0x85 || p[1] == 0xA0;
    case kOghamLead:
      return p[1] == 0x9A;
    case kPunctuationLead:
      return p[1] == 0x80 || p[1] == 0x81;
    case kIdeographicLead:
      return p[1] == 0x80;
    default:
      return (p[0] >= '\t' && p[0] <= '\r') || (p[0] >= 0x1C && p[0] <= 0x1F);
  }
}

}  // namespace

void FindEventsPortable(const uint8_t* data, int64_t blocks, uint64_t* masks) {
  for (int64_t block = 0; block < blocks; ++block, data += kBlockBytes) {
    uint64_t mask = 0;
    for (int64_t i = 0; i < kBlockBytes; ++i) mask |= uint64_t{IsEvent(data + i)} << i;
    masks[block] = mask;
  }
}

#ifdef __x86_64__
#define TIDEWAY_VECTOR_CODE "core/text/events_simd.inc"
#include "core/base/byte_vectors.inc"

void FindEventsSse2(const uint8_t* data, int64_t blocks, uint64_t* masks) {
  sse2::FindAll(data, blocks, masks);
}

void FindEventsAvx2(const uint8_t* data, int64_t blocks, uint64_t* masks) {
  avx2::FindAll(data, blocks, masks);
}

void FindEventsAvx512(const uint8_t* data, int64_t blocks, uint64_t* masks) {
  avx512::FindAll(data, blocks, masks);
}

// Whole cleaning of mixed English and Nepali, MB/s on one core of a Xeon of 2023: SSE2 870, AVX2
// 1030, AVX-512 1390.
FindEvents BestFindEvents() {
  static const FindEvents best = BestOf(FindEventsSse2, FindEventsAvx2, FindEventsAvx512);
  return best;
}
#else
FindEvents BestFindEvents() { return FindEventsPortable; }
#endif

void EventScanner::Fill(const uint8_t* from) {
  const int64_t whole = (end_ - from - kLookaheadBytes) / kBlockBytes;
  const int64_t blocks = std::min(whole, kWindowBlocks);
  window_ = from;
  if (blocks > 0) {
    find_(from, blocks, masks_.data());
    window_end_ = from + blocks * kBlockBytes;
    return;
  }
  // The end of the buffer: at most one block and the lookahead, copied to where zeros follow.
  uint8_t tail[2 * kBlockBytes + kLookaheadBytes] = {};
  std::memcpy(tail, from, static_cast<size_t>(end_ - from));
  find_(tail, 2, masks_.data());
  window_end_ = end_;
}

}  // namespace tideway::text::internal
