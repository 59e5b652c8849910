// What every member promises about Insert(): all rows or none, by name, nothing lost on the way.
#include <arrow/api.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/dataset/features.h"
#include "core/dataset/testing_internal.h"
#include "core/sql/backend_test.h"

namespace tideway::sql {
namespace {

using dataset::NodePtr;
using dataset::SchemaPtr;
using dataset::testing::BatchSource;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Conflict = InsertSpec::Conflict;

NodePtr Plan(const SchemaPtr& schema, const std::vector<std::string>& columns) {
  return std::make_shared<BatchSource>(
      schema, std::vector<dataset::BatchPtr>{dataset::testing::Rows(schema, columns)});
}

NodePtr Ids(const std::string& ids) {
  return Plan(arrow::schema({arrow::field("id", arrow::int64())}), {ids});
}

// ids and messages
NodePtr Messages(const std::string& ids, const std::string& messages) {
  return Plan(
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("message", arrow::utf8())}),
      {ids, messages});
}

// A batch of rows, then a failure.
NodePtr Failing() {
  const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  const auto batch = dataset::testing::Rows(schema, {"[7, 8]"});
  auto plan = std::make_shared<BatchSource>(schema, std::vector{batch, batch, batch});
  plan->fail_at = 2;
  return plan;
}

class SqlInsert : public testing::TestWithParam<BackendFactory>, public SqlTest {
 protected:
  SqlInsert() : SqlTest(GetParam().make()), writable_(Connect({.read_only = false})) {}

  Result<int64_t> Insert(const NodePtr& plan, InsertSpec spec = {}) {
    if (spec.table.empty()) spec.table = "t";
    return sql::Insert(writable_, spec, plan, run());
  }
  // How many rows were written; fails the test on an error.
  int64_t MustInsert(const NodePtr& plan, const InsertSpec& spec = {}) {
    auto rows = Insert(plan, spec);
    EXPECT_TRUE(rows.ok()) << rows.status().ToString();
    return rows.ValueOr(-1);
  }
  // What a fresh connection sees.
  std::vector<std::string> Table(const std::string& sql = "SELECT * FROM t ORDER BY 1") {
    const auto reader = Connect();
    auto rows = Rows(Query(reader, {.sql = sql}));
    EXPECT_TRUE(rows.ok()) << rows.status().ToString();
    return rows.ValueOr({});
  }
  void ExpectFailure(const Result<int64_t>& rows, ErrorKind kind, const std::string& text) {
    ASSERT_FALSE(rows.ok());
    EXPECT_EQ(ErrorKindName(KindOf(rows.status())), ErrorKindName(kind))
        << rows.status().ToString();
    EXPECT_THAT(ErrorText(rows.status()), HasSubstr(text));
  }
  bool postgres() const { return writable_->uri().starts_with("postgresql"); }
  const DatabasePtr& writable() { return writable_; }

 private:
  DatabasePtr writable_;
};

