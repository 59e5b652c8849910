#include <gmock/gmock.h>
#include <sys/fsuid.h>

#include <random>

#include "core/base/hash.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::HasSubstr;

class CsvSourceTest : public SourceTest {
 protected:
  Result<TablePtr> ReadText(const std::string& text, CsvReadOptions options = {}) {
    return Read(ReadCsv({Put("a.csv", text)}, std::move(options)));
  }
  std::string TypeOf(const std::string& cells) {
    std::string text = "n,x\n";
    for (const char c : cells + "\n") text += c == '\n' ? std::string(",1\n") : std::string(1, c);
    return Must(ReadText(text))->schema()->field(0)->type()->ToString();
  }
  // Reading `text` fails with a data error that holds "a.csv:<line>: " and `what`.
  void ExpectBroken(const std::string& text, int line, const std::string& what,
                    CsvReadOptions options = {}) {
    const Status status = ReadText(text, std::move(options)).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kData) << status.ToString();
    EXPECT_THAT(status.message(), HasSubstr("a.csv:" + std::to_string(line) + ": "));
    EXPECT_THAT(status.message(), HasSubstr(what));
  }
};

TEST_F(CsvSourceTest, HeaderNamesTheColumns) {
  const auto rows = Must(ReadText("id,text\n1,one\n2,two\n"));
  EXPECT_EQ(rows->schema()->ToString(), "id: int64\ntext: string");
  EXPECT_EQ(Json(rows, 0), "[1,2]");
  EXPECT_EQ(Json(rows, 1), R"(["one","two"])");
}

TEST_F(CsvSourceTest, QuotedFieldsKeepDelimitersNewlinesAndQuotes) {
  const auto rows = Must(ReadText("a,b\r\n\"x,\"\"y\"\"\r\nz\",1\r\n\"\",2\r\n"));
  EXPECT_EQ(Must(rows->column(0)->GetScalar(0))->ToString(), "x,\"y\"\r\nz");
  EXPECT_EQ(Must(rows->column(0)->GetScalar(1))->ToString(), "");
  EXPECT_EQ(Json(rows, 1), "[1,2]");
}

TEST_F(CsvSourceTest, MarkBlankLinesAndMissingLastNewlineAreNoRows) {
  EXPECT_EQ(Json(Must(ReadText("\xef\xbb\xbf\na,b\n\n1,2\r\n\r\n3,4"))), "[1,3]");
}

TEST_F(CsvSourceTest, TypesAreThoseThatAllCellsFit) {
  EXPECT_EQ(TypeOf("1\n-2\n"), "int64");
  EXPECT_EQ(TypeOf("9223372036854775807\n-9223372036854775808"), "int64");
  EXPECT_EQ(TypeOf("1\n2.5\n.5\n1e3"), "double");
  EXPECT_EQ(TypeOf("1.0"), "double");
  EXPECT_EQ(TypeOf("-0"), "double");
  EXPECT_EQ(TypeOf("true\nFalse"), "bool");
  EXPECT_EQ(TypeOf("\"1\"\n2"), "int64");
  EXPECT_EQ(TypeOf("1\n\n2"), "int64");
}

TEST_F(CsvSourceTest, CellsThatAnyNumberWouldChangeStayText) {
  for (const char* cells :
       {"007", "+977", "1 ", "0x10", "1,5", "9223372036854775808", "1e999", "nan", "inf", "1_000",
        "2024-01-01", "9007199254740993\n1.5", "1\ntrue", "-", ".", "e5", "5."}) {
    const bool comma = std::string(cells).find(',') != std::string::npos;
    EXPECT_EQ(TypeOf(comma ? "\"" + std::string(cells) + "\"" : cells), "string") << cells;
  }
}

