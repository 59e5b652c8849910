#include "core/dedup/comparison.h"

#include "core/base/hash.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dedup {
namespace {

using dataset::BatchStore;
using dataset::RunContext;

// Documents whose keys are given, so that hashes may lie.
class ComparisonTest : public dataset::testing::DatasetTest {
 protected:
  std::vector<bool> Going(const std::vector<std::string>& texts, const std::vector<uint64_t>& band,
                          const std::vector<uint64_t>& wholes) {
    RunContext run(Options());
    arrow::StringBuilder contents;
    std::vector<uint32_t> rows;
    std::vector<uint64_t> keys;
    for (uint32_t i = 0; i < texts.size(); ++i) {
      EXPECT_TRUE(contents.Append(texts[i]).ok());
      rows.push_back(i);
      keys.push_back(band[i]);
      keys.push_back(wholes[i]);
    }
    const auto count = static_cast<uint32_t>(texts.size());
    const auto schema = arrow::schema({arrow::field("content", arrow::utf8())});
    const auto store = *BatchStore::Create(schema, run);
    EXPECT_TRUE(
        store->Put(0, arrow::RecordBatch::Make(schema, count, {contents.Finish().ValueOrDie()}))
            .ok());
    store->Seal();
    const auto documents = *Documents::Make({{store, 0}});
    const auto records = *BandRecords::Create(2, run);
    EXPECT_TRUE(records->Put(0, rows, keys).ok());
    records->Seal({0});
    const auto order = SurvivorOrder::OfRows(count);
    auto buckets = *Buckets::Make({*records, wholes, order}, false, run);
    Comparison comparison(documents, order, buckets, {}, run);
    const auto witnesses = *comparison.Run();
    std::vector<bool> going;
    for (uint32_t i = 0; i < count; ++i) going.push_back(witnesses.Goes(i));
    return going;
  }
};

TEST_F(ComparisonTest, TextsOfOneBucketStayUnlessTheirSetsAreAlike) {
  EXPECT_EQ(Going({"a b c d e", "f g h i j", "a b c d e!"}, {7, 7, 7}, {1, 2, 3}),
            (std::vector<bool>{false, false, true}));
}

TEST_F(ComparisonTest, TwinsByHashStayUnlessTheyHaveTheSameShingles) {
  EXPECT_EQ(Going({"a b c d e", "f g h i j", "a, b, c, d, e"}, {4, 5, 6}, {9, 9, 9}),
            (std::vector<bool>{false, false, true}));
}

TEST_F(ComparisonTest, WhatSharesNoKeyIsNotCompared) {
  EXPECT_EQ(Going({"a b c d e", "a b c d e"}, {1, 2}, {3, 4}), (std::vector<bool>{false, false}));
}

TEST(ClustersTest, AreCalledByTheirFirst) {
  RunContext run({});
  Clusters clusters;
  ASSERT_TRUE(clusters.Make(10, run).ok());
  clusters.Join(7, 9);
  clusters.Join(3, 9);
  clusters.Join(5, 4);
  EXPECT_EQ(clusters.FirstOf(7), 3U);
  EXPECT_EQ(clusters.FirstOf(9), 3U);
  clusters.Join(5, 7);
  for (const uint32_t one : {3U, 4U, 5U, 7U, 9U}) EXPECT_EQ(clusters.FirstOf(one), 3U);
  EXPECT_EQ(clusters.FirstOf(6), 6U);
}

}  // namespace
}  // namespace tideway::dedup