INSTANTIATE_TEST_SUITE_P(Sql, SqlInsert, testing::ValuesIn(Backends()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(SqlInsert, WritesRowsAndCountsThem) {
  backend().Write("CREATE TABLE t (id BIGINT, message TEXT)");
  EXPECT_EQ(MustInsert(Messages("[1, 2, null]", R"(["one", null, ""])")), 3);
  EXPECT_THAT(Table("SELECT id, message FROM t ORDER BY id IS NULL, id"),
              ElementsAre("1|one", "2|null", "null|"));
}

TEST_P(SqlInsert, MatchesColumnsByNameAndLeavesTheOthersTheirDefault) {
  backend().Write("CREATE TABLE t (message TEXT, n BIGINT NOT NULL DEFAULT 7, id BIGINT)");
  EXPECT_EQ(MustInsert(Messages("[1]", R"(["one"])")), 1);
  EXPECT_THAT(Table(), ElementsAre("one|7|1"));
}

TEST_P(SqlInsert, ZeroRowsAndBatchesWithoutRowsAreFine) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  const auto none = dataset::testing::Rows(schema, {"[]"});
  const auto one = dataset::testing::Rows(schema, {"[1]"});
  const auto source = [&](std::vector<dataset::BatchPtr> batches) {
    return std::make_shared<BatchSource>(schema, std::move(batches));
  };
  EXPECT_EQ(MustInsert(source({})), 0);
  EXPECT_EQ(MustInsert(source({none})), 0);
  EXPECT_EQ(MustInsert(source({none, one, none, one, none})), 2);
  EXPECT_THAT(Table(), ElementsAre("1", "1"));
}

TEST_P(SqlInsert, HundredThousandRowsArriveWhole) {
  backend().Write(FillRows(100000));
  backend().Write("CREATE TABLE t (id BIGINT, message TEXT, label TEXT)");
  const auto source = Query(Connect(), {.sql = "SELECT id, message, label FROM rows"});
  EXPECT_EQ(MustInsert(source), 100000);
  const std::string sums =
      "SELECT count(*) AS n, sum(id) AS ids, sum(length(message)) AS bytes FROM ";
  EXPECT_EQ(Table(sums + "t"), Table(sums + "rows"));
  EXPECT_THAT(Table("SELECT count(*) FROM t JOIN rows ON t.id = rows.id AND t.message = "
                    "rows.message AND t.label = rows.label"),
              ElementsAre("100000"));
}

TEST_P(SqlInsert, RowsOfTheSameDatabaseCanBeCopied) {
  backend().Write("CREATE TABLE t (id BIGINT); CREATE TABLE u (id BIGINT)");
  backend().Write("INSERT INTO u VALUES (1), (2)");
  const auto plan = Query(writable(), {.sql = "SELECT id FROM u"});
  EXPECT_THAT(*Rows(plan), ElementsAre("1", "2"));
  EXPECT_EQ(MustInsert(plan), 2);
  EXPECT_THAT(*Rows(Query(writable(), {.sql = "SELECT id FROM t ORDER BY id"})),
              ElementsAre("1", "2"))
      << "the snapshot ended";
}

TEST_P(SqlInsert, RowsAreThoseOfTheSnapshotThatQueriesSee) {
  backend().Write("CREATE TABLE t (id BIGINT); CREATE TABLE u (id BIGINT)");
  backend().Write("INSERT INTO u VALUES (1)");
  const auto plan = Query(writable(), {.sql = "SELECT id FROM u"});
  EXPECT_EQ(**plan->KnownRows(run()), 1);
  backend().Write("INSERT INTO u VALUES (2)");
  EXPECT_EQ(MustInsert(plan), 1);
  EXPECT_EQ(**plan->KnownRows(run()), 2) << "the snapshot ended";
}

TEST_P(SqlInsert, TableOfTheOpenTransactionIsSeen) {
  ASSERT_TRUE(writable()->Begin(run().cancel()).ok());
  ASSERT_TRUE(writable()->Execute("CREATE TABLE t (id BIGINT)", {}, run().cancel()).ok());
  EXPECT_EQ(MustInsert(Ids("[1]")), 1);
  ASSERT_TRUE(writable()->End(true, run().cancel()).ok());
  EXPECT_THAT(Table(), ElementsAre("1"));
}

TEST_P(SqlInsert, TableThatCannotTakeTheRowsIsFoundBeforeThePlanRuns) {
  backend().Write("CREATE TABLE t (other BIGINT)");
  const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  const auto plan = std::make_shared<BatchSource>(schema, std::vector<dataset::BatchPtr>{});
  EXPECT_FALSE(Insert(plan).ok());
  EXPECT_EQ(plan->opened, 0);
}

TEST_P(SqlInsert, CreatesTheTableOfTheRowsTypes) {
  const auto schema = arrow::schema({
      arrow::field("id", arrow::int64()),
      arrow::field("x", arrow::float64()),
      arrow::field("s", arrow::utf8()),
      arrow::field("b", arrow::boolean()),
      arrow::field("day", arrow::date32()),
      arrow::field("at", arrow::timestamp(arrow::TimeUnit::MICRO)),
      arrow::field("Odd \"name\"", arrow::utf8()),
  });
  EXPECT_EQ(MustInsert(Plan(schema, {"[9223372036854775807, -9223372036854775808, null]",
                                     "[0.1, 5e-324, null]", R"(["नमस्ते 🙏", "", null])",
                                     "[true, false, null]", "[19782, -719162, null]",
                                     "[1706702400500000, -1, null]", R"(["a'b", "\n", null])"}),
                       {.table = "t", .create = true}),
            3);
  EXPECT_EQ(Columns("SELECT * FROM t"),
            "id: int64, x: double, s: string, b: bool, day: date32[day], at: timestamp[us], Odd "
            "\"name\": string");
  EXPECT_THAT(Table("SELECT * FROM t ORDER BY id DESC"),
              testing::UnorderedElementsAre(
                  "9223372036854775807|0.1|नमस्ते 🙏|true|2024-02-29|2024-01-31 12:00:00.500000|a'b",
                  "-9223372036854775808|5e-324||false|0001-01-01|1969-12-31 23:59:59.999999|\n",
                  "null|null|null|null|null|null|null"));
}

TEST_P(SqlInsert, KeepsEveryByteOfBinaryValues) {
  const auto schema = arrow::schema({arrow::field("b", arrow::binary())});
  const std::string bytes("\0\xff\0", 3);
  arrow::BinaryBuilder builder;
  ASSERT_TRUE(builder.AppendValues({bytes, ""}).ok());
  const auto batch = arrow::RecordBatch::Make(schema, 2, {*builder.Finish()});
  MustInsert(std::make_shared<BatchSource>(schema, std::vector{batch}),
             {.table = "t", .create = true});
  const auto reader = Connect();
  const auto read = *(*reader->Read({.sql = "SELECT b FROM t"}, run()))->Read();
  EXPECT_TRUE(read->column(0)->Equals(batch->column(0))) << read->ToString();
}

TEST_P(SqlInsert, CreatedTableMayHaveAKey) {
  MustInsert(Ids("[1]"), {.table = "t", .create = true, .key = {"id"}});
  ExpectFailure(Insert(Ids("[2, 1]")), ErrorKind::kData, "");
  EXPECT_THAT(Table(), ElementsAre("1"));
}

TEST_P(SqlInsert, CreatingATableThatIsThereIsAConflict) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  ExpectFailure(Insert(Ids("[1]"), {.table = "t", .create = true}), ErrorKind::kConflict,
                "the table exists already: t");
  EXPECT_THAT(Table(), IsEmpty());
}

TEST_P(SqlInsert, FailedPlanLeavesNoCreatedTable) {
  ASSERT_FALSE(Insert(Failing(), {.table = "t", .create = true}).ok());
  EXPECT_EQ(KindOf(Failure("SELECT * FROM t")), ErrorKind::kNotFound);
}

TEST_P(SqlInsert, MissingTableIsNotFound) {
  backend().Write("CREATE TABLE messages (id BIGINT)");
  ExpectFailure(Insert(Ids("[1]"), {.table = "mesages"}), ErrorKind::kNotFound,
                "no such table: mesages; did you mean `messages`? / create = true");
}

TEST_P(SqlInsert, NamesOfTablesAreReadAsSqlReadsThem) {
  backend().Write("CREATE TABLE \"Odd. \"\"t\" (id BIGINT)");
  EXPECT_EQ(MustInsert(Ids("[1]"), {.table = "\"Odd. \"\"t\""}), 1);
  MustInsert(Ids("[1]"), {.table = "T", .create = true});
  EXPECT_THAT(Table("SELECT id FROM t"), ElementsAre("1"));
  const std::string own = postgres() ? "public.t" : "main.t";
  EXPECT_EQ(MustInsert(Ids("[2]"), {.table = own}), 1);
  for (const char* name : {"", "a b", "t; DROP TABLE t", "\"t", "\"\"", "t.", "a.b.c", "t--"}) {
    ExpectFailure(sql::Insert(writable(), {.table = name}, Ids("[1]"), run()), ErrorKind::kUsage,
                  "not the name of a table");
  }
}

TEST_P(SqlInsert, ColumnThatTheTableLacksIsNamed) {
  backend().Write("CREATE TABLE t (id BIGINT, massage TEXT)");
  ExpectFailure(Insert(Messages("[1]", R"(["one"])")), ErrorKind::kUsage,
                "t: the table has no column `message`; did you mean `massage`? / its columns: id, "
                "massage");
}

TEST_P(SqlInsert, ColumnThatMustBeGivenIsNamed) {
  backend().Write("CREATE TABLE t (id BIGINT, message TEXT NOT NULL)");
  ExpectFailure(Insert(Ids("[1]")), ErrorKind::kUsage,
                "column `message` is NOT NULL and the rows have none of this name");
}

TEST_P(SqlInsert, ColumnThatTheDatabaseComputesIsRefused) {
  backend().Write("CREATE TABLE t (n BIGINT, id BIGINT GENERATED ALWAYS AS (n + 1) STORED)");
  ExpectFailure(Insert(Ids("[1]")), ErrorKind::kUsage, "the database computes column `id`");
}

TEST_P(SqlInsert, EqualColumnNamesAreAnError) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  const auto id = arrow::field("id", arrow::int64());
  ExpectFailure(Insert(Plan(arrow::schema({id, id}), {"[1]", "[2]"})), ErrorKind::kUsage,
                "two columns of the rows have the name `id`");
}

TEST_P(SqlInsert, NullInANotNullColumnNamesColumnAndRow) {
  backend().Write("CREATE TABLE t (id BIGINT NOT NULL)");
  const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  const auto plan = std::make_shared<BatchSource>(
      schema, std::vector{dataset::testing::Rows(schema, {"[1, 2]"}),
                          dataset::testing::Rows(schema, {"[3, null]"})});
  ExpectFailure(Insert(plan), ErrorKind::kData,
                "column `id` is NOT NULL in the table, but row 4 holds null");
  EXPECT_THAT(Table(), IsEmpty());
}

TEST_P(SqlInsert, TypeThatCannotGoInNamesBoth) {
  backend().Write("CREATE TABLE t (id BIGINT, flag BOOLEAN, blob " +
                  std::string(postgres() ? "BYTEA" : "BLOB") + ")");
  const auto refused = [&](const char* name, const std::shared_ptr<arrow::DataType>& type,
                           const std::string& text) {
    const auto plan = Plan(arrow::schema({arrow::field(name, type)}), {"[null]"});
    ExpectFailure(Insert(plan), ErrorKind::kUsage, text);
  };
  refused("flag", arrow::int64(), "column `flag` is int64 and cannot go into");
  refused("blob", arrow::float64(), "column `blob` is double and cannot go into");
  refused("id", arrow::list(arrow::int64()), "column `id` is list<item: int64> and cannot go into");
  refused("id", arrow::date32(), "column `id` is date32[day] and cannot go into");
}

TEST_P(SqlInsert, IntegerThatDoesNotFitNamesColumnRowAndValue) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  const auto plan = Plan(arrow::schema({arrow::field("id", arrow::uint64())}),
                         {"[9223372036854775807, 9223372036854775808]"});
  ExpectFailure(Insert(plan), ErrorKind::kData, "column `id` is uint64 and goes into");
  ExpectFailure(Insert(plan), ErrorKind::kData, "but row 2 holds 9223372036854775808");
  EXPECT_THAT(Table(), IsEmpty());
}

