#include "core/dataset/format/parquet_sink.h"

#include <gmock/gmock.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <sys/resource.h>

#include <csignal>

#include "core/base/hash.h"
#include "core/dataset/byte_count.h"
#include "core/dataset/features.h"
#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ParquetSinkTest : public FormatTest {
 protected:
  // Writes `batches` and returns what was published.
  Result<std::vector<ParquetFile>> Write(const SchemaPtr& schema,
                                         const std::vector<BatchPtr>& batches,
                                         ParquetTotals totals = {}, PartTarget target = {}) {
    if (target.folder.empty()) target.folder = folder_;
    if (target.stem.empty()) target.stem = "train";
    ParquetSink sink(target, totals);
    RETURN_NOT_OK(sink.Open(schema));
    for (const BatchPtr& batch : batches) RETURN_NOT_OK(sink.Consume(batch));
    RETURN_NOT_OK(sink.Finish());
    RETURN_NOT_OK(sink.Publish());
    return sink.files();
  }

  std::vector<int64_t> GroupRows(const std::string& name) const {
    auto reader = parquet::ParquetFileReader::OpenFile(Path(name));
    std::vector<int64_t> rows;
    for (int i = 0; i < reader->metadata()->num_row_groups(); ++i) {
      rows.push_back(reader->metadata()->RowGroup(i)->num_rows());
    }
    return rows;
  }
};

SchemaPtr NumberSchema() { return arrow::schema({arrow::field("n", arrow::int64())}); }

BatchPtr Numbers(int64_t from, int64_t to) {
  arrow::Int64Builder builder;
  for (int64_t i = from; i < to; ++i) EXPECT_TRUE(builder.Append(i).ok());
  return arrow::RecordBatch::Make(NumberSchema(), to - from, {*builder.Finish()});
}

BatchPtr Texts(int64_t rows, int64_t size) {
  arrow::StringBuilder builder;
  for (int64_t i = 0; i < rows; ++i) {
    std::string text;
    for (uint64_t word = 0; static_cast<int64_t>(text.size()) < size; ++word) {
      text += std::to_string(Mix64(word, static_cast<uint64_t>(i)));
    }
    EXPECT_TRUE(builder.Append(text.substr(0, static_cast<size_t>(size))).ok());
  }
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("text", arrow::utf8())}), rows,
                                  {*builder.Finish()});
}

BatchPtr WorkedExample() {
  const auto label =
      WithLabels(arrow::field("label", arrow::int64()), {"negative", "neutral", "positive"});
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8()), label,
       arrow::field("tags", arrow::list(arrow::utf8())),
       arrow::field("meta", arrow::struct_({arrow::field("lang", arrow::utf8()),
                                            arrow::field("score", arrow::float32())}))});
  std::array<std::string, 5> columns;
  for (int k = 0; k < 8; ++k) {
    const std::string n = std::to_string(k);
    const char* tags[] = {"[]", R"(["a"])", R"(["a", "b"])"};
    columns[0] += "," + n;
    columns[1] += ",\"row number " + n + "\"";
    columns[2] += "," + std::to_string(k % 3);
    columns[3] += std::string(",") + tags[k % 3];
    columns[4] += R"(,{"lang": "en", "score": )" + std::to_string(k / 2.0) + "}";
  }
  std::vector<std::string> json;
  for (const std::string& column : columns) json.push_back("[" + column.substr(1) + "]");
  return MakeBatch(schema, json);
}

TEST_F(ParquetSinkTest, WorkedExampleIsWhatTheHubsOwnWriterWrites) {
  const BatchPtr batch = WorkedExample();
  const auto files = Must(Write(batch->schema(), {batch}, {.rows = 8, .bytes = 403}));
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].name, "train-00000-of-00001.parquet");
  EXPECT_EQ(files[0].rows, 8);
  EXPECT_EQ(files[0].bytes, 403);
  EXPECT_EQ(files[0].sha256, Must(Sha256File(Path(files[0].name))));
  EXPECT_EQ(files[0].size, static_cast<int64_t>(std::filesystem::file_size(Path(files[0].name))));
  EXPECT_EQ(Must(HuggingFaceMetadata(*batch->schema())).size(), 378u);
  EXPECT_THAT(Judge("judge_parquet.py", Path(files[0].name) + " worked"), StartsWith("equal"));
}

