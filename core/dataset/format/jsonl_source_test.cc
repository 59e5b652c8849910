#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <gmock/gmock.h>

#include "core/base/hash.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::HasSubstr;

class JsonlSourceTest : public SourceTest {
 protected:
  Result<TablePtr> ReadText(const std::string& text) {
    return Read(ReadJsonl({Put("a.jsonl", text)}));
  }
  // Reading `text` fails with a data error that holds "a.jsonl:<line>: " and `what`.
  void ExpectBroken(const std::string& text, int line, const std::string& what) {
    const Status status = ReadText(text).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kData) << status.ToString();
    EXPECT_THAT(status.message(), HasSubstr("a.jsonl:" + std::to_string(line) + ": "));
    EXPECT_THAT(status.message(), HasSubstr(what));
  }
};

TEST_F(JsonlSourceTest, ColumnsAreTheUnionOverAllLinesInTheOrderSeen) {
  const auto rows = Must(ReadText("{\"a\": 1}\n{\"b\": \"x\", \"a\": null}\n{\"c\": true}\n"));
  EXPECT_EQ(rows->schema()->ToString(), "a: int64\nb: string\nc: bool");
  EXPECT_EQ(Json(rows, 0), "[1,null,null]");
  EXPECT_EQ(Json(rows, 1), R"([null,"x",null])");
  EXPECT_EQ(Json(rows, 2), "[null,null,true]");
}

TEST_F(JsonlSourceTest, FloatThatIsWholeStaysAFloat) {
  EXPECT_EQ(Must(ReadText("{\"a\": 1.0}\n"))->schema()->ToString(), "a: double");
  EXPECT_EQ(Must(ReadText("{\"a\": 1}\n{\"a\": 1e0}\n"))->schema()->ToString(), "a: double");
}

TEST_F(JsonlSourceTest, WholeNumbersKeepAllOfInt64) {
  const auto rows = Must(ReadText("{\"a\": 9223372036854775807}\n{\"a\": -9223372036854775808}\n"));
  EXPECT_EQ(Json(rows), "[9223372036854775807,-9223372036854775808]");
}

TEST_F(JsonlSourceTest, WholeNumbersBeyondInt64AreRefused) {
  ExpectBroken("{\"a\": 1}\n{\"a\": 9223372036854775808}\n", 2, "`a`: a whole number beyond int64");
  ExpectBroken("{\"a\": 123456789012345678901234567890}\n", 1, "");
  ExpectBroken("{\"a\": 1.5}\n{\"a\": 9007199254740993}\n", 2, "no exact float64");
}

TEST_F(JsonlSourceTest, NestedValuesBecomeListsAndStructs) {
  const auto rows = Must(ReadText(
      "{\"m\": {\"x\": 1}, \"l\": [{\"p\": \"a\"}, null]}\n{\"m\": {\"y\": [1.5]}, \"l\": []}\n"));
  EXPECT_EQ(rows->schema()->ToString(),
            "m: struct<x: int64, y: list<item: double>>\nl: list<item: struct<p: string>>");
  EXPECT_EQ(Must(rows->column(0)->GetScalar(1))->ToString(),
            "{x:int64 = null, y:list<item: double> = list<item: double>[1.5]}");
  EXPECT_TRUE(Must(rows->column(1)->GetScalar(1))->is_valid);
}

TEST_F(JsonlSourceTest, StringsAreUnescaped) {
  const auto rows = Must(ReadText(R"({"a\"b": "\u00e9\ud83d\ude00\n\u0000"})"));
  EXPECT_EQ(rows->schema()->field(0)->name(), "a\"b");
  EXPECT_EQ(Must(rows->column(0)->GetScalar(0))->ToString(), std::string("é😀\n\0", 8));
}

TEST_F(JsonlSourceTest, BlankLinesMarksAndCarriageReturnsAreNoRows) {
  const auto rows = Must(ReadText("\xef\xbb\xbf{\"a\": 1}\r\n\r\n  \n{\"a\": 2}"));
  EXPECT_EQ(Json(rows), "[1,2]");
}

TEST_F(JsonlSourceTest, EmptyFileHasNeitherRowsNorColumns) {
  const auto rows = Must(ReadText(""));
  EXPECT_EQ(rows->num_rows(), 0);
  EXPECT_EQ(rows->num_columns(), 0);
}