TEST_P(SqlInsert, IntegersGoIntoFloatsThatHoldThem) {
  backend().Write("CREATE TABLE t (id DOUBLE PRECISION)");
  EXPECT_EQ(MustInsert(Ids("[9007199254740992, null]")), 2);
  ExpectFailure(Insert(Ids("[9007199254740993]")), ErrorKind::kData, "9007199254740993");
}

TEST_P(SqlInsert, InfinityIsKept) {
  const auto schema = arrow::schema({arrow::field("x", arrow::float64())});
  MustInsert(Plan(schema, {"[Inf, -Inf]"}), {.table = "t", .create = true});
  EXPECT_THAT(Table("SELECT x FROM t ORDER BY x"), ElementsAre("-inf", "inf"));
}

TEST_P(SqlInsert, LabelsGoIntoTextByNameAndIntoIntegersAsTheyAre) {
  const auto field =
      dataset::WithLabels(arrow::field("label", arrow::int64()), {"negative", "positive"});
  const auto plan = Plan(arrow::schema({field}), {"[1, 0, null]"});
  backend().Write("CREATE TABLE t (label TEXT); CREATE TABLE u (label BIGINT)");
  EXPECT_EQ(MustInsert(plan), 3);
  EXPECT_EQ(MustInsert(plan, {.table = "u"}), 3);
  EXPECT_THAT(Table("SELECT label FROM t ORDER BY label IS NULL, label"),
              ElementsAre("negative", "positive", "null"));
  EXPECT_THAT(Table("SELECT label FROM u ORDER BY label IS NULL, label"),
              ElementsAre("0", "1", "null"));
  ExpectFailure(Insert(Plan(arrow::schema({field}), {"[2]"})), ErrorKind::kData,
                "row 1 holds a label without a name: 2");
}