TEST_F(ParquetSinkTest, EveryTypeIsReadBackByDatasetsWithEqualFeatures) {
  const auto schema = arrow::schema({
      arrow::field("i8", arrow::int8()),
      arrow::field("u64", arrow::uint64()),
      arrow::field("f16", arrow::float16()),
      arrow::field("f64", arrow::float64()),
      arrow::field("flag", arrow::boolean()),
      arrow::field("when", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
      arrow::field("day", arrow::date32()),
      arrow::field("time", arrow::time64(arrow::TimeUnit::MICRO)),
      arrow::field("took", arrow::duration(arrow::TimeUnit::MILLI)),
      arrow::field("price", arrow::decimal128(10, 2)),
      arrow::field("raw", arrow::binary()),
      arrow::field("big", arrow::large_utf8()),
      arrow::field("nothing", arrow::null()),
      arrow::field("point", arrow::fixed_size_list(arrow::float32(), 2)),
      arrow::field("long", arrow::large_list(arrow::utf8())),
      arrow::field("deep", arrow::list(arrow::struct_({arrow::field("x", arrow::int64())}))),
      arrow::field("naïve \"name\" 😀", arrow::utf8()),
  });
  const BatchPtr batch =
      MakeBatch(schema, {"[1, null]", "[18446744073709551615, 0]", "[1.5, null]", "[0.1, -0.0]",
                         "[true, null]", "[1600000000000000, null]", "[18000, null]", "[1, null]",
                         "[5, null]", R"(["12.34", null])", R"(["ab", null])", R"(["x", null])",
                         "[null, null]", "[[1, 2], null]", R"([["a"], null])",
                         R"([[{"x": 1}, null], []])", R"(["é", null])"});
  const auto files = Must(Write(schema, {batch}));
  EXPECT_THAT(Judge("judge_parquet.py", Path(files[0].name) + " same"), StartsWith("equal"));
}

TEST_F(ParquetSinkTest, BytesDoNotDependOnHowRowsCameInBatches) {
  const BatchPtr rows = Texts(50'000, 200);
  const auto whole = Must(Write(rows->schema(), {rows}));
  std::vector<BatchPtr> pieces;
  for (int64_t at = 0, size = 1; at < rows->num_rows(); at += size, size = size * 3 % 7919 + 1) {
    pieces.push_back(rows->Slice(at, size));
  }
  const auto cut = Must(Write(rows->schema(), pieces));
  EXPECT_EQ(whole[0].sha256, cut[0].sha256);
  EXPECT_EQ(whole[0].bytes, cut[0].bytes);
}

TEST_F(ParquetSinkTest, RowGroupNeverHoldsMoreThanABinaryMillionRows) {
  std::vector<BatchPtr> batches;
  for (int64_t i = 0; i < 3'000'000; i += 500'000) batches.push_back(Numbers(i, i + 500'000));
  const auto files = Must(Write(NumberSchema(), batches, {.rows = 3'000'000, .bytes = 24'000'000}));
  EXPECT_THAT(GroupRows(files[0].name), ElementsAre(1'048'576, 1'048'576, 902'848));
}

TEST_F(ParquetSinkTest, RowGroupsAreCutByTheTotalsWhereTheyAreKnown) {
  const auto files =
      Must(Write(NumberSchema(), {Numbers(0, 100)}, {.rows = 100, .bytes = 1'000'000'000},
                 {.max_shard_bytes = 2'000'000'000}));
  EXPECT_THAT(GroupRows(files[0].name), ElementsAre(10, 10, 10, 10, 10, 10, 10, 10, 10, 10));
}

TEST_F(ParquetSinkTest, FirstShardsHoldOneRowMoreWhenTheTotalsAreKnown) {
  const auto files = Must(Write(NumberSchema(), {Numbers(0, 400)}, {.rows = 400, .bytes = 3200},
                                {.max_shard_bytes = 1500}));
  ASSERT_EQ(files.size(), 3u);
  EXPECT_THAT(std::vector({files[0].rows, files[1].rows, files[2].rows}),
              ElementsAre(134, 133, 133));
  EXPECT_THAT(Names(), ElementsAre("train-00000-of-00003.parquet", "train-00001-of-00003.parquet",
                                   "train-00002-of-00003.parquet"));
}

TEST_F(ParquetSinkTest, ShardsEndWithTheBlockThatFillsThemWhenTotalsAreUnknown) {
  std::vector<BatchPtr> batches(26, Texts(40'000, 100));
  const auto files =
      Must(Write(batches[0]->schema(), batches, {}, {.max_shard_bytes = 50'000'000}));
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[0].rows + files[1].rows + files[2].rows, 26 * 40'000);
  for (int i : {0, 1}) {
    EXPECT_GE(files[i].bytes, 50'000'000);
    EXPECT_LT(files[i].bytes, 55'000'000);
  }
}

TEST_F(ParquetSinkTest, NoRowsStillGiveOneReadableShard) {
  const auto files = Must(Write(NumberSchema(), {}));
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].rows, 0);
  EXPECT_EQ(files[0].bytes, 0);
  EXPECT_THAT(Judge("judge_parquet.py", Path(files[0].name) + " same"), StartsWith("equal"));
}

TEST_F(ParquetSinkTest, FewerOrMoreRowsThanAnnouncedAreRefused) {
  for (const int64_t announced : {99, 101}) {
    const auto result = Write(NumberSchema(), {Numbers(0, 100)}, {.rows = announced, .bytes = 800});
    EXPECT_EQ(KindOf(result.status()), ErrorKind::kData);
    EXPECT_THAT(result.status().message(), HasSubstr("100 rows came where"));
  }
  EXPECT_THAT(Names(), ElementsAre());
}

TEST_F(ParquetSinkTest, UnpublishedSinkLeavesNothingBehind) {
  {
    ParquetSink sink({.folder = folder_, .stem = "train"});
    ASSERT_STATUS(sink.Open(NumberSchema()));
    ASSERT_TRUE(sink.Consume(Numbers(0, 10)).ok());
    ASSERT_STATUS(sink.Finish());
  }
  EXPECT_THAT(Names(), ElementsAre());
}

TEST_F(ParquetSinkTest, FieldsThatAllowNoNullsBecomeOptional) {
  const auto schema = arrow::schema(
      {arrow::field("n", arrow::int64(), false),
       arrow::field("list", arrow::list(arrow::field("item", arrow::int64(), false)), false)});
  const auto files = Must(Write(schema, {MakeBatch(schema, {"[1]", "[[1, 2]]"})}));
  EXPECT_THAT(Judge("judge_parquet.py", Path(files[0].name) + " same"), StartsWith("equal"));
}

TEST_F(ParquetSinkTest, ShardsSmallerThanARowGroupAreCutWithoutTotals) {
  const auto files =
      Must(Write(NumberSchema(), {Numbers(0, 300'000)}, {}, {.max_shard_bytes = 1'000'000}));
  std::vector<int64_t> rows;
  for (const ParquetFile& file : files) rows.push_back(file.rows);
  EXPECT_THAT(rows, ElementsAre(131'072, 131'072, 37'856));
}

TEST_F(ParquetSinkTest, DictionaryColumnsAreWrittenAsTheirValues) {
  const auto schema =
      arrow::schema({arrow::field("word", arrow::dictionary(arrow::int32(), arrow::utf8()))});
  const auto words = Must(arrow::json::DictArrayFromJSONString(schema->field(0)->type(),
                                                               "[1, 0, null]", R"(["a", "b"])"));
  const auto files = Must(Write(schema, {arrow::RecordBatch::Make(schema, 3, {words})}));
  EXPECT_THAT(Judge("judge_parquet.py", Path(files[0].name) + " same"), StartsWith("equal"));
}

TEST_F(ParquetSinkTest, ImageBytesAreNeitherCompressedNorDictionaryEncoded) {
  const auto image =
      arrow::struct_({arrow::field("bytes", arrow::binary()), arrow::field("path", arrow::utf8())});
  auto schema = arrow::schema({arrow::field("image", image)});
  schema = Must(ApplyFeatures(schema, R"({"info": {"features": {"image": {"_type": "Image"}}}})"));
  const auto files =
      Must(Write(schema, {MakeBatch(schema, {R"([{"bytes": "aaaa", "path": "a.png"}])"})}));
  auto reader = parquet::ParquetFileReader::OpenFile(Path(files[0].name));
  const auto column = reader->metadata()->RowGroup(0)->ColumnChunk(0);
  EXPECT_EQ(column->compression(), parquet::Compression::UNCOMPRESSED);
  EXPECT_FALSE(column->has_dictionary_page());
}

TEST_F(ParquetSinkTest, TypeWithoutAHubNameIsRefusedBeforeAnythingIsWritten) {
  const auto schema =
      arrow::schema({arrow::field("pairs", arrow::map(arrow::utf8(), arrow::int64()))});
  const Status status = Write(schema, {}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_THAT(status.message(), HasSubstr("column `pairs`: map<string, int64>"));
  EXPECT_THAT(Names(), ElementsAre());
}

TEST_F(ParquetSinkTest, TwoColumnsOfOneNameAreRefused) {
  const auto schema =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("n", arrow::utf8())});
  EXPECT_THAT(Write(schema, {}).status().message(), HasSubstr("`n`"));
}

TEST_F(ParquetSinkTest, FolderThatCannotBeMadeIsNamed) {
  const std::string file = Put("file", "");
  const Status status = Write(NumberSchema(), {}, {}, {.folder = file + "/below"}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kIo);
  EXPECT_THAT(status.message(), HasSubstr(file));
}

TEST_F(ParquetSinkTest, FileThatCannotGrowIsAnErrorThatNamesItAndLeavesNothing) {
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const rlimit limit{1 << 20, old_limit.rlim_max};
  auto* old_handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  const BatchPtr rows = Texts(40'000, 200);
  const Status status = Write(rows->schema(), {rows}).status();
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(KindOf(status), ErrorKind::kIo);
  EXPECT_THAT(status.message(), HasSubstr("train-00000"));
  EXPECT_THAT(Names(), ElementsAre());
}

}  // namespace
}  // namespace tideway::dataset