TEST_F(CsvSourceTest, TypeOfTheLastRowOfALargeFileCounts) {
  std::string text = "n,m\n";
  for (int i = 0; i < 400'000; ++i) text += std::to_string(i) + ",1234567890\n";
  const auto numbers = Must(ReadText(text));
  EXPECT_EQ(numbers->schema()->field(0)->type()->ToString(), "int64");
  const auto values = std::static_pointer_cast<arrow::Int64Array>(numbers->column(0)->chunk(0));
  for (int64_t i = 0; i < 400'000; ++i) ASSERT_EQ(values->Value(i), i);
  EXPECT_EQ(Must(ReadText(text + "x,1\n"))->schema()->field(0)->type()->ToString(), "string");
}

TEST_F(CsvSourceTest, EmptyCellIsNullButAQuotedOneIsAnEmptyString) {
  const auto rows = Must(ReadText("s,n,e\n,,\n\"\",\"\",\nx,1,\n"));
  EXPECT_EQ(rows->schema()->ToString(), "s: string\nn: int64\ne: string");
  EXPECT_EQ(Json(rows, 0), R"([null,"","x"])");
  EXPECT_EQ(Json(rows, 1), "[null,null,1]");
  EXPECT_EQ(Json(rows, 2), "[null,null,null]");
}

TEST_F(CsvSourceTest, NullSpellingsAreAnOption) {
  const auto rows = Must(ReadText("s,n\nNA,NA\n\"NA\",2\n", {.nulls = {"NA"}}));
  EXPECT_EQ(Json(rows, 0), R"([null,"NA"])");
  EXPECT_EQ(Json(rows, 1), "[null,2]");
}

TEST_F(CsvSourceTest, DeclaredTypesWin) {
  const auto rows = Must(ReadText(
      "zip,n,day,at\n01234,1,2024-02-29,2024-02-29 12:00:00\n",
      {.types = {
           {"zip", "string"}, {"n", "float32"}, {"day", "date32"}, {"at", "timestamp[us]"}}}));
  EXPECT_EQ(rows->schema()->ToString(),
            "zip: string\nn: float\nday: date32[day]\nat: timestamp[us]");
  EXPECT_EQ(Json(rows, 2), "[2024-02-29]");
}

TEST_F(CsvSourceTest, ValueThatIsNotOfTheDeclaredTypeNamesLineColumnValueAndRemedy) {
  for (const char* type : {"int64", "int8", "timestamp[us]"}) {
    ExpectBroken("m,n\n1,\n2,abc\n", 3, "column `n`: \"abc\" is no", {.types = {{"n", type}}});
  }
  const Status status = ReadText("n\nabc\n", {.types = {{"n", "int64"}}}).status();
  EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr("types = { [\"n\"] = \"string\" }"));
}

TEST_F(CsvSourceTest, DeclaredColumnOrTypeThatDoesNotExistIsASuggestion) {
  const Status column = ReadText("text\nx\n", {.types = {{"txt", "string"}}}).status();
  EXPECT_EQ(KindOf(column), ErrorKind::kUsage);
  EXPECT_THAT(column.message(), HasSubstr("did you mean `text`?"));
  const Status type = ReadText("n\n1\n", {.types = {{"n", "int46"}}}).status();
  EXPECT_EQ(KindOf(type), ErrorKind::kUsage);
  EXPECT_THAT(type.message(), HasSubstr("types: `n`: unknown type `int46`"));
}

TEST_F(CsvSourceTest, FilesWithoutHeaderTakeTheirNamesFromColumns) {
  const auto rows =
      Must(ReadText("1;x\n2;y\n", {.delimiter = ';', .header = false, .columns = {"n", "s"}}));
  EXPECT_EQ(Json(rows, 0), "[1,2]");
  EXPECT_EQ(KindOf(ReadText("1\n", {.header = false}).status()), ErrorKind::kUsage);
  EXPECT_EQ(KindOf(ReadText("1\n", {.columns = {"n"}}).status()), ErrorKind::kUsage);
  EXPECT_EQ(KindOf(ReadText("1\n", {.delimiter = '"'}).status()), ErrorKind::kUsage);
}

TEST_F(CsvSourceTest, ColumnsOfSeveralFilesAreMatchedByName) {
  const auto a = Put("a.csv", "x,y\n1,one\n");
  const auto b = Put("b.csv", "z,x\ntrue,2.5\n");
  const auto rows = Must(Read(ReadCsv({a, b})));
  EXPECT_EQ(rows->schema()->ToString(), "x: double\ny: string\nz: bool");
  EXPECT_EQ(Json(rows, 0), "[1,2.5]");
  EXPECT_EQ(Json(rows, 1), R"(["one",null])");
  EXPECT_EQ(Json(rows, 2), "[null,true]");
}

TEST_F(CsvSourceTest, FilesNamedTsvAreCutAtTabsUnlessADelimiterIsGiven) {
  Put("a.csv", "n,s\n1,x\n");
  Put("b.tsv", "n\ts\n2\ty,z\n");
  const auto rows = Must(Read(ReadCsv({folder_})));
  EXPECT_EQ(Json(rows, 0), "[1,2]");
  EXPECT_EQ(Json(rows, 1), R"(["x","y,z"])");
  Put("c.tsv", "n\ts\n1\tx\n");
  EXPECT_EQ(Must(Read(ReadCsv({Path("c.tsv")}, {.delimiter = ','})))->num_columns(), 1);
}

TEST_F(CsvSourceTest, FileThatWasRenamedToTsvIsAnotherInput) {
  RunContext run({});
  const auto csv = Put("a.csv", "n,s\n1,x\n");
  const auto tsv = Put("a.tsv", "n,s\n1,x\n");
  EXPECT_NE(Must(ReadCsv({csv})->Identity(run)), Must(ReadCsv({tsv})->Identity(run)));
}

TEST_F(CsvSourceTest, HeaderAloneHasColumnsAndNoRows) {
  const auto rows = Must(ReadText("a,b\n"));
  EXPECT_EQ(rows->num_rows(), 0);
  EXPECT_EQ(rows->schema()->ToString(), "a: string\nb: string");
}

TEST_F(CsvSourceTest, EmptyFileIsRefused) {
  for (const char* text : {"", "\n\r\n", "\xef\xbb\xbf"}) {
    const Status status = ReadText(text).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kData);
    EXPECT_THAT(status.message(), HasSubstr("not even a header"));
  }
}