TEST_P(SqlInsert, DictionariesAreTheirValues) {
  backend().Write("CREATE TABLE t (s TEXT)");
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto column = *arrow::DictionaryArray::FromArrays(
      type, dataset::testing::Column(arrow::int8(), "[1, 0, null]"),
      dataset::testing::Column(arrow::utf8(), R"(["a", "b"])"));
  const auto schema = arrow::schema({arrow::field("s", type)});
  const auto batch = arrow::RecordBatch::Make(schema, 3, {column});
  EXPECT_EQ(MustInsert(std::make_shared<BatchSource>(schema, std::vector{batch})), 3);
  EXPECT_THAT(Table("SELECT s FROM t ORDER BY s IS NULL, s"), ElementsAre("a", "b", "null"));
}

TEST_P(SqlInsert, SlicedBatchesAreReadWhereTheyStand) {
  backend().Write("CREATE TABLE t (id BIGINT, message TEXT)");
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("message", arrow::utf8())});
  const auto batch =
      dataset::testing::Rows(schema, {"[1, null, 3, 4]", R"(["one", "two", null, "four"])"});
  MustInsert(std::make_shared<BatchSource>(schema, std::vector{batch->Slice(1, 2)}));
  EXPECT_THAT(Table("SELECT id, message FROM t ORDER BY id IS NULL, id"),
              ElementsAre("3|null", "null|two"));
}

