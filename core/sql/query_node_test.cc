#include <arrow/api.h>
#include <gtest/gtest.h>

#include <new>

#include "core/dataset/stream.h"
#include "core/sql/sql.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql {
namespace {

// One int64 column of one row.
class OneNumber : public BatchReader {
 public:
  explicit OneNumber(int64_t number) : number_(number) {}
  const dataset::SchemaPtr& schema() const override { return schema_; }
  Result<dataset::BatchPtr> Read() override {
    arrow::Int64Builder column;
    RETURN_NOT_OK(column.Append(number_));
    ARROW_ASSIGN_OR_RAISE(auto values, column.Finish());
    return arrow::RecordBatch::Make(schema_, 1, {values});
  }
  void Interrupt() override {}

 private:
  const int64_t number_;
  const dataset::SchemaPtr schema_ = arrow::schema({arrow::field("rows", arrow::int64())});
};

// Has no memory for a batch.
class OutOfMemory : public BatchReader {
 public:
  const dataset::SchemaPtr& schema() const override { return schema_; }
  Result<dataset::BatchPtr> Read() override { throw std::bad_alloc(); }
  void Interrupt() override {}

 private:
  const dataset::SchemaPtr schema_ = arrow::schema({arrow::field("rows", arrow::int64())});
};

// A database that answers each statement with how many it was asked before.
class CountingDatabase : public Database {
 public:
  std::string snapshot = "first";
  int64_t asked = 0;

  const std::string& uri() const override { return uri_; }
  Result<int64_t> Execute(const std::string&, const std::vector<Param>&,
                          const CancelToken&) override {
    return Status::NotImplemented("test");
  }
  Status Begin(const CancelToken&) override { return Status::OK(); }
  Status End(bool, const CancelToken&) override { return Status::OK(); }
  Status Close() override { return Status::OK(); }
  Result<dataset::SchemaPtr> Describe(const QuerySpec&, dataset::RunContext&) override {
    return arrow::schema({arrow::field(snapshot, arrow::int64())});
  }
  Result<std::unique_ptr<BatchReader>> Read(const QuerySpec&, dataset::RunContext&) override {
    return std::make_unique<OneNumber>(asked++);
  }
  Result<std::string> SnapshotIdentity(dataset::RunContext&) override { return snapshot; }
  Status CheckInsert(const InsertSpec&, const dataset::SchemaPtr&, dataset::RunContext&) override {
    return Status::OK();
  }
  Result<std::unique_ptr<TableWriter>> OpenTable(const InsertSpec&, const dataset::SchemaPtr&,
                                                 dataset::RunContext&) override {
    return nullptr;
  }

 private:
  const std::string uri_ = "test:";
};

TEST(QueryNode, AsksTheServerOncePerSnapshotHowManyRowsThereAre) {
  dataset::RunContext run({});
  const auto database = std::make_shared<CountingDatabase>();
  const auto query = Query(database, {.sql = "SELECT 1"});
  EXPECT_EQ(**query->KnownRows(run), 0);
  EXPECT_EQ(**query->KnownRows(run), 0);
  database->snapshot = "second";
  EXPECT_EQ(**query->KnownRows(run), 1);
  EXPECT_EQ(database->asked, 2);
}

TEST(QueryNode, DescribesTheQueryAnewForEachSnapshot) {
  dataset::RunContext run({});
  const auto database = std::make_shared<CountingDatabase>();
  const auto query = Query(database, {.sql = "SELECT * FROM t"});
  EXPECT_EQ((*query->schema(run))->field(0)->name(), "first");
  database->snapshot = "second";
  EXPECT_EQ((*query->schema(run))->field(0)->name(), "second");
}

TEST(QueryStream, ExceptionWhileReadingIsAnError) {
  dataset::RunContext run({});
  const auto stream = Prefetch(std::make_unique<OutOfMemory>(), "test:", run);
  const Status status = stream->Next().status();
  EXPECT_EQ(KindOf(status), ErrorKind::kMemory) << status.ToString();
  EXPECT_EQ(status.message(), "sql: out of memory");
}

}  // namespace
}  // namespace tideway::sql
