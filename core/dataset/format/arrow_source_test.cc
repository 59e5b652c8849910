#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/compression.h>
#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>

#include "core/base/hash.h"
#include "core/dataset/features.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::HasSubstr;

class ArrowSourceTest : public SourceTest {
 protected:
  enum class Kind { kFile, kStream };
  std::string Write(const std::string& name, const std::vector<BatchPtr>& batches,
                    Kind kind = Kind::kFile,
                    arrow::Compression::type compression = arrow::Compression::UNCOMPRESSED) {
    const auto out = Must(arrow::io::FileOutputStream::Open(Path(name)));
    auto options = arrow::ipc::IpcWriteOptions::Defaults();
    options.unify_dictionaries = true;
    if (compression != arrow::Compression::UNCOMPRESSED) {
      options.codec = Must(arrow::util::Codec::Create(compression));
    }
    const auto schema = batches[0]->schema();
    const auto writer = kind == Kind::kFile
                            ? Must(arrow::ipc::MakeFileWriter(out, schema, options))
                            : Must(arrow::ipc::MakeStreamWriter(out, schema, options));
    for (const BatchPtr& batch : batches) EXPECT_TRUE(writer->WriteRecordBatch(*batch).ok());
    EXPECT_TRUE(writer->Close().ok());
    EXPECT_TRUE(out->Close().ok());
    return Path(name);
  }
  static BatchPtr Numbers(const std::string& json) {
    return MakeBatch(arrow::schema({arrow::field("n", arrow::int64())}), {json});
  }
  void ExpectDamaged(const std::string& path, const std::string& what) {
    const Status status = Read(ReadArrow({path})).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kData) << status.ToString();
    EXPECT_THAT(status.message(), HasSubstr("read.arrow: cannot read " + path));
    EXPECT_THAT(status.message(), HasSubstr(what));
  }
};

TEST_F(ArrowSourceTest, WhatLiesUnderNullsOfViewsIsNotLookedAt) {
  const auto views = MakeBatch(arrow::schema({arrow::field("w", arrow::utf8_view())}),
                               {R"(["a", null, "a text too long to lie in the view itself"])"});
  const auto& buffer = views->column(0)->data()->buffers[1];
  arrow::BinaryViewType::c_type wild{};
  wild.ref = {-1000, {}, 7, 1 << 30};
  reinterpret_cast<arrow::BinaryViewType::c_type*>(const_cast<uint8_t*>(buffer->data()))[1] = wild;
  EXPECT_EQ(Json(Must(Read(ReadArrow({Write("a.arrow", {views})})))),
            R"(["a",null,"a text too long to lie in the view itself"])");
}

TEST_F(ArrowSourceTest, FilesAndStreamsAreToldApartByTheirFirstBytes) {
  for (const Kind kind : {Kind::kFile, Kind::kStream}) {
    for (const auto compression : {arrow::Compression::UNCOMPRESSED, arrow::Compression::LZ4_FRAME,
                                   arrow::Compression::ZSTD}) {
      const auto path =
          Write("a.any", {Numbers("[1, null]"), Numbers("[]"), Numbers("[3]")}, kind, compression);
      RunContext run({.workers = 2});
      EXPECT_EQ(Json(Must(Read(ReadArrow({path}), run))), "[1,null,3]");
      ASSERT_EQ(run.inputs().size(), 1u);
      EXPECT_EQ(run.inputs()[0].rows, 3);
      EXPECT_EQ(run.inputs()[0].hash, "sha256:" + Must(Sha256File(path)));
    }
  }
}

TEST_F(ArrowSourceTest, DictionariesAndViewsBecomePlainAtAnyDepth) {
  const auto words = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto view = arrow::utf8_view();
  const auto schema = arrow::schema({arrow::field("w", words), arrow::field("v", view),
                                     arrow::field("l", arrow::list(words)),
                                     arrow::field("s", arrow::struct_({arrow::field("v", view)})),
                                     arrow::field("lv", arrow::list_view(arrow::int32())),
                                     arrow::field("wv", arrow::dictionary(arrow::uint32(), view))});
  const auto batch =
      MakeBatch(schema, {R"(["a", null, "b"])", R"(["x", "a longer text than fits", null])",
                         R"([["p"], [], null])", R"([{"v": "y"}, null, {"v": null}])",
                         "[[1], [], null]", R"(["a", null, "b"])"});
  for (const Kind kind : {Kind::kFile, Kind::kStream}) {
    const auto rows = Must(Read(ReadArrow({Write("a.arrow", {batch, batch}, kind)})));
    EXPECT_EQ(rows->schema()->ToString(),
              "w: string\nv: string\nl: list<item: string>\ns: struct<v: string>\n"
              "lv: list<item: int32>\nwv: string");
    EXPECT_EQ(Json(rows, 5), Json(rows, 0));
    EXPECT_EQ(Json(rows, 0), R"(["a",null,"b","a",null,"b"])");
    EXPECT_EQ(Json(rows->Slice(3), 2), R"([["p"],[],null])");
    EXPECT_EQ(Json(rows->Slice(3), 4), "[[1],[],null]");
  }
}