TEST_P(SqlInsert, FailedPlanLeavesTheTableAsItWas) {
  backend().Write("CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1)");
  EXPECT_FALSE(Insert(Failing()).ok());
  EXPECT_FALSE(Insert(Failing(), {.table = "t", .replace = true}).ok());
  EXPECT_THAT(Table(), ElementsAre("1"));
  EXPECT_EQ(MustInsert(Ids("[2]")), 1) << "the database is still of use";
  EXPECT_THAT(run().outputs(), testing::SizeIs(1));
}

TEST_P(SqlInsert, RowThatTheTableRefusesIsNamedAndNoneIsKept) {
  backend().Write("CREATE TABLE t (id BIGINT UNIQUE CHECK (id < 100)); INSERT INTO t VALUES (1)");
  ExpectFailure(Insert(Ids("[2, 3, 1]")), ErrorKind::kData, "row 3");
  ExpectFailure(Insert(Ids("[2, 100]")), ErrorKind::kData, "row 2");
  EXPECT_THAT(Table(), ElementsAre("1"));
}

TEST_P(SqlInsert, ReplaceDeletesWhatWasThere) {
  backend().Write("CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1), (2)");
  EXPECT_EQ(MustInsert(Ids("[3]"), {.table = "t", .replace = true}), 1);
  EXPECT_THAT(Table(), ElementsAre("3"));
  EXPECT_EQ(MustInsert(Ids("[]"), {.table = "t", .replace = true}), 0);
  EXPECT_THAT(Table(), IsEmpty());
}

TEST_P(SqlInsert, SkipKeepsTheRowsThatAreThere) {
  backend().Write("CREATE TABLE t (id BIGINT UNIQUE, message TEXT)");
  backend().Write("INSERT INTO t VALUES (1, 'old')");
  const InsertSpec spec{.table = "t", .conflict = Conflict::kSkip};
  EXPECT_EQ(MustInsert(Messages("[1, 2]", R"(["new", "two"])"), spec), 1);
  EXPECT_THAT(Table(), ElementsAre("1|old", "2|two"));
}

TEST_P(SqlInsert, UpdateGivesRowsTheirNewValues) {
  backend().Write("CREATE TABLE t (id BIGINT PRIMARY KEY, message TEXT, n BIGINT DEFAULT 7)");
  backend().Write("INSERT INTO t VALUES (1, 'old', 1)");
  const InsertSpec spec{.table = "t", .conflict = Conflict::kUpdate, .key = {"id"}};
  EXPECT_EQ(MustInsert(Messages("[1, 2]", R"(["new", "two"])"), spec), 2);
  EXPECT_THAT(Table(), ElementsAre("1|new|1", "2|two|7"));
}