TEST_F(JsonlSourceTest, BrokenLinesAreRefusedWithFileAndLine) {
  for (const char* line :
       {"{\"a\": 1", "{\"a\": 1}}", "{a: 1}", "{\"a\": 01}", "{\"a\": nul}", "{\"a\": \"\\ud800\"}",
        "{\"a\": \"x}", "{\"a\": 1} {\"a\": 2}", "{\"a\": NaN}", "{\"a\": \"\x01\"}",
        "{\"a\": \"\xff\"}", "{\"a\": 1e999}"}) {
    ExpectBroken("{\"a\": 1}\n\n" + std::string(line) + "\n{\"a\": 2}\n", 3, "broken JSON");
  }
}

TEST_F(JsonlSourceTest, LineThatIsNoObjectIsRefused) {
  for (const char* line : {"[1]", "1", "\"a\"", "null"}) {
    ExpectBroken("{\"a\": 1}\n" + std::string(line) + "\n", 2, "no JSON object");
  }
}

TEST_F(JsonlSourceTest, KeyThatStandsTwiceInOneObjectIsRefused) {
  ExpectBroken("{\"a\": 1, \"a\": 2}\n", 1, "`a`: the key stands twice");
  ExpectBroken("{\"m\": [{\"x\": 1, \"y\": 2, \"x\": 1}]}\n", 1, "`m[].x`: the key stands twice");
}

TEST_F(JsonlSourceTest, TwoKindsOfValueAreRefusedWithBothPlaces) {
  ExpectBroken("{\"a\": 1}\n{\"a\": null}\n{\"a\": \"x\"}\n", 3, "a.jsonl:1 has a number");
  ExpectBroken("{\"m\": {\"x\": [1]}}\n{\"m\": {\"x\": [true]}}\n", 2, "`m.x[]`: a boolean where");
}

