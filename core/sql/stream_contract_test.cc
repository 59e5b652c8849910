// What every member promises about streams: snapshots, bounded memory, cancelling, leaving early.
#include <arrow/api.h>
#include <fmt/format.h>

#include "core/dataset/stream.h"
#include "core/sql/backend_test.h"

namespace tideway::sql {
namespace {

using testing::ElementsAre;

class SqlStreamContract : public testing::TestWithParam<BackendFactory>, public SqlTest {
 protected:
  SqlStreamContract() : SqlTest(GetParam().make()) {}

  std::unique_ptr<dataset::Stream> OpenStream(const std::string& sql,
                                              std::map<std::string, std::string> types = {}) {
    auto stream = Query(database(), {.sql = sql, .types = std::move(types)})->Open(run());
    EXPECT_TRUE(stream.ok()) << stream.status().ToString();
    return stream.ok() ? std::move(*stream) : nullptr;
  }
  // The next batch; null at the end.
  Result<dataset::BatchPtr> Next(dataset::Stream& stream) {
    ARROW_ASSIGN_OR_RAISE(auto morsel, stream.Next());
    if (!morsel) return nullptr;
    dataset::Worker worker(0);
    return morsel(worker);
  }
};

INSTANTIATE_TEST_SUITE_P(Sql, SqlStreamContract, testing::ValuesIn(Backends()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(SqlStreamContract, AllQueriesSeeOneSnapshot) {
  backend().Write("CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1)");
  EXPECT_THAT(*Rows("SELECT id FROM t"), ElementsAre("1"));
  backend().Write("INSERT INTO t VALUES (2); UPDATE t SET id = 10 WHERE id = 1");
  EXPECT_THAT(*Rows("SELECT id FROM t"), ElementsAre("1"));
  EXPECT_EQ(**Query(database(), {.sql = "SELECT id FROM t"})->KnownRows(run()), 1);
  EXPECT_EQ(**Query(Connect(), {.sql = "SELECT id FROM t"})->KnownRows(run()), 2);
}

TEST_P(SqlStreamContract, ManyStreamsOfOneDatabaseReadAtOnce) {
  backend().Write(FillRows(2000));
  std::vector<std::unique_ptr<dataset::Stream>> streams;
  for (int i = 0; i < 6; ++i) streams.push_back(OpenStream("SELECT id FROM rows ORDER BY id"));
  for (auto& stream : streams) {
    int64_t rows = 0;
    for (auto batch = Next(*stream); *batch; batch = Next(*stream)) rows += (*batch)->num_rows();
    EXPECT_EQ(rows, 2000);
  }
}

TEST_P(SqlStreamContract, MillionRowsPassInBoundedMemory) {
  backend().Write(FillRows(1000000));
  auto* pool = arrow::default_memory_pool();
  const int64_t before = pool->bytes_allocated();
  auto stream = OpenStream("SELECT id, message, label FROM rows");
  int64_t rows = 0;
  int64_t sum = 0;
  int64_t peak = 0;
  for (auto batch = Next(*stream); *batch; batch = Next(*stream)) {
    ASSERT_TRUE(batch.ok()) << batch.status().ToString();
    ASSERT_LE((*batch)->num_rows(), run().batch_rows());
    rows += (*batch)->num_rows();
    const auto& ids = static_cast<const arrow::Int64Array&>(*(*batch)->column(0));
    for (int64_t i = 0; i < ids.length(); ++i) sum += ids.Value(i);
    peak = std::max(peak, pool->bytes_allocated() - before);
  }
  EXPECT_EQ(rows, 1000000);
  EXPECT_EQ(sum, int64_t{1000000} * 1000001 / 2);
  // Two ahead, one being filled, one in hand; builders grow by doubling.
  EXPECT_LT(peak, 2 * 4 * run().batch_bytes());
}

TEST_P(SqlStreamContract, BatchesAreCutByBytes) {
  backend().Write(FillRows(100000));
  auto stream = OpenStream("SELECT id, message FROM rows");
  auto batch = Next(*stream);
  EXPECT_LT((*batch)->num_rows(), run().batch_rows());
  EXPECT_GE((*batch)->num_rows() * 280, run().batch_bytes());
}

TEST_P(SqlStreamContract, CancelStopsARunningStream) {
  auto stream = OpenStream(kEndless);
  ASSERT_TRUE(Next(*stream).ok());
  run().cancel().Cancel();
  Status status;
  while (status.ok()) status = Next(*stream).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kInterrupted) << status.ToString();
}

TEST_P(SqlStreamContract, CancelStopsADescription) {
  run().cancel().Cancel();
  EXPECT_EQ(KindOf(Query(database(), {.sql = kEndless})->schema(run()).status()),
            ErrorKind::kInterrupted);
}

TEST_P(SqlStreamContract, CancelStopsAQueryThatGivesNoRow) {
  auto stream = OpenStream(std::string(kEndless) + " WHERE i < 0", {{"i", "int64"}});
  run().cancel().Cancel();
  EXPECT_EQ(KindOf(Next(*stream).status()), ErrorKind::kInterrupted);
}

TEST_P(SqlStreamContract, StreamDroppedEarlyLeavesTheDatabaseUsable) {
  for (int i = 0; i < 12; ++i) {
    auto stream = OpenStream(kEndless);
    ASSERT_TRUE(Next(*stream).ok());
  }
  EXPECT_THAT(*Rows("SELECT 1 AS one"), ElementsAre("1"));
}

TEST_P(SqlStreamContract, StreamOutlivesCloseOfItsDatabase) {
  backend().Write(FillRows(1000));
  auto stream = OpenStream("SELECT id FROM rows");
  ASSERT_TRUE(database()->Close().ok());
  EXPECT_EQ((*Next(*stream))->num_rows(), 1000);
}

TEST_P(SqlStreamContract, StreamThatEndedIsInNobodysWay) {
  backend().Write("CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1)");
  auto writable = Connect({.pool_size = 2, .connect_timeout_s = 0.2, .read_only = false});
  std::vector<std::unique_ptr<dataset::Stream>> ended;
  for (int i = 0; i < 3; ++i) {
    ended.push_back(*Query(writable, {.sql = "SELECT id FROM t"})->Open(run()));
    while (*Next(*ended.back())) continue;
  }
  EXPECT_EQ(*writable->Execute("INSERT INTO t VALUES (2)", {}, run().cancel()), 1);
}

TEST_P(SqlStreamContract, ContentHashDependsOnRowsAndNotOnBatches) {
  backend().Write(FillRows(50000));
  const std::string sql = "SELECT id, message, label FROM rows ORDER BY id";
  auto hash = [&](const DatabasePtr& database, int64_t memory_bytes) {
    dataset::RunOptions options;
    options.memory_bytes = memory_bytes;
    dataset::RunContext run(options);
    auto stream = *Query(database, {.sql = sql})->Open(run);
    while (*stream->Next()) continue;
    return run.inputs().at(0).hash;
  };
  const std::string first = hash(database(), 1 << 30);
  EXPECT_EQ(first.substr(0, 7), "xxh128:");
  EXPECT_EQ(hash(database(), 16 << 20), first);
  backend().Write("UPDATE rows SET label = 'changed' WHERE id = 40000");
  EXPECT_EQ(hash(database(), 1 << 30), first) << "the snapshot stands";
  EXPECT_NE(hash(Connect(), 1 << 30), first);
}

TEST_P(SqlStreamContract, RecordsTheInputOnceItIsReadWhole) {
  backend().Write(FillRows(10));
  {
    auto unread = OpenStream(kEndless);
  }
  EXPECT_TRUE(run().inputs().empty());
  ASSERT_TRUE(Rows("SELECT id FROM rows").ok());
  ASSERT_EQ(run().inputs().size(), 1U);
  EXPECT_EQ(run().inputs()[0].rows, 10);
}

}  // namespace
}  // namespace tideway::sql
