#include <gmock/gmock.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>

#include "core/base/hash.h"
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
using ::testing::StartsWith;

class WriteTextTest : public SourceTest {
 protected:
  using Files = std::vector<WrittenShard>;

  static std::unique_ptr<const FileFormat> FormatOf(const std::string& name) {
    if (name.find("jsonl") != std::string::npos) return MakeJsonlFormat();
    if (name.starts_with("lines.txt")) return MakeTextFormat("s");
    return MakeCsvFormat();
  }
  // In the format that the name tells.
  Result<Files> Write(const std::string& name, const std::vector<BatchPtr>& batches,
                      int64_t max_shard_bytes = 500'000'000, int workers = 2) {
    RunContext run({.workers = workers});
    return WriteFiles({{"train", SourceOf(batches)}},
                      {.path = Path(name), .max_shard_bytes = max_shard_bytes}, *FormatOf(name),
                      run);
  }
  // What stands in the file after writing one column "x".
  std::string Written(const std::string& name, const std::shared_ptr<arrow::DataType>& type,
                      const std::string& json) {
    Must(Write(name, {MakeBatch(arrow::schema({arrow::field("x", type)}), {json})}));
    return Must(ReadFile(Path(name)));
  }
  // Lines of a column "x" beside a number, without what comes before: as in a wider table.
  std::string CsvFields(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
    const auto x = Must(arrow::json::ArrayFromJSONString(type, json));
    const auto one = Must(arrow::MakeArrayFromScalar(arrow::Int64Scalar(1), x->length()));
    const auto schema = arrow::schema({arrow::field("n", arrow::int64()), arrow::field("x", type)});
    Must(Write("fields.csv", {arrow::RecordBatch::Make(schema, x->length(), {one, x})}));
    const std::string text = Must(ReadFile(Path("fields.csv")));
    std::string fields;
    for (size_t at = text.find('\n') + 1; at < text.size();) {
      const size_t end =
          text.find("\n1,", at) == text.npos ? text.size() : text.find("\n1,", at) + 1;
      fields += text.substr(at + 2, end - at - 2);
      at = end;
    }
    return fields;
  }
  std::string JsonLines(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
    return Written("lines.jsonl", type, json);
  }
  Status FailureOf(const std::string& name, const SchemaPtr& schema,
                   const std::vector<std::string>& columns) {
    return Write(name, {MakeBatch(schema, columns)}).status();
  }
};

// Quotes, delimiters, line breaks, controls, and what looks like something else.
std::vector<std::string> HostileTexts() {
  return {"plain",
          "",
          "\"",
          "\"\"",
          "a\"b",
          ",",
          "a,b\n",
          "\n",
          "\r\n",
          "\r",
          "\t",
          " lead",
          "trail ",
          "\\",
          "\\n",
          "null",
          "NULL",
          "\xEF\xBB\xBF",
          "\u2028x\u2029",
          "\x7f",
          "\x01\x1f",
          "é😀",
          "{\"a\":1}",
          "[1]",
          "#",
          "'",
          "=1+1",
          "0"};
}

BatchPtr Strings(const std::vector<std::string>& texts) {
  arrow::StringBuilder builder;
  for (const std::string& text : texts) EXPECT_TRUE(builder.Append(text).ok());
  EXPECT_TRUE(builder.AppendNull().ok());
  const auto rows = static_cast<int64_t>(texts.size()) + 1;
  const auto ones = Must(arrow::MakeArrayFromScalar(arrow::Int64Scalar(1), rows));
  return arrow::RecordBatch::Make(
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("s", arrow::utf8())}), rows,
      {ones, *builder.Finish()});
}

