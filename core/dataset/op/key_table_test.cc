#include "core/dataset/op/key_table.h"

#include <gtest/gtest.h>

#include <string>

#include "core/base/hash.h"

namespace tideway::dataset {
namespace {

TEST(KeyTableTest, NumbersKeysInTheOrderTheyAreMet) {
  KeyTable table;
  const std::string keys[] = {"b", "a", "b", "", "a"};
  const uint32_t numbers[] = {0, 1, 0, 2, 1};
  for (size_t i = 0; i < 5; ++i) {
    const auto added = table.Add(Hash64(keys[i]), keys[i]);
    EXPECT_EQ(added.number, numbers[i]);
    EXPECT_EQ(added.is_new, i == 0 || i == 1 || i == 3);
  }
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.key(1), "a");
  EXPECT_EQ(table.Find(Hash64("a"), "a"), 1U);
  EXPECT_EQ(table.Find(Hash64("c"), "c"), KeyTable::kNone);
}

TEST(KeyTableTest, KeysWithTheSameHashStayApart) {
  KeyTable table;
  EXPECT_EQ(table.Add(7, "x").number, 0U);
  EXPECT_EQ(table.Add(7, "y").number, 1U);
  EXPECT_EQ(table.Add(7 + 64, "w").number, 2U);
  EXPECT_EQ(table.Find(7, "y"), 1U);
  EXPECT_EQ(table.Find(7, "z"), KeyTable::kNone);
}

TEST(KeyTableTest, GrowsAndKeepsEveryKey) {
  std::vector<std::string> keys;
  for (int i = 0; i < 100000; ++i) keys.push_back(std::to_string(i));
  KeyTable table;
  for (const auto& key : keys) table.Add(Hash64(key), key);
  ASSERT_EQ(table.size(), keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(table.Find(Hash64(keys[i]), keys[i]), i);
  }
}

}  // namespace
}  // namespace tideway::dataset
