// Putting items in the order of keys that are bytes (row_key.h). No key may be the beginning of
// another.
//
//   struct Item { KeyPrefix prefix; int64_t row; };
//   items.push_back({PrefixOfKey(keys.GetView(row)), row});
//   SortByKey(items, [&](const Item& item) { return keys.GetView(item.row); });
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace tideway::dataset {

// The first 16 bytes of a key as two numbers: most comparisons need no more.
struct KeyPrefix {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const KeyPrefix&) const = default;
};
inline constexpr size_t kPrefixBytes = 16;

inline uint64_t BigEndian(const char* bytes) {
  uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap64(value);
}

inline KeyPrefix PrefixOfKey(std::string_view key) {
  if (key.size() >= kPrefixBytes) return {BigEndian(key.data()), BigEndian(key.data() + 8)};
  char padded[kPrefixBytes] = {};
  std::memcpy(padded, key.data(), key.size());
  return {BigEndian(padded), BigEndian(padded + 8)};
}

inline std::string_view RestOfKey(std::string_view key) {
  return key.size() > kPrefixBytes ? key.substr(kPrefixBytes) : std::string_view();
}

// Byte `index` of a prefix, 0 for the last.
inline uint8_t ByteOf(const KeyPrefix& prefix, size_t index) {
  return static_cast<uint8_t>(index < 8 ? prefix.low >> (8 * index)
                                        : prefix.high >> (8 * (index - 8)));
}

// Sorts items by the prefixes of their keys, byte by byte; equal ones keep their order.
template <typename Item>
void SortByPrefix(std::vector<Item>& items) {
  constexpr size_t kFew = 256;
  if (items.size() < kFew) {
    std::ranges::stable_sort(items, {}, &Item::prefix);
    return;
  }
  std::array<std::array<size_t, 256>, kPrefixBytes> counts = {};
  for (const Item& item : items) {
    for (size_t byte = 0; byte < kPrefixBytes; ++byte) ++counts[byte][ByteOf(item.prefix, byte)];
  }
  std::vector<Item> sorted(items.size());
  for (size_t byte = 0; byte < kPrefixBytes; ++byte) {
    auto& starts = counts[byte];
    if (starts[ByteOf(items[0].prefix, byte)] == items.size()) continue;
    std::exclusive_scan(starts.begin(), starts.end(), starts.begin(), size_t{0});
    for (const Item& item : items) sorted[starts[ByteOf(item.prefix, byte)]++] = item;
    items.swap(sorted);
  }
}

// Sorts items, each with the prefix of its key, by their keys; equal ones keep their order.
template <typename Item, typename KeyOf>
void SortByKey(std::vector<Item>& items, const KeyOf& key_of) {
  SortByPrefix(items);
  for (auto first = items.begin(); first != items.end();) {
    const auto end = std::find_if(
        first, items.end(), [first](const Item& item) { return item.prefix != first->prefix; });
    // No key is the beginning of another: all of these go on behind the prefix, or none does.
    if (key_of(*first).size() > kPrefixBytes) {
      std::stable_sort(first, end, [&](const Item& a, const Item& b) {
        return RestOfKey(key_of(a)) < RestOfKey(key_of(b));
      });
    }
    first = end;
  }
}

// Puts items in order that are several sorted ranges, one behind the other; equal ones keep their
// order. `ends`: where each range ends.
template <typename Item, typename KeyOf>
void MergeByKey(std::vector<Item>& items, std::vector<size_t> ends, const KeyOf& key_of) {
  const auto less = [&](const Item& a, const Item& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return RestOfKey(key_of(a)) < RestOfKey(key_of(b));
  };
  std::vector<Item> merged(items.size());
  while (ends.size() > 1) {
    std::vector<size_t> pairs;
    const auto at = [&items](size_t index) {
      return items.begin() + static_cast<std::ptrdiff_t>(index);
    };
    auto out = merged.begin();
    for (size_t i = 0; i < ends.size(); i += 2) {
      const auto first = at(i == 0 ? 0 : ends[i - 1]), middle = at(ends[i]);
      pairs.push_back(ends[std::min(i + 1, ends.size() - 1)]);
      out = std::merge(first, middle, middle, at(pairs.back()), out, less);
    }
    items.swap(merged);
    ends = std::move(pairs);
  }
}

}  // namespace tideway::dataset
