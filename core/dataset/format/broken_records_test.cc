// Records that are dropped instead of refused: which, how they are counted, and that what is left
// decides the types.
#include <gmock/gmock.h>

#include <random>

#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class BrokenRecordsTest : public SourceTest {
 protected:
  using Counts = std::map<std::string, int64_t>;
  struct Outcome {
    TablePtr rows;
    Counts dropped;
    int64_t rows_in = 0;
  };
  static Outcome Drop(const NodePtr& node, int64_t memory_bytes = 512 << 20, int workers = 2) {
    RunContext run({.workers = workers, .memory_bytes = memory_bytes});
    EXPECT_EQ(Must(node->KnownRows(run)), std::nullopt);
    Outcome outcome{Must(Read(node, run)), {}, 0};
    const auto steps = run.steps();
    EXPECT_EQ(steps.size(), 1u);
    if (steps.empty()) return outcome;
    EXPECT_EQ(steps[0].rows_out, outcome.rows->num_rows());
    outcome.dropped = steps[0].dropped;
    outcome.rows_in = steps[0].rows_in;
    return outcome;
  }
  NodePtr Csv(const std::string& text, CsvReadOptions options = {}) {
    options.broken = BrokenRecords::kDrop;
    return ReadCsv({Put("a.csv", text)}, std::move(options));
  }
  NodePtr Jsonl(const std::string& text) {
    return ReadJsonl({Put("a.jsonl", text)}, BrokenRecords::kDrop);
  }
};

TEST_F(BrokenRecordsTest, CsvRecordsWithOtherNumbersOfFieldsAreDroppedAndCounted) {
  const auto outcome = Drop(Csv("a,b\n1,2\n3\n4,5,6\n7,8\n"));
  EXPECT_EQ(Json(outcome.rows), "[1,7]");
  EXPECT_THAT(outcome.dropped, ElementsAre(Pair("wrong number of fields", 2)));
  EXPECT_EQ(outcome.rows_in, 4);
}

TEST_F(BrokenRecordsTest, DroppedCsvRecordsDoNotDecideTypes) {
  const auto outcome = Drop(Csv("a,b\n1,2\nx\n3,4\ny,z,w\n"));
  EXPECT_EQ(outcome.rows->schema()->ToString(), "a: int64\nb: int64");
  const auto declared = Drop(Csv("a,b\n1,2\nx,oops\n", {.types = {{"b", "int8"}}}));
  EXPECT_EQ(declared.rows->schema()->ToString(), "a: int64\nb: int8");
  EXPECT_THAT(declared.dropped, ElementsAre(Pair("b is no int8", 1)));
}

TEST_F(BrokenRecordsTest, CsvValuesThatAreNotOfTheirDeclaredTypeDropTheirRecords) {
  for (const char* type : {"int64", "int8", "float32"}) {
    const auto outcome =
        Drop(Csv("n,s\n1,a\nx,b\n2,c\n,d\ny,e\n", {.types = {{"n", type}, {"s", "string"}}}));
    EXPECT_EQ(Json(outcome.rows, 1), R"(["a","c","d"])") << type;
    EXPECT_EQ(outcome.dropped.begin()->second, 2) << type;
  }
}

TEST_F(BrokenRecordsTest, CsvGoesOnWithTheNextLineAfterAQuoteOutOfPlace) {
  const auto outcome = Drop(Csv("a,b\n5\" disk,2\n\"x\"y,3\n4,\"f\nour\"\n1,2\r3\n6,7\n"));
  EXPECT_EQ(Json(outcome.rows), "[4,6]");
  EXPECT_THAT(outcome.dropped,
              ElementsAre(Pair("carriage return out of place", 1), Pair("quote out of place", 2)));
}

TEST_F(BrokenRecordsTest, CsvRecordsThatAreNoTextAreDropped) {
  const auto outcome = Drop(Csv(std::string("a,b\n1,\xff\n2,\0\n3,x\n", 16)));
  EXPECT_EQ(Json(outcome.rows), "[3]");
  EXPECT_THAT(outcome.dropped, ElementsAre(Pair("NUL byte", 1), Pair("not UTF-8", 1)));
}

TEST_F(BrokenRecordsTest, QuoteThatIsNeverClosedStaysAnErrorWhereItOpens) {
  for (const char* end : {"", "5,6\n7,8\n"}) {
    const Status status = Read(Csv("a,b\n1\n3,\"four\n" + std::string(end))).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kData);
    EXPECT_THAT(status.message(), HasSubstr("a.csv:3: the quote that opens here is not closed"));
  }
}

TEST_F(BrokenRecordsTest, BrokenCsvHeaderStaysAnError) {
  EXPECT_EQ(KindOf(Read(Csv("a,b\"\n1,2\n")).status()), ErrorKind::kData);
  EXPECT_EQ(KindOf(Read(Csv("a,\xff\n1,2\n")).status()), ErrorKind::kData);
}

TEST_F(BrokenRecordsTest, TypeThatNoFieldCanHoldIsNoFaultOfTheRecords) {
  const Status status = Read(Csv("a\n1\n", {.types = {{"a", "list<item: int64>"}}})).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage) << status.ToString();
}

