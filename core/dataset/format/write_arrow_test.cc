#include <arrow/ipc/reader.h>
#include <gmock/gmock.h>

#include "core/base/hash.h"
#include "core/dataset/features.h"
#include "core/dataset/format/canonical_array_internal.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class WriteArrowTest : public SourceTest {
 protected:
  using Files = std::vector<WrittenShard>;
  Result<Files> Write(const std::string& name, const std::vector<BatchPtr>& batches,
                      ArrowWriteOptions options = {}, int workers = 2,
                      int64_t max_shard_bytes = 500'000'000) {
    RunContext run({.workers = workers});
    return WriteFiles({{"train", SourceOf(batches)}},
                      {.path = Path(name), .max_shard_bytes = max_shard_bytes},
                      *MakeArrowFormat(options), run);
  }
  static BatchPtr Numbers(const std::string& json) {
    return MakeBatch(arrow::schema({arrow::field("n", arrow::int64())}), {json});
  }
  // Columns of every kind, with nulls.
  static BatchPtr Shapes() {
    const auto item = arrow::field("item", arrow::int32());
    const auto schema = arrow::schema(
        {arrow::field("n", arrow::int64()), arrow::field("t", arrow::utf8()),
         arrow::field("f", arrow::boolean()), arrow::field("b", arrow::binary()),
         arrow::field("d", arrow::date32()),
         arrow::field("at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
         arrow::field("l", arrow::list(item)), arrow::field("ll", arrow::large_list(item)),
         arrow::field("p", arrow::fixed_size_list(item, 2)),
         arrow::field("s", arrow::struct_({arrow::field("x", arrow::float64()),
                                           arrow::field("y", arrow::list(arrow::utf8()))})),
         WithLabels(arrow::field("label", arrow::int64()), {"no", "yes"})});
    return MakeBatch(
        schema,
        {"[1, null, 3]", R"(["a", "", null])", "[true, null, false]", R"(["x", null, ""])",
         "[1, null, 3]", "[1, null, 3]", "[[1, null], null, []]", "[null, [2], []]",
         "[[1, 2], null, [3, null]]",
         R"([{"x": 0.5, "y": ["p", null]}, null, {"x": null, "y": null}])", "[0, 1, null]"});
  }
};

TEST_F(WriteArrowTest, FileHoldsTheRowsAsTheyAre) {
  for (const bool zstd : {false, true}) {
    const auto files = Must(Write("a.arrow", {Shapes(), Shapes()}, {.zstd = zstd}));
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(files[0].file.rows, 6);
    EXPECT_EQ(files[0].file.sha256, Must(Sha256File(Path("a.arrow"))));
    EXPECT_EQ(files[0].file.size, std::filesystem::file_size(Path("a.arrow")));
    const auto rows = Must(Read(ReadArrow({Path("a.arrow")})));
    const auto expected = Must(arrow::Table::FromRecordBatches({Shapes(), Shapes()}));
    ASSERT_TRUE(rows->Equals(*Must(expected->CombineChunks()))) << rows->ToString();
    EXPECT_EQ(LabelsOf(*rows->schema()->field(10)), LabelsOf(*Shapes()->schema()->field(10)));
  }
}

TEST_F(WriteArrowTest, OtherProgramsReadIt) {
  Must(Write("a.feather", {Shapes()}));
  Must(Write("b.arrow", {Shapes()}, {.zstd = true}));
  const std::string said = Judge("judge_arrow.py", Path("a.feather") + " " + Path("b.arrow"));
  EXPECT_THAT(said, StartsWith("{'n': 1, 't': 'a', 'f': True, 'b': b'x', "));
  EXPECT_THAT(said, HasSubstr("ClassLabel(names=['no', 'yes'])"));
  EXPECT_THAT(said, EndsWith("equal\n"));
}