TEST_F(ArrowSourceTest, ColumnsOfSeveralFilesAreMatchedByName) {
  Write("a.arrow", {Numbers("[1]")});
  Write("b.arrows",
        {MakeBatch(
            arrow::schema({arrow::field("s", arrow::utf8()), arrow::field("n", arrow::int64())}),
            {R"(["x"])", "[2]"})},
        Kind::kStream);
  const auto rows = Must(Read(ReadArrow({folder_})));
  EXPECT_EQ(rows->schema()->ToString(), "n: int64\ns: string");
  EXPECT_EQ(Json(rows, 0), "[1,2]");
  EXPECT_EQ(Json(rows, 1), R"([null,"x"])");
}

TEST_F(ArrowSourceTest, LabelNamesComeWithTheColumn) {
  const auto labels = WithLabels(arrow::field("label", arrow::int64()), {"no", "yes"});
  const auto metadata = Must(HuggingFaceMetadata(*arrow::schema({labels})));
  const auto schema = arrow::schema({arrow::field("label", arrow::int64())},
                                    arrow::key_value_metadata({kHuggingFaceKey}, {metadata}));
  const auto rows = Must(Read(ReadArrow({Write("a.arrow", {MakeBatch(schema, {"[1]"})})})));
  EXPECT_EQ(LabelsOf(*rows->schema()->field(0)), LabelsOf(*labels));
}