TEST_F(CsvSourceTest, RecordsOfOtherLengthAreRefusedWithFileAndLine) {
  ExpectBroken("a,b\n1,2\n\n\"3\n\",4\n5\n", 6, "1 field where there are 2 columns");
  ExpectBroken("a,b\n1,2,3\n", 2, "3 fields where there are 2 columns");
  ExpectBroken("a,b\n1,2\n3\n", 3, "1 field", {.types = {{"a", "string"}, {"b", "string"}}});
}

TEST_F(CsvSourceTest, QuoteThatIsNotClosedIsRefusedWhereItOpens) {
  ExpectBroken("a,b\n1,2\n3,\"four\n5,6\n7,8\n", 3, "quote that opens here is not closed");
}

TEST_F(CsvSourceTest, StrayQuotesAreRefused) {
  ExpectBroken("a,b\n5\" disk,2\n", 2, "quote inside an unquoted field");
  ExpectBroken("a,b\n\"x\"y,2\n", 2, "text after the closing quote");
}

TEST_F(CsvSourceTest, LoneCarriageReturnIsRefused) {
  ExpectBroken("a,b\n1,2\r3,4\n", 2, "carriage return");
}

TEST_F(CsvSourceTest, NulBytesAndForeignEncodingsAreRefused) {
  ExpectBroken(std::string("a,b\n1,2\nx\0y,2\n", 15), 3, "NUL byte");
  ExpectBroken("a,b\n1,2\ncaf\xe9,2\n", 3, "not UTF-8");
}

TEST_F(CsvSourceTest, TwoColumnsOfOneNameAreRefused) {
  ExpectBroken("a,b,a\n1,2,3\n", 1, "two columns have one name: `a`");
}

