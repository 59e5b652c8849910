// PostgreSQL's binary values: big-endian numbers out of a run of bytes, and into one.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/base/error.h"

namespace tideway::sql::postgres {

inline Status Malformed() { return Error(ErrorKind::kDatabase, "sent malformed bytes"); }

// The unsigned integer of the size of T.
template <typename T>
using BitsOf =
    std::conditional_t<sizeof(T) == 8, uint64_t,
                       std::conditional_t<sizeof(T) == 4, uint32_t,
                                          std::conditional_t<sizeof(T) == 2, uint16_t, uint8_t>>>;

template <typename Bits>
Bits SwapBytes(Bits bits) {
  static_assert(std::endian::native == std::endian::little);
  if constexpr (sizeof(Bits) == 8) return __builtin_bswap64(bits);
  if constexpr (sizeof(Bits) == 4) return __builtin_bswap32(bits);
  if constexpr (sizeof(Bits) == 2) return __builtin_bswap16(bits);
  return bits;
}

// The number at the start of `bytes`, which must be long enough.
template <typename T>
T LoadBigEndian(const char* bytes) {
  BitsOf<T> bits;
  std::memcpy(&bits, bytes, sizeof bits);
  return std::bit_cast<T>(SwapBytes(bits));
}

template <typename T>
void StoreBigEndian(T value, char* bytes) {
  const auto bits = SwapBytes(std::bit_cast<BitsOf<T>>(value));
  std::memcpy(bytes, &bits, sizeof bits);
}

template <typename T>
void AppendBigEndian(T value, std::string& out) {
  char bytes[sizeof(T)];
  StoreBigEndian(value, bytes);
  out.append(bytes, sizeof bytes);
}

// Takes numbers and runs of bytes off the front; false where there is too little.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : bytes_(bytes) {}
  template <typename T>
  bool Take(T* value) {
    if (bytes_.size() < sizeof(T)) return false;
    *value = LoadBigEndian<T>(bytes_.data());
    bytes_.remove_prefix(sizeof(T));
    return true;
  }
  bool Take(size_t size, std::string_view* run) {
    if (bytes_.size() < size) return false;
    *run = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return true;
  }
  bool empty() const { return bytes_.empty(); }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace tideway::sql::postgres
