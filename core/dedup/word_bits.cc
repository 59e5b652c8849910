#include <algorithm>
#include <iterator>

#include "core/dedup/word_bits_internal.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace tideway::dedup::internal {
namespace {

bool IsAsciiWordByte(uint8_t byte) {
  const int letter = (byte | 0x20) - 'a';
  return (letter >= 0 && letter <= 25) || (byte >= '0' && byte <= '9') || byte == '_';
}

struct Range {
  uint32_t first;
  uint32_t last;
};

// White space, punctuation, symbols and private use of the Basic Multilingual Plane and the planes
// of pictures, in order. All other characters belong to words: letters, digits, marks, ideographs.
constexpr Range kNoWord[] = {
    {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},       {0xBB, 0xBF},       {0xD7, 0xD7},
    {0xF7, 0xF7},     {0x37E, 0x37E},   {0x387, 0x387},     {0x55A, 0x55F},     {0x589, 0x58A},
    {0x5BE, 0x5BE},   {0x60C, 0x60D},   {0x61B, 0x61F},     {0x66A, 0x66D},     {0x6D4, 0x6D4},
    {0x964, 0x965},   {0xE4F, 0xE4F},   {0xF04, 0xF12},     {0x104A, 0x104F},   {0x10FB, 0x10FB},
    {0x1361, 0x1368}, {0x1680, 0x1680}, {0x16EB, 0x16ED},   {0x17D4, 0x17DB},   {0x1800, 0x180A},
    {0x2000, 0x203E}, {0x2041, 0x2053}, {0x2055, 0x206F},   {0x207A, 0x207E},   {0x208A, 0x208E},
    {0x20A0, 0x20CF}, {0x2190, 0x245F}, {0x249C, 0x249C},   {0x2500, 0x2775},   {0x2794, 0x2BFF},
    {0x2E00, 0x2E7F}, {0x3000, 0x3004}, {0x3008, 0x3020},   {0x3030, 0x3030},   {0x303D, 0x303F},
    {0x30FB, 0x30FB}, {0xE000, 0xF8FF}, {0xFD3E, 0xFD3F},   {0xFE10, 0xFE1F},   {0xFE30, 0xFE6F},
    {0xFEFF, 0xFEFF}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF20},   {0xFF3B, 0xFF3E},   {0xFF40, 0xFF40},
    {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF},
};

bool IsContinuation(const uint8_t* p, const uint8_t* end) { return p < end && (*p & 0xC0) == 0x80; }

}  // namespace

bool IsWordCharacter(uint32_t code_point) {
  const auto* after =
      std::upper_bound(std::begin(kNoWord), std::end(kNoWord), code_point,
                       [](uint32_t point, const Range& range) { return point < range.first; });
  return after == std::begin(kNoWord) || code_point > std::prev(after)->last;
}

Character CharacterAt(const uint8_t* p, const uint8_t* end) {
  const uint32_t lead = *p;
  if (lead < 0x80) return {lead, 1};
  const Character broken{kBrokenByte + lead, 1};
  if (lead < 0xC2 || lead > 0xF4 || !IsContinuation(p + 1, end)) return broken;
  const uint32_t second = p[1] & 0x3FU;
  if (lead < 0xE0) return {(lead & 0x1F) << 6 | second, 2};
  if (!IsContinuation(p + 2, end)) return broken;
  const uint32_t third = p[2] & 0x3FU;
  if (lead < 0xF0) {
    const uint32_t point = (lead & 0x0F) << 12 | second << 6 | third;
    if (point < 0x800 || (point >= 0xD800 && point < 0xE000)) return broken;
    return {point, 3};
  }
  if (!IsContinuation(p + 3, end)) return broken;
  const uint32_t point = (lead & 0x07) << 18 | second << 12 | third << 6 | (p[3] & 0x3FU);
  if (point < 0x10000 || point > 0x10FFFF) return broken;
  return {point, 4};
}

bool FindWordBitsPortable(const uint8_t* data, size_t blocks, uint64_t* bits) {
  uint8_t wide = 0;
  for (size_t block = 0; block < blocks; ++block, data += kBlockBytes) {
    uint64_t mask = 0;
    for (size_t i = 0; i < kBlockBytes; ++i) {
      mask |= uint64_t{IsAsciiWordByte(data[i])} << i;
      wide |= data[i];
    }
    bits[block] = mask;
  }
  return wide >= 0x80;
}

#ifdef __x86_64__
#define TIDEWAY_VECTOR_CODE "core/dedup/word_bits_simd.inc"
#include "core/base/byte_vectors.inc"

bool FindWordBitsSse2(const uint8_t* data, size_t blocks, uint64_t* bits) {
  return sse2::FindAll(data, blocks, bits);
}

bool FindWordBitsAvx2(const uint8_t* data, size_t blocks, uint64_t* bits) {
  return avx2::FindAll(data, blocks, bits);
}

bool FindWordBitsAvx512(const uint8_t* data, size_t blocks, uint64_t* bits) {
  return avx512::FindAll(data, blocks, bits);
}

FindWordBits BestFindWordBits() {
  static const FindWordBits best = BestOf(FindWordBitsSse2, FindWordBitsAvx2, FindWordBitsAvx512);
  return best;
}
#else
FindWordBits BestFindWordBits() { return FindWordBitsPortable; }
#endif

}  // namespace tideway::dedup::internal