TEST_P(SqlInsert, UpdateWithoutAUniqueIndexIsAnError) {
  backend().Write("CREATE TABLE t (id BIGINT, message TEXT)");
  ExpectFailure(Insert(Messages("[1]", R"(["one"])"),
                       {.table = "t", .conflict = Conflict::kUpdate, .key = {"id"}}),
                ErrorKind::kUsage, "UNIQUE");
}

TEST_P(SqlInsert, SpecsThatMakeNoSenseAreRefused) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  ExpectFailure(Insert(Ids("[1]"), {.table = "t", .conflict = Conflict::kUpdate}),
                ErrorKind::kUsage, "needs `key`");
  ExpectFailure(Insert(Ids("[1]"), {.table = "t", .create = true, .replace = true}),
                ErrorKind::kUsage, "no rows to replace");
  ExpectFailure(Insert(Ids("[1]"), {.table = "t", .key = {"id"}}), ErrorKind::kUsage,
                "`key` says nothing without");
  ExpectFailure(Insert(Ids("[1]"), {.table = "t", .conflict = Conflict::kUpdate, .key = {"idd"}}),
                ErrorKind::kUsage, "`key` names no column of the rows: idd; did you mean `id`?");
}

TEST_P(SqlInsert, IsPartOfTheOpenTransaction) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  ASSERT_TRUE(writable()->Begin(run().cancel()).ok());
  EXPECT_EQ(MustInsert(Ids("[1]")), 1);
  EXPECT_EQ(MustInsert(Ids("[2]"), {.table = "t", .conflict = Conflict::kSkip}), 1);
  EXPECT_EQ(MustInsert(Ids("[3]"), {.table = "t", .conflict = Conflict::kSkip}), 1);
  EXPECT_THAT(Table(), IsEmpty());
  ASSERT_TRUE(writable()->End(true, run().cancel()).ok());
  EXPECT_THAT(Table(), ElementsAre("1", "2", "3"));
  ASSERT_TRUE(writable()->Begin(run().cancel()).ok());
  EXPECT_EQ(MustInsert(Ids("[4]")), 1);
  ASSERT_TRUE(writable()->End(false, run().cancel()).ok());
  EXPECT_THAT(Table(), ElementsAre("1", "2", "3"));
}

TEST_P(SqlInsert, FailureSpoilsTheOpenTransaction) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  ASSERT_TRUE(writable()->Begin(run().cancel()).ok());
  EXPECT_EQ(MustInsert(Ids("[1]")), 1);
  EXPECT_FALSE(Insert(Failing()).ok());
  ExpectFailure(Insert(Ids("[2]")), ErrorKind::kUsage, "has failed");
  EXPECT_FALSE(writable()->End(true, run().cancel()).ok());
  EXPECT_THAT(Table(), IsEmpty());
  EXPECT_EQ(MustInsert(Ids("[3]")), 1);
}

TEST_P(SqlInsert, NeedsAWritableDatabase) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  ExpectFailure(sql::Insert(database(), {.table = "t"}, Ids("[1]"), run()), ErrorKind::kUsage,
                "read_only = false");
  ASSERT_TRUE(writable()->Close().ok());
  ExpectFailure(Insert(Ids("[1]")), ErrorKind::kUsage, "closed");
}

TEST_P(SqlInsert, CancelEndsItAndKeepsNothing) {
  backend().Write("CREATE TABLE t (i BIGINT)");
  const auto schema = arrow::schema({arrow::field("i", arrow::int64())});
  const auto writer = *writable()->OpenTable({.table = "t"}, schema, run());
  const auto batch = dataset::testing::Rows(schema, {"[1, 2]"});
  ASSERT_TRUE(writer->Write(batch).ok());
  run().cancel().Cancel();
  Status status;
  while (status.ok()) status = writer->Write(batch);
  EXPECT_EQ(KindOf(status), ErrorKind::kInterrupted) << status.ToString();
  EXPECT_EQ(KindOf(writer->Finish().status()), ErrorKind::kInterrupted);
}

TEST_P(SqlInsert, WriterThatIsDroppedKeepsNothing) {
  backend().Write("CREATE TABLE t (i BIGINT)");
  const auto schema = arrow::schema({arrow::field("i", arrow::int64())});
  for (const auto conflict : {Conflict::kError, Conflict::kSkip}) {
    const auto writer = *writable()->OpenTable({.table = "t", .conflict = conflict}, schema, run());
    ASSERT_TRUE(writer->Write(dataset::testing::Rows(schema, {"[1, 2]"})).ok());
  }
  EXPECT_THAT(Table(), IsEmpty());
}

