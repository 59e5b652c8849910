#include <arrow/compute/cast.h>
#include <arrow/io/file.h>
#include <gmock/gmock.h>
#include <parquet/arrow/writer.h>
#include <sys/stat.h>
#include <utime.h>

#include <random>

#include "core/base/hash.h"
#include "core/dataset/byte_count.h"
#include "core/dataset/features.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"
#include "core/dataset/op/filter_by.h"
#include "core/dataset/op/limit.h"
#include "core/dataset/op/select.h"
#include "core/dataset/op/sort.h"
#include "core/dataset/op/tap.h"
#include "core/dataset/op/with.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ParquetSourceTest : public SourceTest {
 protected:
  std::string Write(
      const std::string& name, const BatchPtr& batch, int64_t group_rows = 1 << 20,
      parquet::SizeStatisticsLevel sizes = parquet::SizeStatisticsLevel::PageAndColumnChunk) {
    const auto table = Must(arrow::Table::FromRecordBatches(batch->schema(), {batch}));
    const auto file = Must(arrow::io::FileOutputStream::Open(Path(name)));
    parquet::ArrowWriterProperties::Builder properties;
    properties.store_schema();
    EXPECT_TRUE(parquet::arrow::WriteTable(
                    *table, arrow::default_memory_pool(), file, group_rows,
                    parquet::WriterProperties::Builder().set_size_statistics_level(sizes)->build(),
                    properties.build())
                    .ok());
    EXPECT_TRUE(file->Close().ok());
    return Path(name);
  }
  std::string Numbers(const std::string& name, const std::string& json) {
    return Write(name, MakeBatch(arrow::schema({arrow::field("n", arrow::int64())}), {json}));
  }
  static BatchPtr Texts(int64_t rows) {
    arrow::StringBuilder texts;
    for (int64_t i = 0; i < rows; ++i) {
      EXPECT_TRUE(texts.Append(std::string(500, 'a') + std::to_string(i)).ok());
    }
    return arrow::RecordBatch::Make(arrow::schema({arrow::field("text", arrow::utf8())}), rows,
                                    {*texts.Finish()});
  }
};