TEST_F(CsvSourceTest, RecordAcrossManyBlocksIsOneRecord) {
  const std::string big(9 << 20, 'x');
  const auto rows = Must(ReadText("a,b\n1,\"" + big + "\n,\"\n2,y\n"));
  EXPECT_EQ(Json(rows, 0), "[1,2]");
  EXPECT_EQ(Must(rows->column(1)->GetScalar(0))->ToString().size(), big.size() + 2);
}

TEST_F(CsvSourceTest, RecordWithoutAnEndIsRefusedInsteadOfFillingTheMemory) {
  ExpectBroken("a,b\n1,2\n3,\"" + std::string(70 << 20, 'x'), 3, "more than 64 MiB");
  ExpectBroken("a,b\n1,2\n\"3\n\",\"" + std::string(70 << 20, '\n'), 4,
               "more than 64 MiB: the quote that opens here is not closed");
  ExpectBroken("a,b\n1,2\n" + std::string(70 << 20, 'x'), 3, "more than 64 MiB");
}

TEST_F(CsvSourceTest, QuoteThatALaterOneClosesIsNamedByTheLineWhereItOpens) {
  ExpectBroken("a,b\n1,\"x\n2,y\n3,\"z\"\n", 4,
               "text after the closing quote of a field that opens in line 2");
}

TEST_F(CsvSourceTest, WhateverIsQuotedComesBackAsItWas) {
  std::mt19937_64 random(3);
  const std::string alphabet[] = {"a", "\"", ",", "\n", "\r", "\r\n", "é", " ", "", "\"\"", "😀"};
  std::string text = "a,b\n";
  std::vector<std::string> expected;
  for (int row = 0; row < 3000; ++row) {
    for (int column = 0; column < 2; ++column) {
      std::string cell;
      std::string quoted;
      for (uint64_t length = random() % 6; length > 0; --length) {
        cell += alphabet[random() % std::size(alphabet)];
      }
      for (const char c : cell) quoted += c == '"' ? "\"\"" : std::string(1, c);
      text += "\"" + quoted + (column == 0 ? "\"," : random() % 2 ? "\"\n" : "\"\r\n");
      expected.push_back(cell);
    }
  }
  const auto rows = Must(ReadText(text, {.types = {{"a", "string"}, {"b", "string"}}}));
  ASSERT_EQ(rows->num_rows() * 2, static_cast<int64_t>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto& chunk = *rows->column(static_cast<int>(i % 2))->chunk(0);
    ASSERT_EQ(static_cast<const arrow::StringArray&>(chunk).GetView(static_cast<int64_t>(i / 2)),
              expected[i]);
  }
}

TEST_F(CsvSourceTest, DamagedTextIsReadOrRefusedAsData) {
  const std::string good =
      "id,text,n\r\n1,\"a \"\"b\"\"\n c\",1.5\r\n2,plain,\r\n\"3\",é,-7\r\n4,,true\r\n";
  std::mt19937_64 random(11);
  for (int i = 0; i < 2000; ++i) {
    const Status status = ReadText(Damage(good, random)).status();
    EXPECT_TRUE(status.ok() || KindOf(status) == ErrorKind::kData) << status.ToString();
  }
}

TEST_F(CsvSourceTest, RowsAreKnownAndInputsAreRecorded) {
  const auto path = Put("a.csv", "a\n1\n2\n");
  const NodePtr node = ReadCsv({path});
  RunContext run({.workers = 2});
  EXPECT_EQ(Must(node->KnownRows(run)), 2);
  Must(Read(node, run));
  ASSERT_EQ(run.inputs().size(), 1u);
  EXPECT_EQ(run.inputs()[0].rows, 2);
  EXPECT_EQ(run.inputs()[0].bytes, 6);
  EXPECT_EQ(run.inputs()[0].hash, "sha256:" + Must(Sha256File(path)));
}

