#include "core/store/crc32c.h"

#include <fmt/format.h>
#ifdef __x86_64__
#include <nmmintrin.h>
#endif

#include <array>
#include <cstring>

namespace tideway::store {
namespace {

// kTables[n][b]: the rest of the byte b with n zero bytes behind it, for eight bytes at a time.
using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables MakeTables() {
  constexpr uint32_t kPolynomial = 0x82f63b78;
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = rest;
  }
  for (size_t zeros = 1; zeros < tables.size(); ++zeros) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[zeros - 1][byte];
      tables[zeros][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

uint64_t EightOf(const char* bytes) {
  uint64_t eight = 0;
  std::memcpy(&eight, bytes, sizeof eight);
  return eight;
}

}  // namespace

uint32_t internal::CrcByTables(uint32_t rest, std::string_view bytes) {
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const uint64_t eight = EightOf(bytes.data()) ^ rest;
    rest = 0;
    for (size_t i = 0; i < 8; ++i) rest ^= kTables[7 - i][(eight >> (8 * i)) & 0xff];
  }
  for (const char c : bytes) {
    rest = (rest >> 8) ^ kTables[0][(rest ^ static_cast<unsigned char>(c)) & 0xff];
  }
  return rest;
}

namespace {

#ifdef __x86_64__
__attribute__((target("sse4.2"))) uint32_t ByInstruction(uint32_t rest, std::string_view bytes) {
  uint64_t wide = rest;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    wide = _mm_crc32_u64(wide, EightOf(bytes.data()));
  }
  rest = static_cast<uint32_t>(wide);
  for (const char c : bytes) rest = _mm_crc32_u8(rest, static_cast<unsigned char>(c));
  return rest;
}
#endif

}  // namespace

void Crc32c::Update(std::string_view bytes) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("sse4.2")) {
    rest_ = ByInstruction(rest_, bytes);
    return;
  }
#endif
  rest_ = internal::CrcByTables(rest_, bytes);
}

std::string Crc32c::Finish() const { return fmt::format("{:08x}", ~rest_); }

}  // namespace tideway::store