TEST_F(ParquetSourceTest, RowGroupsComeInOrder) {
  arrow::Int64Builder numbers;
  for (int64_t i = 0; i < 10'000; ++i) ASSERT_STATUS(numbers.Append(i));
  const auto schema = arrow::schema({arrow::field("n", arrow::int64())});
  const auto batch = arrow::RecordBatch::Make(schema, 10'000, {*numbers.Finish()});
  const auto rows = Must(Read(ReadParquet({Write("a.parquet", batch, 7)})));
  EXPECT_TRUE(rows->column(0)->Equals(arrow::ChunkedArray(batch->column(0))));
}

TEST_F(ParquetSourceTest, RowsOfAGroupAreToldBeforeItIsRead) {
  const auto batch = Texts(100);
  const NodePtr node = ReadParquet({Write("a.parquet", batch, 7)});
  const NodePtr page = Must(MakeLimit(Must(MakeSkip(node, 33)), 20));
  EXPECT_TRUE(
      Must(Read(page))->Equals(*Must(arrow::Table::FromRecordBatches({batch->Slice(33, 20)}))));
  RunContext run({.workers = 2});
  const auto stream = Must(node->Open(run));
  Worker worker(0);
  while (const Morsel morsel = Must(stream->Next())) {
    const auto rows = stream->MorselRows();
    EXPECT_EQ(rows, Must(morsel(worker))->num_rows());
  }
}

TEST_F(ParquetSourceTest, LargeRowGroupComesInPiecesNoLargerThanABatch) {
  RunContext run({.workers = 2, .memory_bytes = 64 << 20});
  const NodePtr node = ReadParquet({Write("a.parquet", Texts(40'000))});
  auto stream = Must(node->Open(run));
  Worker worker(0);
  int64_t rows = 0;
  int pieces = 0;
  while (Morsel morsel = Must(stream->Next())) {
    const BatchPtr batch = Must(morsel(worker));
    EXPECT_LT(batch->num_rows() * 500, 2 * run.batch_bytes());
    rows += batch->num_rows();
    ++pieces;
  }
  EXPECT_EQ(rows, 40'000);
  EXPECT_GT(pieces, 5);
}

TEST_F(ParquetSourceTest, LargeRowsAmongSmallOnesComeInPiecesNoLargerThanABatch) {
  arrow::StringBuilder texts;
  for (int row = 0; row < 20'000; ++row) {
    const bool large = row >= 9'000 && row < 9'060;
    ASSERT_STATUS(
        texts.Append(std::string(large ? 500'000 : 100, static_cast<char>('a' + row % 7))));
  }
  const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("text", arrow::utf8())}),
                                              20'000, {Must(texts.Finish())});
  RunContext run({.workers = 2, .memory_bytes = 64 << 20});
  const NodePtr node = ReadParquet({Write("a.parquet", batch)});
  const auto stream = Must(node->Open(run));
  Worker worker(0);
  int64_t rows = 0;
  int64_t pieces = 0;
  for (Morsel morsel = Must(stream->Next()); morsel; morsel = Must(stream->Next())) {
    const BatchPtr piece = Must(morsel(worker));
    EXPECT_LE(BatchBytes(*piece), run.batch_bytes());
    EXPECT_TRUE(piece->Equals(*batch->Slice(rows, piece->num_rows())));
    rows += piece->num_rows();
    ++pieces;
  }
  EXPECT_EQ(rows, 20'000);
  EXPECT_LT(pieces, 1'000);
}

TEST_F(ParquetSourceTest, RowGroupsThatAreReadSideBySideComeInOrder) {
  const BatchPtr texts = Texts(40'000);
  const auto expected = Must(arrow::Table::FromRecordBatches({texts}));
  for (const int64_t group_rows : {5'000, 13'000}) {
    const NodePtr node = ReadParquet({Write("a.parquet", texts, group_rows)});
    for (const int workers : {1, 2, 8}) {
      RunContext run({.workers = workers, .memory_bytes = 64 << 20});
      EXPECT_TRUE(Must(Read(node, run))->Equals(*expected)) << group_rows << " " << workers;
    }
  }
}

TEST_F(ParquetSourceTest, RowGroupsThatAFilterLeavesOutStandBetweenOthersSideBySide) {
  const BatchPtr texts = Texts(24'000);
  arrow::Int64Builder groups;
  for (int64_t i = 0; i < texts->num_rows(); ++i) ASSERT_STATUS(groups.Append(i / 4'000 % 3));
  const BatchPtr rows =
      Must(texts->AddColumn(1, arrow::field("group", arrow::int64()), *groups.Finish()));
  const NodePtr node = ReadParquet({Write("a.parquet", rows, 4'000)});
  const ExpressionPtr kept = Must(
      MakeCall("ne", {MakeColumn("group"), MakeLiteral(std::make_shared<arrow::Int64Scalar>(1))}));
  const auto expected = Must(arrow::Table::FromRecordBatches(
      {rows->Slice(0, 4'000), rows->Slice(8'000, 8'000), rows->Slice(20'000)}));
  for (const int workers : {1, 2, 8}) {
    RunContext run({.workers = workers, .memory_bytes = 64 << 20});
    EXPECT_TRUE(Must(Read(MakeFilterBy(node, kept), run))->Equals(*expected)) << workers;
  }
}

TEST_F(ParquetSourceTest, ColumnsThatAreReadSideBySideStayInStep) {
  const BatchPtr texts = Texts(20'000);
  arrow::Int64Builder numbers;
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::Int64Builder>());
  for (int64_t i = 0; i < texts->num_rows(); ++i) {
    ASSERT_STATUS(i % 7 == 0 ? numbers.AppendNull() : numbers.Append(i));
    ASSERT_STATUS(lists.Append());
    for (int64_t k = 0; k < i % 3; ++k) {
      ASSERT_STATUS(static_cast<arrow::Int64Builder*>(lists.value_builder())->Append(k));
    }
  }
  const auto number = *numbers.Finish();
  const auto list = *lists.Finish();
  const auto pair = Must(
      arrow::StructArray::Make({number, texts->column(0)}, std::vector<std::string>{"n", "t"}));
  const auto schema =
      arrow::schema({arrow::field("n", number->type()), arrow::field("text", arrow::utf8()),
                     arrow::field("list", list->type()), arrow::field("pair", pair->type())});
  const auto rows =
      arrow::RecordBatch::Make(schema, texts->num_rows(), {number, texts->column(0), list, pair});
  RunContext run({.workers = 4, .memory_bytes = 64 << 20});
  const auto read = Must(Read(ReadParquet({Write("a.parquet", rows)}), run));
  EXPECT_TRUE(Must(read->CombineChunksToBatch())->Equals(*rows));
}

TEST_F(ParquetSourceTest, LargeRowGroupWithNoneOfTheColumnsAskedForHasItsRows) {
  const auto number = arrow::schema({arrow::field("n", arrow::int64())});
  const std::vector<std::string> paths = {Write("a.parquet", MakeBatch(number, {"[1]"})),
                                          Write("b.parquet", Texts(140'000))};
  RunContext run({.workers = 2, .memory_bytes = 64 << 20});
  const auto read = Must(Read(ReadParquet(paths, {.columns = {"n"}}), run));
  EXPECT_EQ(read->num_rows(), 140'001);
  EXPECT_EQ(read->column(0)->null_count(), 140'000);
}

TEST_F(ParquetSourceTest, FilesOfAGlobAreReadInByteOrderOfTheirNames) {
  Numbers("b.parquet", "[2]");
  Numbers("B.parquet", "[1]");
  Numbers("c.parquet", "[3]");
  EXPECT_EQ(Json(Must(Read(ReadParquet({Path("*.parquet")})))), "[1,2,3]");
  EXPECT_EQ(Json(Must(Read(ReadParquet({folder_})))), "[1,2,3]");
}

TEST_F(ParquetSourceTest, PathWithGlobCharactersThatExistsIsThatFile) {
  Numbers("a[1].parquet", "[1]");
  Numbers("a1.parquet", "[2]");
  EXPECT_EQ(Json(Must(Read(ReadParquet({Path("a[1].parquet")})))), "[1]");
}

TEST_F(ParquetSourceTest, SchemaIsTheUnionOverAllFilesWithNulls) {
  const auto a =
      arrow::schema({arrow::field("x", arrow::int64()), arrow::field("y", arrow::null())});
  const auto b =
      arrow::schema({arrow::field("y", arrow::utf8()), arrow::field("z", arrow::utf8())});
  const auto first = Write("a.parquet", MakeBatch(a, {"[1]", "[null]"}));
  const auto second = Write("b.parquet", MakeBatch(b, {R"(["p"])", R"(["q"])"}));
  const auto rows = Must(Read(ReadParquet({first, second})));
  EXPECT_EQ(rows->schema()->ToString(), "x: int64\ny: string\nz: string");
  EXPECT_EQ(Json(rows, 0), "[1,null]");
  EXPECT_EQ(Json(rows, 1), R"([null,"p"])");
  EXPECT_EQ(Json(rows, 2), R"([null,"q"])");
}

TEST_F(ParquetSourceTest, TypeMismatchNamesColumnBothTypesAndBothFiles) {
  const auto a = Numbers("a.parquet", "[1]");
  const auto b = Write("b.parquet",
                       MakeBatch(arrow::schema({arrow::field("n", arrow::utf8())}), {R"(["x"])"}));
  const Status status = Read(ReadParquet({a, b})).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_THAT(status.message(), HasSubstr("column `n` is string in " + b + ", but int64 in " + a));
}

TEST_F(ParquetSourceTest, OnlyTheColumnsAskedForAreReadInThatOrder) {
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8()),
                     arrow::field("c", arrow::list(arrow::int64()))});
  const auto file = Write("a.parquet", MakeBatch(schema, {"[1]", R"(["x"])", "[[1, 2]]"}));
  const auto rows = Must(Read(ReadParquet({file}, {.columns = {"c", "a"}})));
  EXPECT_EQ(rows->schema()->field_names(), (std::vector<std::string>{"c", "a"}));
  EXPECT_EQ(Json(rows, 1), "[1]");
}

TEST_F(ParquetSourceTest, UnknownColumnIsASuggestion) {
  const Status status =
      Read(ReadParquet({Numbers("a.parquet", "[1]")}, {.columns = {"nn"}})).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("did you mean `n`?"));
}

TEST_F(ParquetSourceTest, SelectAboveReadsOnlyItsColumns) {
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8()),
                     arrow::field("c", arrow::utf8())});
  const NodePtr source =
      ReadParquet({Write("a.parquet", MakeBatch(schema, {"[1]", R"(["x"])", R"(["y"])"}))});
  RunContext run({});
  const NodePtr select = MakeSelect(source, {"c", "a"});
  EXPECT_EQ(Must(select->inputs()[0]->schema(run))->ToString(), "a: int64\nb: null\nc: string");
  EXPECT_EQ(Must(Read(select))->schema()->ToString(), "c: string\na: int64");
  EXPECT_THAT(Read(MakeSelect(source, {"a", "bb"})).status().message(),
              HasSubstr("select: no column `bb`; did you mean `b`?"));
}

TEST_F(ParquetSourceTest, OnlyColumnsThatStepsOnTheWayUseAreRead) {
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8()),
                     arrow::field("c", arrow::utf8()), arrow::field("d", arrow::int64()),
                     arrow::field("e", arrow::int64()), arrow::field("f", arrow::utf8())});
  const NodePtr source = ReadParquet({Write(
      "a.parquet", MakeBatch(schema, {"[3, 1, 2]", R"(["x", "y", null])", R"(["p", "q", "r"])",
                                      "[1, 2, 3]", "[4, 5, 6]", R"(["u", "v", "w"])"}))});
  const auto column = [](const char* name) { return MakeColumn(name); };
  NodePtr plan = MakeFilterBy(source, Must(MakeCall("not_null", {column("b")})));
  plan = MakeRename(plan, {{"a", "d"}, {"d", "a"}});
  plan = Must(MakeWith(plan, {{"sum", Must(MakeCall("add", {column("a"), column("d")}))}}));
  plan = Must(MakeSort(MakeDrop(plan, {"f"}), {{.column = "d"}}));
  plan = MakeSelect(Must(MakeTap(Must(MakeLimit(plan, 5)), "all")), {"sum", "c"});
  const Node* leaf = plan.get();
  while (!leaf->inputs().empty()) leaf = leaf->inputs()[0].get();
  RunContext run({});
  EXPECT_EQ(Must(leaf->schema(run))->ToString(),
            "a: int64\nb: string\nc: string\nd: int64\ne: null\nf: null");
  const auto rows = Must(Read(plan));
  EXPECT_EQ(Json(rows, 0), "[3,4]");
  EXPECT_EQ(Json(rows, 1), R"(["q","p"])");
}

TEST_F(ParquetSourceTest, MistakesInStepsBelowASelectAreStillFound) {
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8())});
  const NodePtr source = ReadParquet({Write("a.parquet", MakeBatch(schema, {"[1]", R"(["x"])"}))});
  const auto fault = [](const NodePtr& plan) {
    return Read(MakeSelect(plan, {"a"})).status().message();
  };
  EXPECT_THAT(fault(MakeDrop(source, {"bb"})),
              HasSubstr("drop: no column `bb`; did you mean `b`?"));
  EXPECT_THAT(fault(MakeRename(source, {{"b", "a"}})), HasSubstr("two columns would be named `a`"));
  EXPECT_THAT(fault(Must(MakeCast(source, {{"b", "int64"}}))), HasSubstr("cast"));
}

TEST_F(ParquetSourceTest, LabelsComeFromTheHuggingFaceKey) {
  const auto batch = MakeBatch(
      arrow::schema({WithLabels(arrow::field("label", arrow::int64()), {"no", "yes"})}), {"[1]"});
  const auto metadata =
      arrow::key_value_metadata({kHuggingFaceKey}, {Must(HuggingFaceMetadata(*batch->schema()))});
  const auto file =
      Write("a.parquet",
            arrow::RecordBatch::Make(WithoutFeatures(*batch->schema())->WithMetadata(metadata), 1,
                                     batch->columns()));
  RunContext run({});
  const auto schema = Must(ReadParquet({file})->schema(run));
  EXPECT_EQ(LabelsOf(*schema->field(0)), (std::vector<std::string>{"no", "yes"}));
}

TEST_F(ParquetSourceTest, DictionaryColumnsAreReadAsTheirValues) {
  const auto schema =
      arrow::schema({arrow::field("word", arrow::dictionary(arrow::int8(), arrow::utf8()))});
  const auto words = Must(arrow::json::DictArrayFromJSONString(schema->field(0)->type(),
                                                               "[1, 0, null]", R"(["a", "b"])"));
  const auto file = Write("a.parquet", arrow::RecordBatch::Make(schema, 3, {words}));
  const auto rows = Must(Read(ReadParquet({file})));
  EXPECT_EQ(rows->schema()->ToString(), "word: string");
  EXPECT_EQ(Json(rows), R"(["b","a",null])");
}

TEST_F(ParquetSourceTest, DictionariesWithinListsAndStructsAreReadAsTheirValues) {
  const auto words = arrow::dictionary(arrow::int32(), arrow::utf8());
  const auto plain = arrow::schema(
      {arrow::field("tags", arrow::list(arrow::utf8())),
       arrow::field("meta", arrow::struct_({arrow::field("language", arrow::utf8())}))});
  const auto encode = [&](const std::string& json) {
    return Must(
        arrow::compute::Cast(*Must(arrow::json::ArrayFromJSONString(arrow::utf8(), json)), words));
  };
  const auto offsets = Must(arrow::json::ArrayFromJSONString(arrow::int32(), "[0, 2, 2, 3]"));
  const auto tags = Must(arrow::ListArray::FromArrays(*offsets, *encode(R"(["a", "b", "a"])")));
  const auto meta = Must(arrow::StructArray::Make({encode(R"(["en", null, "ne"])")},
                                                  std::vector<std::string>{"language"}));
  const auto batch = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("tags", tags->type()), arrow::field("meta", meta->type())}), 3,
      {tags, meta});
  const auto path = Write("nested.parquet", batch);
  const auto expected =
      MakeBatch(plain, {R"([["a", "b"], [], ["a"]])",
                        R"([{"language": "en"}, {"language": null}, {"language": "ne"}])"});
  const auto read = Must(Must(Read(ReadParquet({path})))->CombineChunksToBatch());
  ASSERT_STATUS(read->ValidateFull());
  EXPECT_TRUE(read->Equals(*expected)) << read->ToString();
}

TEST_F(ParquetSourceTest, LongTextThatRepeatsComesInPiecesNoLargerThanABatch) {
  const std::string prompt(50'000, 'p');
  arrow::StringBuilder texts;
  for (int row = 0; row < 4000; ++row) ASSERT_STATUS(texts.Append(prompt));
  const auto path =
      Write("prompts.parquet",
            arrow::RecordBatch::Make(arrow::schema({arrow::field("text", arrow::utf8())}), 4000,
                                     {Must(texts.Finish())}),
            1 << 20, parquet::SizeStatisticsLevel::None);
  RunOptions options;
  options.workers = 2;
  options.memory_bytes = 64 << 20;
  RunContext run(options);
  const auto plan = ReadParquet({path});
  const auto stream = Must(plan->Open(run));
  Worker worker(0);
  int64_t rows = 0;
  for (Morsel morsel = Must(stream->Next()); morsel; morsel = Must(stream->Next())) {
    const auto batch = Must(morsel(worker));
    rows += batch->num_rows();
    EXPECT_LE(batch->num_rows() * 50'000, 2 * run.batch_bytes());
  }
  EXPECT_EQ(rows, 4000);
}

TEST_F(ParquetSourceTest, RowsAreKnownFromFootersAndInputsAreRecordedOnce) {
  const auto file = Numbers("a.parquet", "[1, 2, 3]");
  const NodePtr node = ReadParquet({file});
  RunContext run({});
  EXPECT_EQ(Must(node->KnownRows(run)), 3);
  EXPECT_TRUE(run.inputs().empty());
  Must(Read(node, run));
  Must(Read(node, run));
  ASSERT_EQ(run.inputs().size(), 1u);
  EXPECT_EQ(run.inputs()[0].uri, file);
  EXPECT_EQ(run.inputs()[0].hash, "sha256:" + Must(Sha256File(file)));
  EXPECT_EQ(run.inputs()[0].rows, 3);
}

TEST_F(ParquetSourceTest, ZeroRowFileHasItsColumns) {
  const auto rows = Must(Read(ReadParquet({Numbers("a.parquet", "[]")})));
  EXPECT_EQ(rows->num_rows(), 0);
  EXPECT_EQ(rows->num_columns(), 1);
}

TEST_F(ParquetSourceTest, MissingFileAndMatchlessGlobAreNotFound) {
  EXPECT_EQ(KindOf(Read(ReadParquet({Path("none.parquet")})).status()), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(Read(ReadParquet({Path("*.parquet")})).status()), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(Read(ReadParquet({folder_})).status()), ErrorKind::kNotFound);
}

TEST_F(ParquetSourceTest, BrokenFilesAreRefusedByName) {
  const std::string good = Must(ReadFile(Numbers("good.parquet", "[1, 2, 3]")));
  std::string wrong_magic = good;
  wrong_magic[wrong_magic.size() - 1] = 'X';
  const std::vector<std::string> broken = {"",
                                           "PAR1",
                                           "no Parquet at all",
                                           good.substr(0, good.size() - 9),
                                           good.substr(0, good.size() / 2),
                                           wrong_magic,
                                           std::string(1000, '\0')};
  for (size_t i = 0; i < broken.size(); ++i) {
    const auto path = Put("broken" + std::to_string(i) + ".parquet", broken[i]);
    const Status status = Read(ReadParquet({path})).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kData) << status.ToString();
    EXPECT_THAT(status.message(), HasSubstr(path));
  }
}

TEST_F(ParquetSourceTest, UnreadableFileInTheMiddleOfAListFailsTheWhole) {
  const auto a = Numbers("a.parquet", "[1]");
  const auto b = Put("b.parquet", "garbage");
  const auto c = Numbers("c.parquet", "[3]");
  const Status status = Read(ReadParquet({a, b, c})).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_THAT(status.message(), HasSubstr(b));
}

TEST_F(ParquetSourceTest, FlippedBytesNeverCrashAndNeverGiveInvalidText) {
  const std::string good = Must(ReadFile(Write("good.parquet", Texts(300), 100)));
  std::mt19937_64 random(7);
  int refused = 0;
  for (int i = 0; i < 400; ++i) {
    std::string bad = good;
    for (int flips = 0; flips < 3; ++flips)
      bad[random() % bad.size()] ^= static_cast<char>(1 + random() % 255);
    const auto rows = Read(ReadParquet({Put("bad.parquet", bad)}));
    if (rows.ok()) {
      EXPECT_TRUE((*rows)->ValidateFull().ok());
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, 10);
}

TEST_F(ParquetSourceTest, FileThatChangesWhileReadIsAConflict) {
  const auto file = Write("a.parquet", Texts(1000), 100);
  RunContext run({});
  const NodePtr node = ReadParquet({file});
  auto stream = Must(node->Open(run));
  Worker worker(0);
  Must(Must(stream->Next())(worker));
  Write("a.parquet", Texts(999), 100);
  Status status;
  while (status.ok()) {
    auto morsel = stream->Next();
    status = morsel.status();
    if (status.ok() && !*morsel) break;
  }
  EXPECT_EQ(KindOf(status), ErrorKind::kConflict);
  EXPECT_THAT(status.message(), HasSubstr(file));
}

TEST_F(ParquetSourceTest, AbandonedReadingRecordsNothing) {
  RunContext run({});
  const NodePtr node = ReadParquet({Write("a.parquet", Texts(1000), 100)});
  {
    auto stream = Must(node->Open(run));
    Must(stream->Next());
  }
  EXPECT_TRUE(run.inputs().empty());
}

TEST_F(ParquetSourceTest, IdentityIsOfTheContentsNotOfTheName) {
  RunContext run({});
  const auto a = ReadParquet({Numbers("a.parquet", "[1]")});
  const auto b = ReadParquet({Numbers("b.parquet", "[1]")});
  const auto c = ReadParquet({Numbers("c.parquet", "[2]")});
  EXPECT_EQ(Must(a->Identity(run)), Must(b->Identity(run)));
  EXPECT_NE(Must(a->Identity(run)), Must(c->Identity(run)));
}

TEST_F(ParquetSourceTest, TableInMemoryIsASourceToo) {
  const auto batch = MakeBatch(arrow::schema({arrow::field("n", arrow::int64())}), {"[1, 2, 3]"});
  const auto whole = FromTable(Must(arrow::Table::FromRecordBatches({batch})));
  const auto cut =
      FromTable(Must(arrow::Table::FromRecordBatches({batch->Slice(0, 1), batch->Slice(1)})));
  RunContext run({});
  EXPECT_EQ(Json(Must(Read(cut, run))), "[1,2,3]");
  EXPECT_EQ(Must(whole->Identity(run)), Must(cut->Identity(run)));
  EXPECT_EQ(Must(cut->KnownRows(run)), 3);
}

}  // namespace
}  // namespace tideway::dataset
