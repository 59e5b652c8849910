#include "core/dataset/op/key_filter.h"

#include <algorithm>

namespace tideway::dataset {

std::unique_ptr<KeyFilter> KeyFilter::Make(int64_t keys, int64_t most_bytes) {
  constexpr int64_t kWordBits = 64;
  constexpr int64_t kBitsOfKey = 12;
  constexpr int64_t kLeastBits = 6;
  const int64_t bits = std::min(keys * kBitsOfKey, most_bytes * 8);
  if (bits < keys * kLeastBits) return nullptr;
  return std::unique_ptr<KeyFilter>(new KeyFilter(static_cast<size_t>(bits / kWordBits + 1)));
}

}  // namespace tideway::dataset
