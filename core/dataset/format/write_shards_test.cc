#include <gmock/gmock.h>

#include <numeric>

#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct NamedFormat {
  std::string ending;
  std::shared_ptr<const FileFormat> format;
};

class WriteShardsTest : public SourceTest {
 protected:
  static std::vector<NamedFormat> Formats() {
    return {{".parquet", MakeParquetFormat()},
            {".arrow", MakeArrowFormat()},
            {".jsonl", MakeJsonlFormat()},
            {".csv", MakeCsvFormat()},
            {".txt", MakeTextFormat("label")}};
  }
  // Rows that a text file can hold.
  static BatchPtr Labelled(int64_t rows) {
    arrow::Int64Builder ids;
    arrow::StringBuilder labels;
    for (int64_t row = 0; row < rows; ++row) {
      EXPECT_TRUE(ids.Append(row).ok());
      EXPECT_TRUE(labels.Append("row " + std::to_string(row)).ok());
    }
    return arrow::RecordBatch::Make(
        arrow::schema({arrow::field("id", arrow::int64()), arrow::field("label", arrow::utf8())}),
        rows, {ids.Finish().ValueOrDie(), labels.Finish().ValueOrDie()});
  }
  Result<std::vector<WrittenShard>> Write(const NodePtr& plan, WriteTarget target,
                                          const FileFormat& format, int workers = 2) {
    RunContext run({.workers = workers});
    target.path = Path(target.path);
    return WriteFiles({{"train", plan}}, target, format, run);
  }
  static std::vector<int64_t> RowsOf(const std::vector<WrittenShard>& shards) {
    std::vector<int64_t> rows;
    for (const WrittenShard& shard : shards) rows.push_back(shard.file.rows);
    return rows;
  }
  // The rows of the shards as they follow one another.
  std::string ReadAll(const std::string& folder) {
    return Json(Must(Read(ReadParquet({Path(folder)}))));
  }
};

TEST_F(WriteShardsTest, ShardsHaveEvenNumbersOfRowsAndTheFirstOnesOneMore) {
  for (const auto& [ending, format] : Formats()) {
    for (const bool known : {true, false}) {
      const NodePtr plan = SourceOf(CutEvery(Labelled(11), 3), known);
      const auto shards = Must(Write(plan, {.path = "out" + ending + "s", .shards = 4}, *format));
      EXPECT_THAT(RowsOf(shards), ElementsAre(3, 3, 3, 2)) << ending;
      EXPECT_EQ(shards[3].file.name, "train-00003-of-00004" + ending);
    }
  }
}

TEST_F(WriteShardsTest, ShardsBeyondTheRowsAreEmptyFilesThatCanBeRead) {
  for (const auto& [ending, format] : Formats()) {
    const NodePtr plan = SourceOf({Labelled(2)});
    const auto shards = Must(Write(plan, {.path = "few" + ending + "s", .shards = 4}, *format));
    EXPECT_THAT(RowsOf(shards), ElementsAre(1, 1, 0, 0)) << ending;
    const NodePtr none = SourceOf({Labelled(2)->Slice(0, 0)});
    EXPECT_THAT(RowsOf(Must(Write(none, {.path = "no" + ending + "s", .shards = 2}, *format))),
                ElementsAre(0, 0));
  }
  EXPECT_EQ(ReadAll("few.parquets"), "[0,1]");
  EXPECT_EQ(Must(Read(ReadArrow({Path("few.arrows")})))->num_rows(), 2);
}

TEST_F(WriteShardsTest, NoShardHasMoreRowsThanAskedForAndOnlyTheLastFewer) {
  for (const auto& [ending, format] : Formats()) {
    const NodePtr plan = SourceOf(CutEvery(Labelled(11), 4));
    const auto rows = [&](int64_t most) {
      return RowsOf(Must(Write(plan, {.path = "most", .max_shard_rows = most}, *format)));
    };
    EXPECT_THAT(rows(5), ElementsAre(5, 5, 1)) << ending;
    EXPECT_THAT(rows(11), ElementsAre(11)) << ending;
    EXPECT_THAT(rows(100), ElementsAre(11)) << ending;
  }
}

TEST_F(WriteShardsTest, AShardEndsByBytesOrByRowsWhicheverComesFirst) {
  const NodePtr plan = SourceOf({Labelled(20)});
  const auto format = MakeJsonlFormat();  // {"id":0,"label":"row 0"}\n: 25 bytes and more
  const auto shards =
      Must(Write(plan, {.path = "out", .max_shard_bytes = 105, .max_shard_rows = 5}, *format));
  EXPECT_THAT(RowsOf(shards), ElementsAre(5, 5, 4, 4, 2));
}

TEST_F(WriteShardsTest, EqualRowsGiveEqualShardsForAnyWorkersAndBatches) {
  const BatchPtr rows = Labelled(40'000);
  for (const auto& [ending, format] : Formats()) {
    std::vector<std::string> expected;
    for (const int workers : {1, 2, 8}) {
      for (const int64_t batch_rows : {int64_t{701}, int64_t{40'000}}) {
        const NodePtr plan = SourceOf(CutEvery(rows, batch_rows));
        std::vector<std::string> hashes;
        for (const WriteTarget& target :
             {WriteTarget{.path = "n", .max_shard_rows = 17'000}, {.path = "n", .shards = 7}}) {
          for (const WrittenShard& shard : Must(Write(plan, target, *format, workers))) {
            hashes.push_back(shard.file.sha256);
          }
        }
        if (expected.empty()) expected = hashes;
        EXPECT_EQ(hashes, expected) << ending << " " << workers << " " << batch_rows;
      }
    }
  }
}

TEST_F(WriteShardsTest, APlanThatHasToBeCountedRunsOnce) {
  const auto source = SourceOf(CutEvery(Labelled(100), 10));
  Must(Write(source, {.path = "out", .shards = 3}, *MakeParquetFormat()));
  EXPECT_EQ(source->opened, 1);
}

TEST_F(WriteShardsTest, RulesThatContradictOneAnotherAreUsageErrors) {
  const NodePtr plan = SourceOf({Labelled(3)});
  const auto format = MakeCsvFormat();
  const auto fault = [&](const WriteTarget& target) {
    return Write(plan, target, *format).status().message();
  };
  EXPECT_EQ(fault({.path = "out", .shards = 0}), "write.csv: shards must be at least 1: 0");
  EXPECT_EQ(fault({.path = "out", .shards = 100'001}),
            "write.csv: shards must be at most 100000: 100001");
  EXPECT_EQ(fault({.path = "out", .max_shard_rows = -1}),
            "write.csv: max_shard_rows must be at least 1: -1");
  EXPECT_THAT(fault({.path = "out", .max_shard_rows = 2, .shards = 2}),
              HasSubstr("shards goes with no other rule"));
  EXPECT_THAT(fault({.path = "out", .max_shard_bytes = 2, .shards = 2}),
              HasSubstr("shards goes with no other rule"));
  EXPECT_THAT(fault({.path = "out.csv", .shards = 2}), HasSubstr("one file has no shards: "));
  EXPECT_THAT(fault({.path = "out.csv", .max_shard_rows = 2}), HasSubstr("one file has no shards"));
}

}  // namespace
}  // namespace tideway::dataset
