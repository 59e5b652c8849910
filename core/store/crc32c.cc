#include "core/store/crc32c.h"

#include <fmt/format.h>

#include <array>

namespace tideway::store {
namespace {

constexpr std::array<uint32_t, 256> MakeTable() {
  constexpr uint32_t kPolynomial = 0x82f63b78;
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < table.size(); ++byte) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? kPolynomial : 0);
    table[byte] = rest;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = MakeTable();

}  // namespace

void Crc32c::Update(std::string_view bytes) {
  for (const char c : bytes) {
    rest_ = (rest_ >> 8) ^ kTable[(rest_ ^ static_cast<unsigned char>(c)) & 0xff];
  }
}

std::string Crc32c::Finish() const { return fmt::format("{:08x}", ~rest_); }

}  // namespace tideway::store