BatchPtr Messages(int64_t rows) {
  arrow::Int64Builder ids;
  arrow::StringBuilder texts;
  arrow::DoubleBuilder scores;
  for (int64_t i = 0; i < rows; ++i) {
    const uint64_t random = Mix64(static_cast<uint64_t>(i), 7);
    EXPECT_TRUE(ids.Append(static_cast<int64_t>(random)).ok());
    EXPECT_TRUE(texts.Append(std::string(random % 400, 'a') + ",\"" + std::to_string(random)).ok());
    EXPECT_TRUE((i % 10 == 0 ? scores.AppendNull()
                             : scores.Append(1.0 / static_cast<double>(1 + random % 99)))
                    .ok());
  }
  return arrow::RecordBatch::Make(
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8()),
                     arrow::field("score", arrow::float64())}),
      rows, {*ids.Finish(), *texts.Finish(), *scores.Finish()});
}

TEST_F(WriteTextTest, JsonlIsOneCompactObjectPerLine) {
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("a \"b\"", arrow::utf8())});
  Must(Write("a.jsonl", {MakeBatch(schema, {"[1, 2]", R"(["x", null])"})}));
  EXPECT_EQ(Must(ReadFile(Path("a.jsonl"))),
            "{\"id\":1,\"a \\\"b\\\"\":\"x\"}\n{\"id\":2,\"a \\\"b\\\"\":null}\n");
}

TEST_F(WriteTextTest, NumbersAreExactAndFloatsTheShortestThatReadBack) {
  EXPECT_EQ(JsonLines(arrow::int64(), "[9223372036854775807, -9223372036854775808]"),
            "{\"x\":9223372036854775807}\n{\"x\":-9223372036854775808}\n");
  EXPECT_EQ(JsonLines(arrow::uint64(), "[18446744073709551615]"), "{\"x\":18446744073709551615}\n");
  EXPECT_EQ(
      JsonLines(arrow::float64(), "[1, -0.0, 0.1, 1e22, 5e-324, 1e100]"),
      "{\"x\":1.0}\n{\"x\":-0.0}\n{\"x\":0.1}\n{\"x\":1e+22}\n{\"x\":5e-324}\n{\"x\":1e+100}\n");
  EXPECT_EQ(JsonLines(arrow::float32(), "[0.1, 16777216]"), "{\"x\":0.1}\n{\"x\":16777216.0}\n");
  EXPECT_EQ(JsonLines(arrow::decimal128(20, 2), R"(["123456789012345678.90"])"),
            "{\"x\":\"123456789012345678.90\"}\n");
  EXPECT_EQ(CsvFields(arrow::float64(), "[1, -2.5, null, NaN, Inf, -Inf]"),
            "1.0\n-2.5\n\nnan\ninf\n-inf\n");
  EXPECT_EQ(CsvFields(arrow::boolean(), "[true, false, null]"), "true\nfalse\n\n");
}

TEST_F(WriteTextTest, DatesAndTimesAreIso8601) {
  using arrow::TimeUnit;
  EXPECT_EQ(CsvFields(arrow::date32(), "[0, -1, 19753, -719529, 2932897]"),
            "1970-01-01\n1969-12-31\n2024-01-31\n-0001-12-31\n+10000-01-01\n");
  EXPECT_EQ(CsvFields(arrow::timestamp(TimeUnit::SECOND), "[1706702400, -1]"),
            "2024-01-31T12:00:00\n1969-12-31T23:59:59\n");
  EXPECT_EQ(CsvFields(arrow::timestamp(TimeUnit::MICRO, "Europe/Berlin"), "[1706702400000005, -1]"),
            "2024-01-31T12:00:00.000005Z\n1969-12-31T23:59:59.999999Z\n");
  EXPECT_EQ(CsvFields(arrow::time64(TimeUnit::NANO), "[86399999999999]"), "23:59:59.999999999\n");
  EXPECT_EQ(CsvFields(arrow::time32(TimeUnit::MILLI), "[500]"), "00:00:00.500\n");
  EXPECT_EQ(CsvFields(arrow::duration(TimeUnit::MILLI), "[90500, -1]"), "PT90.500S\n-PT0.001S\n");
  EXPECT_EQ(JsonLines(arrow::date32(), "[19753, null]"), "{\"x\":\"2024-01-31\"}\n{\"x\":null}\n");
}