TEST_P(SqlInsert, KilledProcessLeavesNothing) {
  backend().Write("CREATE TABLE t (i BIGINT); INSERT INTO t VALUES (-1)");
  const pid_t child = fork();
  if (child == 0) {
    dataset::RunContext run({});
    const auto database = *Open(backend().uri(), {.read_only = false}, run.cancel());
    const auto writer = *database->OpenTable(
        {.table = "t"}, arrow::schema({arrow::field("i", arrow::int64())}), run);
    const auto schema = arrow::schema({arrow::field("i", arrow::int64())});
    arrow::Int64Builder builder;
    for (int64_t i = 0; i < 100000; ++i) builder.Append(i).ok();
    const auto batch = arrow::RecordBatch::Make(schema, 100000, {*builder.Finish()});
    for (int i = 0; i < 10; ++i) writer->Write(batch).ok();
    kill(getpid(), SIGKILL);
  }
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  ASSERT_TRUE(WIFSIGNALED(state));
  EXPECT_THAT(Table(), ElementsAre("-1"));
  EXPECT_EQ(MustInsert(Plan(arrow::schema({arrow::field("i", arrow::int64())}), {"[5]"})), 1);
}

TEST_P(SqlInsert, RecordsTheTableAsAnOutputOnce) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  MustInsert(Ids("[1, 2]"));
  MustInsert(Ids("[3]"));
  ASSERT_EQ(run().outputs().size(), 1U);
  EXPECT_THAT(run().outputs()[0].uri, testing::EndsWith("#table=t"));
  EXPECT_EQ(run().outputs()[0].rows, 3);
  MustInsert(Ids("[4]"), {.table = "t", .replace = true});
  EXPECT_EQ(run().outputs()[0].rows, 1);
}

TEST_P(SqlInsert, OutputOfATransactionCountsOnceItIsKept) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  for (const bool keep : {false, true}) {
    ASSERT_TRUE(writable()->Begin(run().cancel()).ok());
    MustInsert(Ids("[1, 2]"));
    MustInsert(Ids("[3]"));
    EXPECT_THAT(run().outputs(), IsEmpty());
    ASSERT_TRUE(EndTransaction(*writable(), keep, run()).ok());
    EXPECT_EQ(run().outputs().size(), keep ? 1U : 0U);
  }
  EXPECT_EQ(run().outputs()[0].rows, 3);
}

TEST_P(SqlInsert, CheckLooksAtTheTableAndWritesNothing) {
  backend().Write("CREATE TABLE t (id BIGINT)");
  const auto check = [&](const InsertSpec& spec, const NodePtr& plan) {
    dataset::RunContext run({.check_only = true});
    auto rows = sql::Insert(writable(), spec, plan, run);
    if (!rows.ok()) return ErrorText(rows.status());
    return run.plans().at(0);
  };
  EXPECT_THAT(check({.table = "t"}, Ids("[1]")), HasSubstr("sql.insert t\n  test_rows"));
  EXPECT_THAT(check({.table = "t"}, Messages("[1]", R"([""])")), HasSubstr("no column `message`"));
  EXPECT_THAT(check({.table = "u"}, Ids("[1]")), HasSubstr("no such table: u"));
  EXPECT_THAT(check({.table = "t", .create = true}, Ids("[1]")), HasSubstr("exists already"));
  EXPECT_THAT(check({.table = "u", .create = true}, Ids("[1]")), HasSubstr("sql.insert u"));
  EXPECT_THAT(Table(), IsEmpty());
  EXPECT_EQ(KindOf(Failure("SELECT * FROM u")), ErrorKind::kNotFound);
}

TEST_P(SqlInsert, CheckCannotKnowTablesThatStatementsWouldMake) {
  dataset::RunContext run({.check_only = true});
  run.RecordPlan("sql.execute CREATE TABLE later (id BIGINT)");
  EXPECT_TRUE(sql::Insert(writable(), {.table = "later"}, Ids("[1]"), run).ok());
}

}  // namespace
}  // namespace tideway::sql
