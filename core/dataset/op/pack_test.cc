#include "core/dataset/op/pack.h"

#include <arrow/api.h>
#include <arrow/json/from_string.h>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/dataset/dataset.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"
#include "core/dataset/format/token_sink.h"
#include "core/dataset/op/concat.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::HasSubstr;

NodePtr Documents(const std::string& lists) {
  const auto type = arrow::list(arrow::int32());
  const auto column = Must(arrow::json::ArrayFromJSONString(type, lists));
  return FromTable(arrow::Table::Make(arrow::schema({arrow::field("ids", type)}), {column}));
}

std::string Rows(const NodePtr& plan, RunContext& run) {
  const auto table = Must(Dataset(plan).Collect(run));
  const auto column = Must(table->CombineChunks())->column(0);
  return column->num_chunks() == 0 ? "" : column->chunk(0)->ToString();
}

std::string Lists(const std::string& lists) {
  return Must(arrow::json::ArrayFromJSONString(arrow::list(arrow::int32()), lists))->ToString();
}

std::map<std::string, int64_t> DroppedBy(const std::string& op, const RunContext& run) {
  std::map<std::string, int64_t> dropped;
  for (const auto& step : run.steps()) {
    if (step.step.name.starts_with(op)) dropped.insert(step.dropped.begin(), step.dropped.end());
  }
  return dropped;
}

const char* const kDocuments = "[[1, 2, 3], null, [4], [], [5, 6, 7, 8, 9]]";

TEST(PackTest, DocumentsFillRowsInOrder) {
  for (const int workers : {1, 2, 8}) {
    RunContext run({.workers = workers});
    const auto packed =
        Must(MakePack(Documents(kDocuments), {.column = "ids", .length = 4, .separator = 0}));
    EXPECT_EQ(Rows(packed, run), Lists("[[1, 2, 3, 0], [4, 0, 5, 6], [7, 8, 9, 0]]"));
    EXPECT_EQ(DroppedBy("pack", run),
              (std::map<std::string, int64_t>{{"no tokens", 1}, {"null", 1}}));
  }
}

TEST(PackTest, WhatFillsNoRowIsDroppedAndCountedOrPaddedOrKept) {
  RunContext run({.workers = 2});
  PackOptions options{.column = "ids", .length = 4};
  EXPECT_EQ(Rows(Must(MakePack(Documents(kDocuments), options)), run),
            Lists("[[1, 2, 3, 4], [5, 6, 7, 8]]"));
  EXPECT_EQ(DroppedBy("pack", run)["token that fills no row"], 1);
  options.remainder = Remainder::kKeep;
  EXPECT_EQ(Rows(Must(MakePack(Documents(kDocuments), options)), run),
            Lists("[[1, 2, 3, 4], [5, 6, 7, 8], [9]]"));
  options.remainder = Remainder::kPad;
  options.padding = 99;
  EXPECT_EQ(Rows(Must(MakePack(Documents(kDocuments), options)), run),
            Lists("[[1, 2, 3, 4], [5, 6, 7, 8], [9, 99, 99, 99]]"));
}

TEST(PackTest, ManyBatchesGiveWhatOneGives) {
  std::vector<NodePtr> parts;
  std::string all = "[";
  for (int i = 0; i < 50; ++i) {
    const std::string list = "[" + std::to_string(i) + (i % 3 == 0 ? ", 7, 8, 9]" : "]");
    parts.push_back(Documents("[" + list + "]"));
    all += (i == 0 ? "" : ", ") + list;
  }
  const PackOptions options{.column = "ids", .length = 7, .remainder = Remainder::kKeep};
  RunContext run({.workers = 8});
  const auto together = Must(MakePack(Documents(all + "]"), options));
  const auto apart = Must(MakePack(MakeConcat(parts), options));
  EXPECT_EQ(Rows(apart, run), Rows(together, run));
}

TEST(PackTest, ARowTellsTheDocumentsThatItIsMadeOf) {
  RunContext run({.workers = 2});
  const auto packed =
      Must(MakePack(Documents(kDocuments), {.column = "ids", .length = 4, .separator = 0}));
  const auto origins = Must(packed->Origins(1, run));
  std::vector<int64_t> rows;
  for (const auto& origin : origins.rows) rows.push_back(origin.row);
  EXPECT_THAT(rows, ElementsAre(2, 4));
}