TEST_F(WriteTextTest, NestedValuesKeepTheirNullsAndSlices) {
  const auto type = arrow::list(arrow::struct_(
      {arrow::field("p", arrow::utf8()), arrow::field("q", arrow::list(arrow::int8()))}));
  const auto schema = arrow::schema({arrow::field("x", type)});
  const BatchPtr batch = MakeBatch(
      schema, {R"([[{"p": "a", "q": [1, null]}, null], [], null, [{"p": null, "q": null}]])"});
  Must(Write("a.jsonl", {batch->Slice(0, 1), batch->Slice(1)}));
  EXPECT_EQ(Must(ReadFile(Path("a.jsonl"))),
            "{\"x\":[{\"p\":\"a\",\"q\":[1,null]},null]}\n{\"x\":[]}\n{\"x\":null}\n"
            "{\"x\":[{\"p\":null,\"q\":null}]}\n");
  EXPECT_EQ(JsonLines(arrow::fixed_size_list(arrow::float32(), 2), "[[1, 2], null, [3, 4]]"),
            "{\"x\":[1.0,2.0]}\n{\"x\":null}\n{\"x\":[3.0,4.0]}\n");
  EXPECT_EQ(JsonLines(arrow::struct_({}), "[{}]"), "{\"x\":{}}\n");
}

TEST_F(WriteTextTest, JsonlReadsBackEqual) {
  const auto item = arrow::struct_(
      {arrow::field("p", arrow::utf8()), arrow::field("q", arrow::list(arrow::int64()))});
  const auto schema =
      arrow::schema({arrow::field("i", arrow::int64()), arrow::field("f", arrow::float64()),
                     arrow::field("b", arrow::boolean()), arrow::field("s", arrow::utf8()),
                     arrow::field("l", arrow::list(arrow::float64())), arrow::field("m", item)});
  const BatchPtr batch =
      MakeBatch(schema, {"[9007199254740993, null, -1]", "[0.1, 2, null]", "[true, null, false]",
                         R"(["\"\\\n\u0000\u2028", "", null])", "[[1, null], [], null]",
                         R"([{"p": "x", "q": [1]}, {"p": null, "q": null}, {"p": "", "q": []}])"});
  Must(Write("a.jsonl", {batch}));
  const auto rows = Must(Read(ReadJsonl({Path("a.jsonl")})));
  EXPECT_TRUE(rows->Equals(*Must(arrow::Table::FromRecordBatches({batch})))) << rows->ToString();
}

TEST_F(WriteTextTest, HostileTextsReadBackEqual) {
  for (const char* name : {"a.jsonl", "a.csv", "a.tsv", "a.csv.gz", "a.jsonl.zst"}) {
    const BatchPtr batch = Strings(HostileTexts());
    Must(Write(name, {batch}));
    const bool json = std::string(name).find("json") != std::string::npos;
    const char delimiter = std::string(name).ends_with("tsv") ? '\t' : ',';
    const auto rows = Must(
        Read(json ? ReadJsonl({Path(name)}) : ReadCsv({Path(name)}, {.delimiter = delimiter})));
    EXPECT_TRUE(rows->Equals(*Must(arrow::Table::FromRecordBatches({batch})))) << name;
  }
}

