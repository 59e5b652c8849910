// Numbers as unsigned ones, and as bytes, that sort as the numbers do.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace tideway::dataset {

// Integers with the sign bit turned; floats likewise, with the other bits of negative ones turned
// too. -0.0 is 0.0, and every NaN is the same one, above all other numbers.
template <typename Value>
auto SortableBits(Value value) {
  if constexpr (std::is_floating_point_v<Value>) {
    using Bits = std::conditional_t<sizeof(Value) == 4, uint32_t, uint64_t>;
    constexpr Bits kSign = Bits{1} << (8 * sizeof(Bits) - 1);
    if (value == 0) value = 0;
    if (std::isnan(value)) value = std::numeric_limits<Value>::quiet_NaN();
    const Bits bits = std::bit_cast<Bits>(value);
    return static_cast<Bits>((bits & kSign) != 0 ? ~bits : bits | kSign);
  } else {
    using Bits = std::make_unsigned_t<Value>;
    constexpr Bits kSign = Bits{1} << (8 * sizeof(Bits) - 1);
    const auto bits = static_cast<Bits>(value);
    return static_cast<Bits>(std::is_signed_v<Value> ? bits ^ kSign : bits);
  }
}

// Writes all bytes of `bits`, the highest first.
template <typename Bits>
void PutBigEndian(Bits bits, uint8_t* at) {
  for (size_t i = 0; i < sizeof(Bits); ++i) {
    at[i] = static_cast<uint8_t>(bits >> (8 * (sizeof(Bits) - 1 - i)));
  }
}

}  // namespace tideway::dataset