TEST_F(WriteArrowTest, BytesDoNotDependOnBatchesOrWorkers) {
  const BatchPtr rows = NumberedRows(100'000);
  for (const bool zstd : {false, true}) {
    Must(Write("a.arrow", {rows}, {.zstd = zstd}, 1));
    Must(Write("b.arrow", CutEvery(rows, 777), {.zstd = zstd}, 8));
    EXPECT_EQ(Must(Sha256File(Path("a.arrow"))), Must(Sha256File(Path("b.arrow"))));
  }
}

TEST_F(WriteArrowTest, WhatLiesUnderNullsDoesNotShow) {
  const auto validity = Shapes()->column(0)->data()->buffers[0];  // 1, null, 3
  const auto column = [&](int64_t hidden) {
    const auto values = arrow::Buffer::FromVector(std::vector<int64_t>{1, hidden, 3});
    const auto number = std::make_shared<arrow::Int64Array>(3, values, validity);
    const auto schema =
        arrow::schema({arrow::field("n", arrow::int64()),
                       arrow::field("s", arrow::struct_({arrow::field("x", arrow::int64())}))});
    const auto structs = std::make_shared<arrow::StructArray>(
        schema->field(1)->type(), 3,
        arrow::ArrayVector{std::make_shared<arrow::Int64Array>(3, values)}, validity);
    return arrow::RecordBatch::Make(schema, 3, {number, structs});
  };
  Must(Write("a.arrow", {column(5)}));
  Must(Write("b.arrow", {column(6)}));
  EXPECT_EQ(Must(Sha256File(Path("a.arrow"))), Must(Sha256File(Path("b.arrow"))));
}

TEST_F(WriteArrowTest, FolderHoldsShardsAndAManifest) {
  const auto files = Must(Write("out", {NumberedRows(50'000)}, {}, 2, 150'000));
  EXPECT_THAT(
      NamesIn("out"),
      ElementsAre("manifest.json", "train-00000-of-00004.arrow", "train-00001-of-00004.arrow",
                  "train-00002-of-00004.arrow", "train-00003-of-00004.arrow"));
  EXPECT_EQ(files[0].file.rows, 16'384);
  const auto rows = Must(Read(ReadArrow({Path("out")})));
  const auto expected = Must(arrow::Table::FromRecordBatches({NumberedRows(50'000)}));
  EXPECT_EQ(testing::Numbers(*rows), testing::Numbers(*expected));
}

TEST_F(WriteArrowTest, NoRowsAreAFileWithColumns) {
  Must(Write("a.arrow", {Numbers("[]")}));
  const auto rows = Must(Read(ReadArrow({Path("a.arrow")})));
  EXPECT_EQ(rows->num_rows(), 0);
  EXPECT_EQ(rows->schema()->ToString(), "n: int64");
}

TEST_F(WriteArrowTest, DictionariesAreWrittenAsTheirValues) {
  const auto schema =
      arrow::schema({arrow::field("w", arrow::dictionary(arrow::int8(), arrow::utf8()))});
  Must(Write("a.arrow", {MakeBatch(schema, {R"(["a", null])"}), MakeBatch(schema, {R"(["b"])"})}));
  EXPECT_EQ(Json(Must(Read(ReadArrow({Path("a.arrow")})))), R"(["a",null,"b"])");
}

TEST_F(WriteArrowTest, FailedWriteLeavesTheOldFile) {
  Must(Write("a.arrow", {Numbers("[1]")}));
  const auto failing = SourceOf({Numbers("[2]"), Numbers("[3]")});
  failing->fail_at = 1;
  RunContext run({.workers = 2});
  const auto failed =
      WriteFiles({{"train", failing}}, {.path = Path("a.arrow")}, *MakeArrowFormat(), run);
  EXPECT_FALSE(failed.ok());
  EXPECT_THAT(Names(), ElementsAre("a.arrow"));
  EXPECT_EQ(Json(Must(Read(ReadArrow({Path("a.arrow")})))), "[1]");
}

TEST_F(WriteArrowTest, PathsOfOtherKindsOfFileAreRefused) {
  const Status status = Write("a.parquet", {Numbers("[1]")}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  RunContext run({});
  const Status other = WriteFiles({{"train", SourceOf({Numbers("[1]")})}},
                                  {.path = Path("a.arrow")}, *MakeParquetFormat(), run)
                           .status();
  EXPECT_EQ(KindOf(other), ErrorKind::kUsage);
}

}  // namespace
}  // namespace tideway::dataset