TEST_F(CsvSourceTest, IdentityDependsOnContentsAndOptions) {
  RunContext run({});
  const auto path = Put("a.csv", "a\n1\n");
  const auto plain = Must(ReadCsv({path})->Identity(run));
  EXPECT_EQ(plain, Must(ReadCsv({path})->Identity(run)));
  EXPECT_NE(plain, Must(ReadCsv({path}, {.types = {{"a", "string"}}})->Identity(run)));
  EXPECT_NE(plain, Must(ReadCsv({path}, {.nulls = {"1"}})->Identity(run)));
}

TEST_F(CsvSourceTest, QuotedEmptyCellIsAValueInEveryTypeOfTextAndBytes) {
  for (const char* type : {"string", "large_string", "binary"}) {
    const auto rows = Must(ReadText("a,b\n\"\",1\n,2\n", {.types = {{"a", type}}}));
    EXPECT_FALSE(rows->column(0)->chunk(0)->IsNull(0)) << type;
    EXPECT_TRUE(rows->column(0)->chunk(0)->IsNull(1)) << type;
  }
}

TEST_F(CsvSourceTest, ValueInAMessageIsCutAtACharacter) {
  std::string value(79, 'x');
  for (int i = 0; i < 20; ++i) value += "é";
  const Status status = ReadText("a\n" + value + "\n", {.types = {{"a", "int64"}}}).status();
  EXPECT_THAT(status.message(), HasSubstr("\"" + std::string(79, 'x') + "\" is no int64"));
}

TEST_F(CsvSourceTest, FolderWithGlobCharactersInItsNameStandsForItself) {
  std::filesystem::create_directory(Path("run1"));
  std::filesystem::create_directory(Path("run[1]"));
  Put("run1/a.csv", "a\n1\n");
  Put("run[1]/a.csv", "a\n2\n3\n");
  EXPECT_EQ(Must(Read(ReadCsv({Path("run[1]")})))->num_rows(), 2);
}

// What this thread does to files, it does as nobody.
class AsNobody {
 public:
  AsNobody() { setfsuid(65534); }
  ~AsNobody() { setfsuid(geteuid()); }
};

TEST_F(CsvSourceTest, FolderOrFileThatCannotBeReadIsAnErrorAndNotLeftOut) {
  namespace fs = std::filesystem;
  fs::permissions(folder_, fs::perms::all);
  for (const char* name : {"a", "b", "c"}) {
    fs::create_directory(Path(name));
    Put(std::string(name) + "/x.csv", "a\n1\n");
  }
  for (const fs::perms perms : {fs::perms::none, fs::perms::others_read}) {
    fs::permissions(Path("b"), perms);
    const bool listed = perms != fs::perms::none;
    for (const char* pattern : {"*/*.csv", "**/*.csv", "*/x.csv", "**/x.csv"}) {
      if (listed && std::string(pattern).ends_with("*.csv")) continue;
      const AsNobody nobody;
      RunContext run({});
      const Status status = ReadCsv({Path(pattern)})->schema(run).status();
      EXPECT_EQ(KindOf(status), ErrorKind::kIo) << pattern << ": " << status.ToString();
      EXPECT_THAT(status.message(),
                  HasSubstr("read.csv: cannot read folder: permission denied: " + Path("b")))
          << pattern;
    }
  }
  fs::permissions(Path("b"), fs::perms::all);
  fs::permissions(Path("b/x.csv"), fs::perms::none);
  {
    const AsNobody nobody;
    RunContext run({});
    const Status status = ReadCsv({Path("*/x.csv")})->schema(run).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kIo) << status.ToString();
    EXPECT_THAT(status.message(),
                HasSubstr("read.csv: cannot read: permission denied: " + Path("b/x.csv")));
  }
  EXPECT_EQ(Must(Read(ReadCsv({Path("**/*.csv")})))->num_rows(), 3);
  EXPECT_EQ(KindOf(Read(ReadCsv({Path("nowhere/*/*.csv")})).status()), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace tideway::dataset
