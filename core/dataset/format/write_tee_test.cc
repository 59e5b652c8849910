#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WriteTeeTest : public SourceTest {
 protected:
  std::vector<TeeOutput> Outputs(const std::string& parquet, const std::string& jsonl,
                                 const std::string& csv) const {
    return {{{.path = Path(parquet)}, MakeParquetFormat()},
            {{.path = Path(jsonl)}, MakeJsonlFormat()},
            {{.path = Path(csv)}, MakeCsvFormat()}};
  }
};

TEST_F(WriteTeeTest, WritesWhatEachFormatAloneWouldInOnePass) {
  const BatchPtr rows = NumberedRows(5000);
  for (const int workers : {1, 2, 8}) {
    // The smaller one has no room for three sinks at once.
    for (const int64_t memory : {int64_t{100} << 20, int64_t{2} << 30}) {
      RunContext run({.workers = workers, .memory_bytes = memory, .scratch_parent = Path("")});
      auto source = SourceOf(CutEvery(rows, 170 * workers));
      const auto outputs = Outputs("a.parquet", "b", "c.csv.gz");
      const auto shards = Must(WriteTee({"train", source}, outputs, run));
      EXPECT_EQ(source->opened, 1);
      ASSERT_EQ(shards.size(), 3U);
      EXPECT_EQ(run.outputs().size(), 3U);
      for (size_t i = 0; i < outputs.size(); ++i) {
        RunContext alone({.workers = 2});
        const std::string path =
            Path("alone") + std::vector<std::string>{".parquet", "", ".csv.gz"}[i];
        const auto expected = Must(
            WriteFiles({{"train", SourceOf({rows})}}, {.path = path}, *outputs[i].format, alone));
        ASSERT_EQ(shards[i].size(), 1U);
        EXPECT_EQ(shards[i][0].file.rows, 5000);
        EXPECT_EQ(shards[i][0].file.sha256, expected[0].file.sha256) << i;
      }
    }
  }
}

TEST_F(WriteTeeTest, AFailureOfTheSourceLeavesEveryOldFile) {
  RunContext run({.workers = 2, .memory_bytes = int64_t{2} << 30});
  const auto outputs = Outputs("a.parquet", "b", "c.csv");
  Must(WriteTee({"train", SourceOf({NumberedRows(3)})}, outputs, run));
  const std::string old = Must(ReadFile(Path("c.csv")));
  auto source = SourceOf(CutEvery(NumberedRows(1000), 50));
  source->fail_at = 7;
  EXPECT_EQ(WriteTee({"train", source}, outputs, run).status().message(), "test: the source broke");
  EXPECT_EQ(Must(ReadFile(Path("c.csv"))), old);
  EXPECT_THAT(Names(), ElementsAre("a.parquet", "b", "c.csv"));
}

TEST_F(WriteTeeTest, AFailureOfOneFormatPublishesNone) {
  RunContext run({.workers = 2, .memory_bytes = int64_t{2} << 30});
  const auto schema = arrow::schema({arrow::field("x", arrow::float64())});
  const auto status = WriteTee({"train", SourceOf({Rows(schema, {"[1, NaN]"})})},
                               Outputs("a.parquet", "b.jsonl", "c.csv"), run)
                          .status();
  EXPECT_THAT(status.message(), HasSubstr("write.jsonl"));
  EXPECT_THAT(status.message(), HasSubstr("(row 2)"));
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(WriteTeeTest, OutputsMustLieApart) {
  RunContext run({.workers = 2});
  const auto error = [&](const std::string& a, const std::string& b) {
    return WriteTee({"train", SourceOf({NumberedRows(3)})}, Outputs(a, b, "c.csv"), run)
        .status()
        .message();
  };
  EXPECT_THAT(error("out", "out"), HasSubstr("tee: one output lies in another"));
  EXPECT_THAT(error("out", "./x/../out"), HasSubstr("tee: one output lies in another"));
  EXPECT_THAT(error("out", "out/b.jsonl"), HasSubstr("tee: one output lies in another"));
  EXPECT_THAT(error("a.csv", "b.jsonl"), HasSubstr("ends as files of another kind do"));
  EXPECT_EQ(WriteTee({"train", SourceOf({NumberedRows(3)})}, {}, run).status().message(),
            "tee: no outputs");
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(WriteTeeTest, NoRowsStillGiveEveryFile) {
  RunContext run({.workers = 2, .memory_bytes = int64_t{2} << 30});
  Must(WriteTee({"train", SourceOf({NumberedRows(4)->Slice(0, 0)})},
                Outputs("a.parquet", "b.jsonl", "c.csv"), run));
  EXPECT_THAT(Names(), ElementsAre("a.parquet", "b.jsonl", "c.csv"));
}

TEST_F(WriteTeeTest, CheckingWritesNothingAndSaysWhatItWouldDo) {
  RunContext check({.check_only = true});
  Must(WriteTee({"train", SourceOf({NumberedRows(4)})}, Outputs("a.parquet", "b.jsonl", "c.csv"),
                check));
  EXPECT_EQ(check.plans().size(), 3U);
  EXPECT_THAT(Names(), IsEmpty());
}

}  // namespace
}  // namespace tideway::dataset
