#include <algorithm>
#include <cstring>

#include "core/pii/bytes_internal.h"
#include "core/pii/token_formats_internal.h"
#include "core/pii/triggers_internal.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace tideway::pii::internal {
namespace {

// One bit for each pair of first bytes.
constexpr std::array<uint64_t, 1024> kTokenPairs = [] {
  std::array<uint64_t, 1024> table{};
  for (std::string_view pair : kTokenBegins) {
    const auto index =
        static_cast<size_t>(static_cast<uint8_t>(pair[0]) | static_cast<uint8_t>(pair[1]) << 8);
    table[index >> 6] |= uint64_t{1} << (index & 63);
  }
  return table;
}();

inline bool BeginsToken(const uint8_t* p) {
  const size_t index = static_cast<size_t>(p[0] | p[1] << 8);
  return (kTokenPairs[index >> 6] >> (index & 63) & 1) != 0;
}

bool IsDigitAt(const uint8_t* p) { return *p >= '0' && *p <= '9'; }

bool IsTrigger(const uint8_t* p) {
  const bool free = !IsAlnum(static_cast<char>(p[-1])) || p[-2] == '\\';
  const auto byte = [p](int i) { return static_cast<char>(p[i]); };
  if (IsNamePart(byte(0), byte(1), byte(2))) return true;
  if (p[4] == ':' && free && (p[0] == '2' || p[0] == '3' || (p[0] | 0x20) == 'f')) return true;
  switch (p[0]) {
    case '@':
      return true;
    case '.':
      return IsDigitAt(p - 1) && IsDigitAt(p + 1) && (p[2] == '.' || p[3] == '.' || p[4] == '.');
    case '+':
      return IsDigitAt(p + 1);
    case ':':
      return p[1] == '/' && p[2] == '/';
    case '-':
      return p[1] == '-' && p[4] == '-' && p[5] == 'B';
    default:
      if (!free) return false;
      if (!IsDigitAt(p)) return Is(static_cast<char>(p[0]), kLetterByte) && BeginsToken(p);
      return p[-1] != '.' && p[-1] != '_' && IsDigitAt(p + 1) &&
             (IsDigitAt(p + 2) ||
              ((p[2] == ' ' || p[2] == '-') && IsDigitAt(p + 3) && IsDigitAt(p + 4)));
  }
}

}  // namespace

void FindTriggersPortable(const uint8_t* data, int64_t blocks, uint64_t* masks) {
  for (int64_t block = 0; block < blocks; ++block, data += kBlockBytes) {
    uint64_t mask = 0;
    for (int64_t i = 0; i < kBlockBytes; ++i) mask |= uint64_t{IsTrigger(data + i)} << i;
    masks[block] = mask;
  }
}

#ifdef __x86_64__
#define TIDEWAY_VECTOR_CODE "core/pii/triggers_simd.inc"
#include "core/base/byte_vectors.inc"

void FindTriggersSse2(const uint8_t* data, int64_t blocks, uint64_t* masks) {
  sse2::FindAll(data, blocks, masks);
}

void FindTriggersAvx2(const uint8_t* data, int64_t blocks, uint64_t* masks) {
  avx2::FindAll(data, blocks, masks);
}

void FindTriggersAvx512(const uint8_t* data, int64_t blocks, uint64_t* masks) {
  avx512::FindAll(data, blocks, masks);
}

FindTriggers BestFindTriggers() {
  static const FindTriggers best = BestOf(FindTriggersSse2, FindTriggersAvx2, FindTriggersAvx512);
  return best;
}
#else
FindTriggers BestFindTriggers() { return FindTriggersPortable; }
#endif

int64_t FillMasks(std::string_view text, int64_t begin, FindTriggers find, Masks& masks) {
  const auto* data = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  const int64_t whole = (size - begin - kBytesBehind) / kBlockBytes;
  if (begin >= kBytesBefore && whole > 0) {
    const int64_t blocks = std::min(whole, kMaskBlocks);
    find(data + begin, blocks, masks.data());
    return blocks;
  }
  // The first block, or the last two: copied to where zeros stand around them.
  uint8_t copy[kBytesBefore + 2 * kBlockBytes + kBytesBehind] = {};
  const int64_t before = std::min(begin, kBytesBefore);
  const int64_t blocks = size - begin <= kBlockBytes || whole > 0 ? 1 : 2;
  const int64_t end = std::min(size, begin + blocks * kBlockBytes + kBytesBehind);
  std::memcpy(copy + kBytesBefore - before, data + begin - before,
              static_cast<size_t>(end - begin + before));
  find(copy + kBytesBefore, blocks, masks.data());
  return blocks;
}

}  // namespace tideway::pii::internal
