#include "core/dataset/op/key_partitions.h"

#include <map>
#include <set>

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using KeyList = std::vector<std::string>;

class KeyPartitionsTest : public testing::DatasetTest {
 protected:
  static arrow::BinaryArray ArrayOf(const KeyList& keys) {
    arrow::BinaryBuilder builder;
    EXPECT_TRUE(builder.AppendValues(keys).ok());
    std::shared_ptr<arrow::BinaryArray> array;
    EXPECT_TRUE(builder.Finish(&array).ok());
    return arrow::BinaryArray(array->data());
  }
  static void Put(KeyPartitions& partitions, int64_t index, const KeyList& keys) {
    std::vector<uint32_t> numbers(keys.size());
    for (uint32_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
    ASSERT_TRUE(partitions.Put(index, ArrayOf(keys), numbers, RowNumbers(numbers)).ok());
  }
  // What Read() gives for all units, by batch and row.
  static std::map<std::pair<int64_t, uint32_t>, std::string> KeysIn(const KeyPartitions& dealt) {
    std::map<std::pair<int64_t, uint32_t>, std::string> keys;
    for (size_t unit = 0; unit < dealt.units(); ++unit) {
      for (const auto& piece : dealt.Read(unit).ValueOrDie()) {
        const auto& rows = static_cast<const arrow::UInt32Array&>(*piece.rows->column(0));
        for (int64_t i = 0; i < rows.length(); ++i) {
          keys[{piece.batch, rows.Value(i)}] = piece.keys->GetString(i);
        }
      }
    }
    return keys;
  }
  static std::unique_ptr<KeyPartitions> Make(LongKeys long_keys, RunContext& run) {
    return KeyPartitions::Create(RowNumberSchema(), long_keys, run).ValueOrDie();
  }

  const std::string long_ = std::string(200, 'x');
  const KeyList keys_ = {long_ + "a", long_ + "b", "short", long_ + "a", std::string(32, 'y'), ""};
};

TEST_F(KeyPartitionsTest, KeysInMemoryAreWhole) {
  RunContext run(Options(1, 1 << 20));
  const auto partitions = Make(LongKeys::kDigests, run);
  Put(*partitions, 0, keys_);
  partitions->Seal(1 << 20);
  EXPECT_FALSE(partitions->spilled());
  const auto read = KeysIn(*partitions);
  for (uint32_t i = 0; i < keys_.size(); ++i) EXPECT_EQ(read.at({0, i}), keys_[i]);
}

TEST_F(KeyPartitionsTest, LongKeysOnDiskAreDigestsThatAreEqualWhereTheKeysAre) {
  RunContext run(Options(1, 64));
  const auto partitions = Make(LongKeys::kDigests, run);
  Put(*partitions, 0, keys_);
  Put(*partitions, 1, keys_);
  partitions->Seal(1 << 20);
  EXPECT_TRUE(partitions->spilled());
  const auto read = KeysIn(*partitions);
  const auto digest = Sha256Bytes(keys_[1]);
  EXPECT_EQ(read.at({1, 1}), std::string(digest.data(), digest.size()) + '\0');
  for (uint32_t i = 0; i < keys_.size(); ++i) {
    for (uint32_t j = 0; j < keys_.size(); ++j) {
      EXPECT_EQ(read.at({0, i}) == read.at({1, j}), keys_[i] == keys_[j]) << i << ", " << j;
    }
    if (keys_[i].size() > 32) continue;
    EXPECT_EQ(read.at({0, i}), keys_[i]);
  }
}

// What lay in memory before has the same form as what went to disk after it.
TEST_F(KeyPartitionsTest, KeysOfOneInputHaveOneForm) {
  RunContext run(Options(1, 8 << 10));
  const auto partitions = Make(LongKeys::kDigests, run);
  for (int64_t batch = 0; batch < 20; ++batch) Put(*partitions, batch, keys_);
  partitions->Seal(1 << 20);
  EXPECT_TRUE(partitions->spilled());
  std::set<std::string> different;
  for (const auto& [place, key] : KeysIn(*partitions)) different.insert(key);
  EXPECT_EQ(different.size(), 5U);
}

TEST_F(KeyPartitionsTest, TwoSidesHaveOneForm) {
  RunContext run(Options(1, 256 << 10));
  const auto right = Make(LongKeys::kDigests, run);
  const auto left = Make(LongKeys::kDigests, run);
  Put(*right, 0, keys_);
  for (int64_t batch = 0; batch < 500; ++batch) Put(*left, batch, keys_);
  right->Seal(1 << 20);
  left->SealAs(*right);
  EXPECT_FALSE(right->spilled());
  EXPECT_TRUE(left->spilled());
  EXPECT_EQ(KeysIn(*right).at({0, 0}), KeysIn(*left).at({0, 0}));
}

TEST_F(KeyPartitionsTest, WholeKeysStayWholeOnDisk) {
  RunContext run(Options(1, 64));
  const auto partitions = Make(LongKeys::kWhole, run);
  Put(*partitions, 0, keys_);
  partitions->Seal(1 << 20);
  EXPECT_TRUE(partitions->spilled());
  EXPECT_EQ(KeysIn(*partitions).at({0, 0}), keys_[0]);
}

}  // namespace
}  // namespace tideway::dataset