TEST_F(ArrowSourceTest, LargeBatchIsCutIntoSmallOnes) {
  arrow::Int64Builder numbers;
  for (int64_t i = 0; i < 300'000; ++i) ASSERT_STATUS(numbers.Append(i));
  const auto schema = arrow::schema({arrow::field("n", arrow::int64())});
  const auto path =
      Write("a.arrow", {arrow::RecordBatch::Make(schema, 300'000, {*numbers.Finish()})});
  RunContext run({.workers = 3, .memory_bytes = 32 << 20});
  const auto rows = Must(Read(ReadArrow({path}), run));
  ASSERT_EQ(rows->num_rows(), 300'000);
  const auto& values = static_cast<const arrow::Int64Array&>(*rows->column(0)->chunk(0));
  for (int64_t i = 0; i < 300'000; ++i) ASSERT_EQ(values.Value(i), i);
}

TEST_F(ArrowSourceTest, BatchBeyondTheMemoryIsRefusedAlsoWhenItIsSmallOnDisk) {
  const auto schema = arrow::schema({arrow::field("t", arrow::utf8())});
  arrow::StringBuilder texts;
  ASSERT_STATUS(texts.Append(std::string(20 << 20, 'x')));
  const auto batch = arrow::RecordBatch::Make(schema, 1, {*texts.Finish()});
  for (const auto compression : {arrow::Compression::UNCOMPRESSED, arrow::Compression::ZSTD}) {
    const auto path = Write("a.arrow", {batch}, Kind::kFile, compression);
    RunContext run({.workers = 2, .memory_bytes = 64 << 20});
    const Status status = Read(ReadArrow({path}), run).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kMemory) << status.ToString();
    EXPECT_THAT(status.message(), HasSubstr("a record batch of more than 16.0 MiB: " + path));
    EXPECT_EQ(Must(Read(ReadArrow({path})))->num_rows(), 1);
  }
}

TEST_F(ArrowSourceTest, LongTextsOfADictionaryAreDecodedAFewRowsAtATime) {
  const auto indices = Must(arrow::MakeArrayFromScalar(arrow::Int32Scalar(0), 2000));
  arrow::StringBuilder texts;
  ASSERT_STATUS(texts.Append(std::string(1 << 20, 'x')));
  const auto type = arrow::dictionary(arrow::int32(), arrow::utf8());
  const auto column = Must(arrow::DictionaryArray::FromArrays(type, indices, *texts.Finish()));
  const auto batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("t", type)}), 2000, {column});
  const NodePtr source = ReadArrow({Write("a.arrow", {batch})});
  RunContext run({.workers = 2, .memory_bytes = 128 << 20});
  const auto before = arrow::default_memory_pool()->bytes_allocated();
  const auto stream = Must(source->Open(run));
  std::atomic<int64_t> rows = 0;
  ASSERT_STATUS(ForEachBatch(
      *stream,
      [&](int64_t, int64_t, const BatchPtr& part, Worker&) {
        EXPECT_LT(arrow::default_memory_pool()->bytes_allocated() - before, 128 << 20);
        rows += part->num_rows();
        return Status::OK();
      },
      run));
  EXPECT_EQ(rows, 2000);
}

TEST_F(ArrowSourceTest, DictionariesOfNumbersAndViewsAreDecodedManyRowsAtATime) {
  arrow::Int64Builder numbers;
  for (int64_t i = 0; i < 400'000; ++i) ASSERT_STATUS(numbers.Append(i));
  const auto values = *numbers.Finish();
  const auto words = MakeBatch(arrow::schema({arrow::field("w", arrow::utf8_view())}),
                               {R"(["a", "a text too long to lie in the view itself"])"})
                         ->column(0);
  const auto indices = Must(arrow::MakeArrayFromScalar(arrow::Int32Scalar(1), 400'000));
  const auto column = [&](const std::shared_ptr<arrow::Array>& dictionary) {
    return Must(arrow::DictionaryArray::FromArrays(
        arrow::dictionary(arrow::int32(), dictionary->type()), indices, dictionary));
  };
  const arrow::ArrayVector columns = {column(values), column(words)};
  const auto schema =
      arrow::schema({arrow::field("n", columns[0]->type()), arrow::field("w", columns[1]->type())});
  const NodePtr source =
      ReadArrow({Write("a.arrow", {arrow::RecordBatch::Make(schema, 400'000, columns)})});
  RunContext run({.workers = 2});
  const auto stream = Must(source->Open(run));
  int morsels = 0;
  while (Must(stream->Next())) ++morsels;
  EXPECT_LT(morsels, 20);
  EXPECT_EQ(stream->schema()->ToString(), "n: int64\nw: string");
}

TEST_F(ArrowSourceTest, CutFilesAndStreamsAreRefusedAtEveryByte) {
  for (const Kind kind : {Kind::kFile, Kind::kStream}) {
    const auto path = Write("a.arrow", {Numbers("[1, 2]"), Numbers("[3]")}, kind);
    const std::string bytes = Must(ReadFile(path));
    for (size_t size = 0; size < bytes.size(); ++size) {
      const Status status = Read(ReadArrow({Put("cut.arrow", bytes.substr(0, size))})).status();
      ASSERT_EQ(KindOf(status), ErrorKind::kData) << size << ": " << status.ToString();
    }
  }
}

TEST_F(ArrowSourceTest, WhatFollowsAStreamIsRefusedAndNotPassedOver) {
  const std::string bytes = Must(ReadFile(Write("a.arrows", {Numbers("[1]")}, Kind::kStream)));
  ExpectDamaged(Put("b.arrows", bytes + bytes), "bytes behind the end of the stream");
}

TEST_F(ArrowSourceTest, OtherFilesAreRefusedWithARemedy) {
  ExpectDamaged(Put("a.arrow", "id,text\n1,one\n"), "");
  const Status old = Read(ReadArrow({Put("old.feather", "FEA1....FEA1")})).status();
  EXPECT_THAT(old.message(), HasSubstr("a Feather file of version 1"));
}

TEST_F(ArrowSourceTest, FileThatChangedIsAConflict) {
  const auto path = Write("a.arrow", {Numbers("[1]")});
  const NodePtr source = ReadArrow({path});
  RunContext run({});
  Must(source->schema(run));
  Write("a.arrow", {Numbers("[1, 2, 3]"), Numbers("[4]")});
  EXPECT_EQ(KindOf(Read(source, run).status()), ErrorKind::kConflict);
}

TEST_F(ArrowSourceTest, TextThatIsNotUtf8IsRefused) {
  const auto bytes = Must(arrow::json::ArrayFromJSONString(arrow::binary(), R"(["x"])"));
  arrow::BinaryBuilder builder;
  ASSERT_STATUS(builder.Append("\xff"));
  const auto text = Must((*builder.Finish())->View(arrow::utf8()));
  const auto batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("t", arrow::utf8())}), 1, {text});
  ExpectDamaged(Write("a.arrow", {batch}), "");
}

}  // namespace
}  // namespace tideway::dataset