TEST_F(JsonlSourceTest, KindsThatDifferBetweenFarApartBlocksAreFound) {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "{\"n\": " + std::to_string(i) + "}\n";
  text += "{\"n\": \"x\"}\n";
  ExpectBroken(text, 300'001, "a.jsonl:1 has a number");
}

TEST_F(JsonlSourceTest, DeepNestingIsRefused) {
  ExpectBroken("{\"a\": " + std::string(40, '[') + std::string(40, ']') + "}\n", 1,
               "nested below 32 levels");
  ExpectBroken("{\"a\": " + std::string(100'000, '[') + "\n", 1, "broken JSON");
  ExpectBroken("{}\n" + std::string(100'000, '[') + std::string(100'000, ']') + "\n", 2,
               "nested below 32 levels");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  ExpectBroken(objects + "1" + std::string(100'000, '}') + "\n", 1, "nested below 32 levels");
}

TEST_F(JsonlSourceTest, ManyBlocksKeepTheOrderOfLines) {
  std::string text;
  for (int i = 0; i < 400'000; ++i) {
    text += "{\"n\": " + std::to_string(i) + ", \"pad\": \"" + std::string(i % 50, 'x') + "\"}\n";
  }
  const auto rows = Must(ReadText(text));
  ASSERT_EQ(rows->num_rows(), 400'000);
  const auto numbers = std::static_pointer_cast<arrow::Int64Array>(rows->column(0)->chunk(0));
  for (int64_t i = 0; i < 400'000; ++i) ASSERT_EQ(numbers->Value(i), i);
}

TEST_F(JsonlSourceTest, CompressedFilesAreReadByTheirFirstBytes) {
  const std::string text = "{\"a\": 1}\n{\"a\": 2}\n";
  for (const auto kind : {arrow::Compression::GZIP, arrow::Compression::ZSTD}) {
    const auto codec = Must(arrow::util::Codec::Create(kind));
    const auto file = Must(arrow::io::FileOutputStream::Open(Path("packed")));
    const auto packed = Must(arrow::io::CompressedOutputStream::Make(codec.get(), file));
    ASSERT_STATUS(packed->Write(text.data(), static_cast<int64_t>(text.size())));
    ASSERT_STATUS(packed->Close());
    EXPECT_EQ(Json(Must(Read(ReadJsonl({Path("packed")})))), "[1,2]");

    const std::string bytes = Must(ReadFile(Path("packed")));
    const auto cut = Put("cut", bytes.substr(0, bytes.size() - 6));
    const Status status = Read(ReadJsonl({cut})).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kData) << status.ToString();
    EXPECT_THAT(status.message(), HasSubstr(cut));
  }
}

TEST_F(JsonlSourceTest, Utf16IsRefusedWithARemedy) {
  const Status status = ReadText(std::string("\xff\xfe{\0\"\0", 6)).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr("iconv"));
}

TEST_F(JsonlSourceTest, DamagedTextIsReadOrRefusedAsData) {
  const std::string good =
      "{\"id\": 1, \"m\": {\"x\": [1.5, null], \"y\": \"é\\u00e9\"}, \"t\": true}\n"
      "{\"id\": -9223372036854775808, \"m\": null}\n{\"t\": false, \"l\": [[], [{}]]}\n";
  std::mt19937_64 random(11);
  for (int i = 0; i < 2000; ++i) {
    const Status status = ReadText(Damage(good, random)).status();
    EXPECT_TRUE(status.ok() || KindOf(status) == ErrorKind::kData) << status.ToString();
  }
}

TEST_F(JsonlSourceTest, RowsAreKnownAndInputsAreRecorded) {
  const auto a = Put("a.jsonl", "{\"a\": 1}\n{\"a\": 2}\n");
  const auto b = Put("b.jsonl", "{\"b\": 1}\n");
  const NodePtr node = ReadJsonl({a, b});
  RunContext run({.workers = 2});
  EXPECT_EQ(Must(node->KnownRows(run)), 3);
  EXPECT_EQ(Json(Must(Read(node, run)), 1), "[null,null,1]");
  ASSERT_EQ(run.inputs().size(), 2u);
  EXPECT_EQ(run.inputs()[0].rows, 2);
  EXPECT_EQ(run.inputs()[1].hash, "sha256:" + Must(Sha256File(b)));
}

TEST_F(JsonlSourceTest, FileThatChangesBetweenThePassesIsAConflict) {
  const auto path = Put("a.jsonl", "{\"a\": 1}\n");
  const NodePtr node = ReadJsonl({path});
  RunContext run({});
  Must(node->schema(run));
  Put("a.jsonl", "{\"a\": 1}\n{\"b\": \"x\"}\n");
  EXPECT_EQ(KindOf(Read(node, run).status()), ErrorKind::kConflict);
}

TEST_F(JsonlSourceTest, UnreadableFileInTheMiddleOfAListFailsTheWhole) {
  const auto a = Put("a.jsonl", "{\"a\": 1}\n");
  const Status status = Read(ReadJsonl({a, Path("gone.jsonl"), a})).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("gone.jsonl"));
}

TEST_F(JsonlSourceTest, KeysThatAreDataAreRefusedWithTheirPlaceAndARemedy) {
  std::string top, nested;
  for (int i = 0; i <= 1000; ++i) {
    top += "{\"user" + std::to_string(i) + "\": 1}\n";
    nested += "{\"scores\": {\"user" + std::to_string(i) + "\": 1}}\n";
  }
  ExpectBroken(top, 1001, "more than 1000 different keys, here `user1000`");
  ExpectBroken(nested, 1001, "`scores`: more than 1000 different keys, here `user1000`");
}

TEST_F(JsonlSourceTest, MembersThatFewLinesHaveAreNullInTheOthers) {
  const auto rows =
      Must(ReadText("{\"a\": {\"x\": 1}}\n{\"a\": null}\n{}\n"
                    "{\"a\": {\"y\": {\"z\": [true]}}}\n{\"b\": \"t\"}\n"
                    "{\"a\": {\"x\": 2, \"y\": null}}\n"));
  ASSERT_STATUS(rows->ValidateFull());
  const auto expected = Must(arrow::json::ArrayFromJSONString(
      rows->schema()->field(0)->type(),
      R"([{"x": 1}, null, null, {"y": {"z": [true]}}, null, {"x": 2}])"));
  EXPECT_TRUE(rows->column(0)->chunk(0)->Equals(expected)) << rows->ToString();
  EXPECT_EQ(Json(rows, 1), R"([null,null,null,null,"t",null])");
}

}  // namespace
}  // namespace tideway::dataset
