#include "core/dataset/op/key_order.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tideway::dataset {
namespace {

struct Item {
  KeyPrefix prefix;
  size_t row;
};

// Keys of all lengths around the prefix's, many of them equal, each ended by a byte of 0.
std::vector<std::string> Keys(size_t count) {
  std::mt19937_64 random(7);
  std::vector<std::string> keys;
  for (size_t i = 0; i < count; ++i) {
    std::string key(random() % 2 * 14 + random() % 6, static_cast<char>(1 + random() % 2 * 254));
    if (!key.empty()) key.back() = static_cast<char>(1 + random() % 255);
    keys.push_back(key + '\0');
  }
  return keys;
}

std::vector<Item> ItemsOf(const std::vector<std::string>& keys) {
  std::vector<Item> items;
  for (const std::string& key : keys) items.push_back({PrefixOfKey(key), items.size()});
  return items;
}

std::vector<size_t> RowsOf(const std::vector<Item>& items) {
  std::vector<size_t> rows;
  for (const Item& item : items) rows.push_back(item.row);
  return rows;
}

std::vector<size_t> StableOrder(const std::vector<std::string>& keys) {
  std::vector<size_t> rows(keys.size());
  std::iota(rows.begin(), rows.end(), size_t{0});
  std::ranges::stable_sort(rows, {}, [&keys](size_t row) { return keys[row]; });
  return rows;
}

TEST(KeyOrderTest, SortingIsAStableSortOfTheKeys) {
  for (const size_t count : {0, 1, 100, 20'000}) {
    const auto keys = Keys(count);
    auto items = ItemsOf(keys);
    SortByKey(items, [&keys](const Item& item) { return std::string_view(keys[item.row]); });
    EXPECT_EQ(RowsOf(items), StableOrder(keys)) << count;
  }
}

TEST(KeyOrderTest, MergingSortedRangesGivesTheSameOrder) {
  const auto keys = Keys(5'000);
  const auto key_of = [&keys](const Item& item) { return std::string_view(keys[item.row]); };
  for (const size_t ranges : {1, 2, 5, 16}) {
    const auto all = ItemsOf(keys);
    std::vector<Item> items;
    std::vector<size_t> ends;
    for (size_t range = 0; range < ranges; ++range) {
      std::vector<Item> some(
          all.begin() + static_cast<std::ptrdiff_t>(all.size() * range / ranges),
          all.begin() + static_cast<std::ptrdiff_t>(all.size() * (range + 1) / ranges));
      SortByKey(some, key_of);
      items.insert(items.end(), some.begin(), some.end());
      ends.push_back(items.size());
    }
    MergeByKey(items, ends, key_of);
    EXPECT_EQ(RowsOf(items), StableOrder(keys)) << ranges;
  }
}

}  // namespace
}  // namespace tideway::dataset