TEST_F(WriteTextTest, CsvQuotesOnlyWhatMustBeQuoted) {
  const auto schema =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("a,b", arrow::utf8()),
                     arrow::field("", arrow::utf8())});
  Must(Write("a.csv", {MakeBatch(schema, {"[1, null]", R"(["x y", null])", R"(["", "\"q\""])"})}));
  EXPECT_EQ(Must(ReadFile(Path("a.csv"))), "n,\"a,b\",\"\"\n1,x y,\"\"\n,,\"\"\"q\"\"\"\n");
}

TEST_F(WriteTextTest, DelimiterIsWhatTheCallerOrTheNameSays) {
  const auto schema =
      arrow::schema({arrow::field("f", arrow::float64()), arrow::field("s", arrow::utf8())});
  const BatchPtr batch = MakeBatch(schema, {"[1.5]", R"(["a;b,c\td"])"});
  RunContext run({.workers = 2});
  const auto write = [&](const std::string& name, CsvWriteOptions options) {
    Must(
        WriteFiles({{"t", SourceOf({batch})}}, {.path = Path(name)}, *MakeCsvFormat(options), run));
    return Must(ReadFile(Path(name)));
  };
  EXPECT_EQ(write("a.csv", {';'}), "f;s\n1.5;\"a;b,c\td\"\n");
  EXPECT_EQ(write("a.tsv", {}), "f\ts\n1.5\t\"a;b,c\td\"\n");
  EXPECT_EQ(write("a.tsv", {','}), "f,s\n1.5,\"a;b,c\td\"\n");
  EXPECT_EQ(write("b.csv", {'.'}), "f.s\n\"1.5\".a;b,c\td\n");
  for (const char bad : {'"', '\n', '\r', '\0', '\xe9'}) {
    const Status status =
        WriteFiles({{"t", SourceOf({batch})}}, {.path = Path("c.csv")}, *MakeCsvFormat({bad}), run)
            .status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
    EXPECT_THAT(status.message(), StartsWith("write.csv: delimiter must"));
  }
}

TEST_F(WriteTextTest, NaNHasOneFormWhateverItsSign) {
  arrow::DoubleBuilder builder;
  ASSERT_STATUS(builder.AppendValues({std::nan(""), -std::nan("")}));
  const auto schema = arrow::schema({arrow::field("x", arrow::float64())});
  Must(Write("nan.csv", {arrow::RecordBatch::Make(schema, 2, {Must(builder.Finish())})}));
  EXPECT_EQ(Must(ReadFile(Path("nan.csv"))), "x\nnan\nnan\n");
}

TEST_F(WriteTextTest, EqualRowsGiveEqualBytesForAnyWorkersAndBatches) {
  const BatchPtr rows = Messages(30'000);
  for (const char* name : {"a.jsonl", "a.jsonl.gz", "a.csv", "a.csv.zst", "a.csv.gz"}) {
    const std::string whole = Must(Write(name, {rows}, 1, 1))[0].file.sha256;
    for (const int workers : {2, 8}) {
      std::vector<BatchPtr> pieces;
      for (int64_t at = 0, size = 1; at < rows->num_rows();
           at += size, size = size * 3 % 7919 + 1) {
        pieces.push_back(rows->Slice(at, size));
      }
      const auto cut = Must(Write(name, pieces, 1, workers));
      EXPECT_EQ(cut[0].file.sha256, whole) << name;
      EXPECT_EQ(cut[0].file.sha256, Must(Sha256File(Path(name))));
    }
    const bool json = std::string(name).starts_with("a.jsonl");
    const auto read = Must(Read(json ? ReadJsonl({Path(name)}) : ReadCsv({Path(name)})));
    EXPECT_TRUE(read->Equals(*Must(arrow::Table::FromRecordBatches({rows})))) << name;
  }
}

TEST_F(WriteTextTest, FolderHoldsShardsCutByTheirTextAndAManifest) {
  const BatchPtr rows = Messages(5000);
  for (const char* name : {"out_jsonl", "out_csv"}) {
    const auto shards = Must(Write(name, {rows}, 300'000));
    ASSERT_GT(shards.size(), 3u);
    int64_t total = 0;
    for (const WrittenShard& shard : shards) {
      total += shard.file.rows;
      EXPECT_EQ(shard.file.sha256, Must(Sha256File(Path(name) + "/" + shard.file.name)));
      EXPECT_LT(shard.file.size, 301'000);
      EXPECT_TRUE(&shard == &shards.back() || shard.file.size >= 300'000);
    }
    EXPECT_EQ(total, 5000);
    const std::vector<BatchPtr> pieces = {rows->Slice(0, 17), rows->Slice(17)};
    const auto again = Must(Write(name, pieces, 300'000, 8));
    ASSERT_EQ(again.size(), shards.size());
    for (size_t i = 0; i < shards.size(); ++i) {
      EXPECT_EQ(again[i].file.sha256, shards[i].file.sha256);
    }
    const auto manifest = nlohmann::json::parse(Must(ReadFile(Path(name) + "/manifest.json")));
    EXPECT_EQ(manifest["shards"].size(), shards.size());
    EXPECT_EQ(manifest["shards"][1]["name"], shards[1].file.name);
    const bool json = std::string(name) == "out_jsonl";
    EXPECT_THAT(shards[0].file.name, ::testing::EndsWith(json ? ".jsonl" : ".csv"));
    const auto read = Must(Read(json ? ReadJsonl({Path(name)}) : ReadCsv({Path(name)})));
    EXPECT_TRUE(read->Equals(*Must(arrow::Table::FromRecordBatches({rows}))));
  }
}

TEST_F(WriteTextTest, NoRowsStillGiveAFile) {
  const BatchPtr none = Messages(0);
  EXPECT_EQ(Must(Write("out_jsonl", {none}))[0].file.name, "train-00000-of-00001.jsonl");
  Must(Write("a.csv", {none}));
  EXPECT_EQ(Must(ReadFile(Path("a.csv"))), "id,text,score\n");
  for (const char* name : {"a.jsonl", "a.jsonl.gz", "a.jsonl.zst"}) {
    Must(Write(name, {none}));
    EXPECT_EQ(Must(Read(ReadJsonl({Path(name)})))->num_rows(), 0);
  }
  EXPECT_GT(std::filesystem::file_size(Path("a.jsonl.gz")), 0u);
}

TEST_F(WriteTextTest, NumbersThatJsonLacksAreRefusedByColumnAndRow) {
  std::vector<BatchPtr> batches(3, Messages(1000));
  const auto schema = batches[0]->schema();
  batches[2] = arrow::RecordBatch::Make(
      schema, 1,
      {batches[0]->column(0)->Slice(0, 1), batches[0]->column(1)->Slice(0, 1),
       Must(arrow::json::ArrayFromJSONString(arrow::float64(), "[NaN]"))});
  const Status status = Write("a.jsonl", batches).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_EQ(status.message(), "write.jsonl: column `score`: JSON has no nan (row 2001)");
  const auto nested = arrow::list(arrow::struct_({arrow::field("m", arrow::float32())}));
  EXPECT_EQ(
      FailureOf("a.jsonl", arrow::schema({arrow::field("x", nested)}), {R"([[], [{"m": -Inf}]])"})
          .message(),
      "write.jsonl: column `x[].m`: JSON has no -inf (row 2)");
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(WriteTextTest, ColumnsThatAFormatCannotHoldAreUsageErrorsThatNameThem) {
  const auto column = [](const std::shared_ptr<arrow::DataType>& type) {
    return arrow::schema({arrow::field("x", type)});
  };
  const struct {
    const char* file;
    SchemaPtr schema;
    const char* message;
  } cases[] = {
      {"a.jsonl", column(arrow::binary()), "write.jsonl: column `x`: JSON cannot hold binary"},
      {"a.jsonl", column(arrow::list(arrow::binary())),
       "write.jsonl: column `x[]`: JSON cannot hold binary"},
      {"a.jsonl", column(arrow::map(arrow::utf8(), arrow::int64())),
       "write.jsonl: column `x`: JSON cannot hold map<string, int64>"},
      {"a.csv", column(arrow::list(arrow::int64())),
       "write.csv: column `x`: a field cannot hold list<item: int64>"},
      {"a.csv", column(arrow::struct_({arrow::field("p", arrow::int64())})),
       "write.csv: column `x`: a field cannot hold struct<p: int64>"},
      {"a.csv", column(arrow::binary()), "write.csv: column `x`: a field cannot hold binary"},
  };
  for (const auto& [file, schema, message] : cases) {
    const Status status = FailureOf(file, schema, {"[]"});
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
    EXPECT_EQ(status.message(), message);
  }
  const auto twice =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("n", arrow::int64())});
  EXPECT_EQ(FailureOf("a.csv", twice, {"[]", "[]"}).message(),
            "write.csv: two columns have one name: `n`");
  EXPECT_EQ(FailureOf("a.jsonl", twice, {"[]", "[]"}).message(),
            "write.jsonl: two columns have one name: `n`");
  EXPECT_EQ(FailureOf("a.csv", arrow::schema({}), {}).message(), "write.csv: no columns to write");
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(WriteTextTest, CsvRefusesWhatNoReaderWouldReadBack) {
  const auto schema = arrow::schema({arrow::field("s", arrow::utf8())});
  EXPECT_EQ(FailureOf("a.csv", schema, {R"(["a", null])"}).message(),
            "write.csv: column `s`: a null would be a blank line, which readers pass over (row 2)");
  EXPECT_EQ(FailureOf("a.csv", schema, {R"(["a\u0000"])"}).message(),
            "write.csv: column `s`: a NUL byte, which readers refuse (row 1)");
  EXPECT_EQ(Written("b.csv", arrow::int64(), "[1, null]"), "x\n1\n\"\"\n");
  EXPECT_EQ(Json(Must(Read(ReadCsv({Path("b.csv")})))), "[1,null]");
}

TEST_F(WriteTextTest, DictionariesAndExtensionTypesAreWrittenAsTheirValues) {
  const auto schema =
      arrow::schema({arrow::field("word", arrow::dictionary(arrow::int32(), arrow::utf8()))});
  const auto words = Must(
      arrow::json::DictArrayFromJSONString(schema->field(0)->type(), "[1, 0]", R"(["a", "b"])"));
  Must(Write("a.csv", {arrow::RecordBatch::Make(schema, 2, {words})}));
  EXPECT_EQ(Must(ReadFile(Path("a.csv"))), "word\nb\na\n");
}

TEST_F(WriteTextTest, PathThatEndsAsAnotherKindOfFileIsRefused) {
  for (const char* name :
       {"jsonl/a.json", "jsonl/a.csv", "csv/a.txt", "csv/a.parquet", "csv/a.gz"}) {
    const Status status = Write(name, {Messages(1)}).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage) << name;
    EXPECT_THAT(status.message(), HasSubstr("a path that ends as files of another kind do: "));
  }
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(WriteTextTest, TargetBelowAFileIsNamed) {
  Put("file", "");
  for (const char* name : {"file/out_jsonl", "file/out.csv"}) {
    const Status status = Write(name, {Messages(1)}).status();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(status.message(), HasSubstr(Path("file")));
  }
}

TEST_F(WriteTextTest, FileThatCannotGrowIsAnErrorThatNamesItAndLeavesNothing) {
  const BatchPtr rows = Messages(20'000);
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const rlimit limit{1 << 20, old_limit.rlim_max};
  auto* old_handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  const Status file = Write("a.jsonl", {rows}).status();
  const Status folder = Write("out_csv", {rows}).status();
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(KindOf(file), ErrorKind::kIo);
  EXPECT_THAT(file.message(), HasSubstr("a.jsonl"));
  EXPECT_EQ(KindOf(folder), ErrorKind::kIo);
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(WriteTextTest, CheckingWritesNothingAndSaysWhatItWouldDo) {
  RunContext check({.check_only = true});
  const auto plan = SourceOf({Messages(1)});
  Must(WriteFiles({{"train", plan}}, {.path = Path("a.csv")}, *MakeCsvFormat(), check));
  EXPECT_THAT(check.plans(), ElementsAre(HasSubstr("write.csv " + Path("a.csv"))));
  const auto binary = MakeBatch(arrow::schema({arrow::field("x", arrow::binary())}), {"[]"});
  EXPECT_FALSE(
      WriteFiles({{"train", SourceOf({binary})}}, {.path = Path("a.csv")}, *MakeCsvFormat(), check)
          .ok());
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(WriteTextTest, PythonReadsTheSame) {
  const auto schema =
      arrow::schema({arrow::field("i", arrow::int64()), arrow::field("f", arrow::float64()),
                     arrow::field("s", arrow::utf8())});
  const BatchPtr batch =
      MakeBatch(schema, {"[9007199254740993, 2]", "[0.1, null]", R"(["a,\"b\"\n\u2028\r\n", ""])"});
  for (const char* name : {"a.jsonl", "a.jsonl.gz", "a.jsonl.zst"}) {
    Must(Write(name, {batch}));
    EXPECT_EQ(Judge("judge_text.py", Path(name)),
              "{'i': 9007199254740993, 'f': 0.1, 's': 'a,\"b\"\\n\\u2028\\r\\n'}\n"
              "{'i': 2, 'f': None, 's': ''}\n"
              "pandas: {'i': [9007199254740993, 2], 'f': [0.1, nan], "
              "'s': ['a,\"b\"\\n\\u2028\\r\\n', '']}\n");
  }
  for (const char* name : {"a.csv", "a.tsv", "a.csv.gz", "a.csv.zst"}) {
    Must(Write(name, {batch}));
    EXPECT_EQ(Judge("judge_text.py", Path(name)),
              "['i', 'f', 's']\n"
              "['9007199254740993', '0.1', 'a,\"b\"\\n\\u2028\\r\\n']\n"
              "['2', '', '']\n"
              "pandas: {'i': [9007199254740993, 2], 'f': [0.1, nan], "
              "'s': ['a,\"b\"\\n\\u2028\\r\\n', nan]}\n");
  }
}

TEST_F(WriteTextTest, FolderIsADatasetToPython) {
  for (const char* name : {"out_jsonl", "out_csv"}) {
    const auto schema = arrow::schema({arrow::field("n", arrow::int64())});
    Must(Write(name, {MakeBatch(schema, {"[1, 2]"})}));
    EXPECT_EQ(Judge("judge_folder.py", Path(name)), "train: [{'n': 1}, {'n': 2}]\n");
  }
}

TEST_F(WriteTextTest, LinesComeBackAsTheyWere) {
  const auto schema =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("s", arrow::utf8())});
  const auto rows = MakeBatch(schema, {"[1, 2, 3, 4]", R"(["a", "", " \"b,\r c\" ", "é😀"])"});
  for (const char* name : {"lines.txt", "lines.txt.gz", "lines.txt.zst"}) {
    Must(Write(name, {rows}));
    const auto read = Must(Read(ReadText({Path(name)})));
    EXPECT_TRUE(read->column(0)->chunk(0)->Equals(rows->column(1))) << name;
  }
  EXPECT_EQ(Must(ReadFile(Path("lines.txt"))), "a\n\n \"b,\r c\" \né😀\n");
}

TEST_F(WriteTextTest, WhatALineCannotHoldIsRefusedWithItsRow) {
  const auto schema = arrow::schema({arrow::field("s", arrow::utf8())});
  for (const auto& [json, what] : std::vector<std::pair<std::string, std::string>>{
           {R"(["a", "b\nc"])", "a line break"},
           {R"(["a", "b\r"])", "a line break"},
           {R"(["a", "\ufeffb"])", "a byte order mark"},
           {R"(["a", null])", "a null"}}) {
    const Status status = FailureOf("lines.txt", schema, {json});
    EXPECT_EQ(KindOf(status), ErrorKind::kData);
    EXPECT_THAT(status.message(), HasSubstr("column `s`: " + what + ", which a line cannot hold"));
    EXPECT_THAT(status.message(), HasSubstr("(row 2)"));
  }
  const auto number = arrow::schema({arrow::field("s", arrow::int64())});
  EXPECT_EQ(KindOf(FailureOf("lines.txt", number, {"[1]"})), ErrorKind::kUsage);
  RunContext run({});
  const auto two = SourceOf({Strings({"a"})});
  const auto write = [&](const std::string& column) {
    return WriteFiles({{"t", two}}, {.path = Path("b.txt")}, *MakeTextFormat(column), run).status();
  };
  EXPECT_THAT(write("").message(), HasSubstr("which of 2 columns is the text?"));
  EXPECT_THAT(write("t").message(), HasSubstr("no column `t`"));
}

}  // namespace
}  // namespace tideway::dataset