TEST(PackTest, OptionsAndColumnsThatDoNotFitAreRefused) {
  RunContext run({.workers = 1});
  const auto failure = [](PackOptions options) {
    return MakePack(Documents("[]"), std::move(options)).status().message();
  };
  EXPECT_EQ(failure({.column = "ids", .length = 0}), "pack: length must be 1 to 1048576: 0");
  EXPECT_THAT(failure({.column = "ids", .length = 2, .padding = 1}), HasSubstr("remainder"));
  EXPECT_THAT(failure({.column = "ids", .length = 2, .remainder = Remainder::kPad}),
              HasSubstr("padding"));
  const auto missing = Must(MakePack(Documents("[]"), {.column = "id", .length = 2}));
  EXPECT_THAT(missing->schema(run).status().message(), HasSubstr("did you mean `ids`?"));
  const auto nested = Must(MakePack(Documents("[[1, null]]"), {.column = "ids", .length = 1}));
  EXPECT_THAT(Dataset(nested).Collect(run).status().message(), HasSubstr("a null among"));
}

class TokenFileTest : public ::testing::Test {
 protected:
  void SetUp() override { scratch_ = Must(ScratchFolder::Create(::testing::TempDir())); }
  Result<std::vector<WrittenShard>> Write(const std::string& lists, const WriteTarget& target,
                                          TokenType type = TokenType::kUint16) {
    RunContext run({.workers = 2});
    return WriteFiles({{"train", Documents(lists)}}, target, *MakeTokenFormat({.type = type}), run);
  }
  std::string Path(const std::string& name) const { return scratch_->path() + "/" + name; }

  std::unique_ptr<ScratchFolder> scratch_;
};

TEST_F(TokenFileTest, HoldsTheTokensAndNothingElse) {
  const auto files = Must(Write("[[1, 258], [], [65535]]", {.path = Path("a.bin")}));
  EXPECT_EQ(Must(ReadFile(Path("a.bin"))), std::string("\1\0\2\1\xFF\xFF", 6));
  EXPECT_EQ(files[0].file.rows, 3);
  EXPECT_EQ(files[0].file.sha256, Sha256Hex(std::string("\1\0\2\1\xFF\xFF", 6)));
  Must(Write("[[65536]]", {.path = Path("a.bin")}, TokenType::kUint32));
  EXPECT_EQ(Must(ReadFile(Path("a.bin"))), std::string("\0\0\1\0", 4));
}

TEST_F(TokenFileTest, ShardsEndWhereTheTargetSays) {
  const auto by_rows = Must(Write("[[1], [2], [3]]", {.path = Path("rows"), .max_shard_rows = 2}));
  ASSERT_EQ(by_rows.size(), 2u);
  EXPECT_EQ(by_rows[0].file.name, "train-00000-of-00002.bin");
  EXPECT_EQ(Must(ReadFile(Path("rows/train-00001-of-00002.bin"))), std::string("\3\0", 2));
  EXPECT_TRUE(FileExists(Path("rows/manifest.json")));
  EXPECT_EQ(Must(Write("[[1, 2], [3], [4]]", {.path = Path("bytes"), .max_shard_bytes = 4})).size(),
            2u);
  EXPECT_EQ(Must(Write("[[1]]", {.path = Path("even"), .shards = 3})).size(), 3u);
}

TEST_F(TokenFileTest, WhatDoesNotFitIsAnErrorOfItsRowAndLeavesNoFile) {
  EXPECT_EQ(Write("[[1], [2, 65536]]", {.path = Path("b.bin")}).status().message(),
            "write.tokens: a token that does not fit uint16: 65536 (row 2)");
  EXPECT_THAT(Write("[[1], null]", {.path = Path("b.bin")}).status().message(),
              HasSubstr("a null in place of tokens (row 2)"));
  EXPECT_THAT(Write("[[-1]]", {.path = Path("b.bin")}, TokenType::kUint32).status().message(),
              HasSubstr("does not fit uint32: -1"));
  EXPECT_FALSE(FileExists(Path("b.bin")));
}

}  // namespace
}  // namespace tideway::dataset