TEST_F(BrokenRecordsTest, CsvIsCutIntoTheSameRecordsWhereverItsBlocksEnd) {
  std::mt19937_64 random(5);
  const std::string parts[] = {"1", "\"",       ",",    "\n",  "\r\n",
                               "x", "\"a\nb\"", "\"\"", ",\n", "\xff"};
  int read = 0;
  for (int i = 0; i < 60; ++i) {
    std::string text = "a,b\n";
    while (text.size() < 300'000) {
      for (int j = 0; j < 12; ++j) text += parts[random() % std::size(parts)];
      text += random() % 50 == 0 ? "\n1,2\n" : "\n";
    }
    const NodePtr node = Csv(text, {.types = {{"a", "string"}, {"b", "int64"}}});
    RunContext whole({.workers = 2});
    RunContext cut({.workers = 2, .memory_bytes = 1 << 20});  // blocks of 64 KiB
    const auto rows = Read(node, whole);
    const auto again = Read(node, cut);
    ASSERT_EQ(rows.ok(), again.ok());
    if (!rows.ok()) continue;
    ++read;
    EXPECT_TRUE((*rows)->Equals(**again));
    EXPECT_EQ(whole.steps()[0].dropped, cut.steps()[0].dropped);
  }
  EXPECT_GT(read, 5);
}

TEST_F(BrokenRecordsTest, BrokenJsonLinesAreDroppedByReason) {
  const auto outcome =
      Drop(Jsonl("{\"a\": 1}\n{\"a\": \n[1]\n\n{\"a\": 2, \"a\": 3}\n{\"b\": [1, \"x\"]}\n"
                 "{\"a\": 9223372036854775808}\n{\"a\": \"\xff\"}\n{\"a\": 4}\n"));
  EXPECT_EQ(outcome.rows->schema()->ToString(), "a: int64");
  EXPECT_EQ(Json(outcome.rows), "[1,4]");
  EXPECT_THAT(outcome.dropped, ElementsAre(Pair("JSON without a type", 3), Pair("broken JSON", 2),
                                           Pair("no JSON object", 1)));
}

TEST_F(BrokenRecordsTest, JsonLinesThatAreKeptHaveTheTypesTheyAlwaysHave) {
  const std::string text =
      "{\"n\": null, \"l\": [], \"m\": {\"x\": 1}}\n{\"l\": [{\"p\": 1}], \"m\": {\"y\": [1.5]}}\n"
      "{\"n\": \"s\", \"l\": [null, {\"q\": [[]]}], \"m\": null, \"f\": 1}\n{\"f\": 0.5}\n";
  const auto kept = Drop(Jsonl(text));
  EXPECT_TRUE(kept.rows->Equals(*Must(Read(ReadJsonl({Put("b.jsonl", text)})))));
  EXPECT_TRUE(kept.dropped.empty());
}

TEST_F(BrokenRecordsTest, TwoKindsOfValueInTwoLinesStayAnErrorWithBothPlaces) {
  const Status status = Read(Jsonl("{\"a\": 1}\n{\n{\"a\": \"x\"}\n")).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_THAT(status.message(), HasSubstr("a.jsonl:3: `a`: a string where "));
  EXPECT_THAT(status.message(), HasSubstr("a.jsonl:1 has a number"));
}

TEST_F(BrokenRecordsTest, DeepJsonIsDropped) {
  const std::string deep(100'000, '[');
  const auto outcome =
      Drop(Jsonl("{\"a\": " + deep + "\n{\"a\": 1}\n{\"a\": " + std::string(40, '[') +
                 std::string(40, ']') + "}\n"));
  EXPECT_EQ(Json(outcome.rows), "[1]");
}

TEST_F(BrokenRecordsTest, LinesThatAreNotUtf8AreDropped) {
  const auto outcome = Drop(ReadText({Put("a.txt", "one\n\xff\n\ntwo")}, BrokenRecords::kDrop));
  EXPECT_EQ(Json(outcome.rows), R"(["one","","two"])");
  EXPECT_THAT(outcome.dropped, ElementsAre(Pair("not UTF-8", 1)));
}

TEST_F(BrokenRecordsTest, CountsDoNotDependOnTheNumberOfWorkers) {
  std::string text = "a,b\n";
  for (int i = 0; i < 200'000; ++i) text += i % 7 == 0 ? "1\n" : std::to_string(i) + ",x\n";
  const auto one = Drop(Csv(text), 64 << 20, 1);
  const auto many = Drop(Csv(text), 64 << 20, 8);
  EXPECT_TRUE(one.rows->Equals(*many.rows));
  EXPECT_EQ(one.dropped, many.dropped);
  EXPECT_EQ(one.rows_in, 200'000);
}

TEST_F(BrokenRecordsTest, RefusingAndDroppingAreTwoInputs) {
  RunContext run({});
  const auto path = Put("a.csv", "a\n1\n");
  EXPECT_NE(Must(ReadCsv({path})->Identity(run)),
            Must(ReadCsv({path}, {.broken = BrokenRecords::kDrop})->Identity(run)));
}

TEST_F(BrokenRecordsTest, DamagedTextIsReadWhereverTheDamageIsInOneRecord) {
  const std::string csv = "id,text,n\r\n1,\"a \"\"b\"\"\n c\",1.5\r\n2,plain,\r\n\"3\",é,-7\r\n";
  const std::string json = "{\"id\": 1, \"m\": {\"x\": [1.5]}}\n{\"id\": 2, \"m\": null}\n";
  std::mt19937_64 random(11);
  for (int i = 0; i < 1000; ++i) {
    for (const NodePtr& node : {Csv(Damage(csv, random)), Jsonl(Damage(json, random))}) {
      const Status status = Read(node).status();
      EXPECT_TRUE(status.ok() || KindOf(status) == ErrorKind::kData) << status.ToString();
    }
  }
}

}  // namespace
}  // namespace tideway::dataset
