#include "core/dataset/batch_store.h"

#include <arrow/util/byte_size.h>

#include <thread>

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::CutEvery;
using testing::DatasetTest;
using testing::NumberedRows;
using testing::Rows;

class BatchStoreTest : public DatasetTest {
 protected:
  std::shared_ptr<BatchStore> Store(const std::vector<BatchPtr>& batches, RunContext& run) {
    auto store = BatchStore::Create(batches[0]->schema(), run).ValueOrDie();
    for (size_t i = 0; i < batches.size(); ++i) {
      EXPECT_TRUE(store->Put(static_cast<int64_t>(i), batches[i]).ok());
    }
    store->Seal();
    return store;
  }
  static void ExpectSame(const BatchStore& store, const std::vector<BatchPtr>& batches) {
    ASSERT_EQ(store.batches(), static_cast<int64_t>(batches.size()));
    int64_t first_row = 0;
    for (size_t i = 0; i < batches.size(); ++i) {
      const auto index = static_cast<int64_t>(i);
      const auto batch = store.Read(index);
      ASSERT_TRUE(batch.ok()) << batch.status().ToString();
      EXPECT_TRUE((*batch)->Equals(*batches[i])) << i;
      EXPECT_TRUE((*batch)->ValidateFull().ok());
      EXPECT_EQ(store.first_row(index), first_row);
      first_row += batches[i]->num_rows();
    }
    EXPECT_EQ(store.rows(), first_row);
  }
};

SchemaPtr AllTypes() {
  return arrow::schema({
      arrow::field("i", arrow::int64()),
      arrow::field("f", arrow::float64()),
      arrow::field("b", arrow::boolean()),
      arrow::field("s", arrow::utf8()),
      arrow::field("ls", arrow::large_utf8()),
      arrow::field("bin", arrow::binary()),
      arrow::field("t", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
      arrow::field("l", arrow::list(arrow::utf8())),
      arrow::field("st", arrow::struct_({arrow::field("x", arrow::int32())})),
      arrow::field("d", arrow::decimal128(20, 2)),
      arrow::field("n", arrow::null()),
  });
}

BatchPtr AwkwardRows() {
  return Rows(AllTypes(),
              {"[9223372036854775807, -9223372036854775808, null, 0]", "[1.0, null, -0.0, 1e308]",
               "[true, null, false, true]", R"(["", null, "नेपाली", "a\nb"])",
               R"([null, null, null, null])", R"(["x", "", null, "yy"])", "[0, null, -1, 1]",
               R"([[], null, ["a", null], [""]])", R"([{"x": 1}, null, {"x": null}, {"x": 4}])",
               R"(["1.00", null, "-3.25", "0.01"])", "[null, null, null, null]"});
}

TEST_F(BatchStoreTest, EveryTypeComesBackFromMemoryAndFromFile) {
  const auto rows = AwkwardRows();
  const std::vector<BatchPtr> batches = {rows, rows->Slice(1, 2), rows->Slice(0, 0),
                                         rows->Slice(3)};
  RunContext roomy(Options());
  auto in_memory = Store(batches, roomy);
  EXPECT_EQ(in_memory->spilled_bytes(), 0);
  ExpectSame(*in_memory, batches);
  RunContext tight(Options(2, 0));
  auto in_file = Store(batches, tight);
  EXPECT_GT(in_file->spilled_bytes(), 0);
  ExpectSame(*in_file, batches);
}

TEST_F(BatchStoreTest, SpillsOnlyWhatTheBudgetDoesNotHold) {
  const auto batches = CutEvery(NumberedRows(50'000), 1000);
  RunContext run(Options(2, 1 << 20));
  const auto store = Store(batches, run);
  EXPECT_GT(run.budget().reserved_bytes(), 0);
  EXPECT_LE(run.budget().reserved_bytes(), 1 << 18);
  EXPECT_GT(store->spilled_bytes(), 0);
  ExpectSame(*store, batches);
}

TEST_F(BatchStoreTest, LeavesAQuarterOfTheBudgetToThoseThatCannotSpill) {
  RunContext run(Options(2, 1 << 20));
  const auto store = Store(CutEvery(NumberedRows(50'000), 1000), run);
  EXPECT_GT(store->spilled_bytes(), 0);
  EXPECT_TRUE(run.shared_budget()->TryReserve(run.budget().limit_bytes() / 8));
}

TEST_F(BatchStoreTest, GivesItsBudgetAndItsFileBack) {
  RunContext run(Options(2, 1 << 20));
  auto store = Store(CutEvery(NumberedRows(50'000), 1000), run);
  EXPECT_EQ(Files(), 1);
  store.reset();
  EXPECT_EQ(Files(), 0);
  EXPECT_EQ(run.budget().reserved_bytes(), 0);
}

TEST_F(BatchStoreTest, OutlivesItsRun) {
  const auto batches = CutEvery(NumberedRows(5000), 1000);
  std::shared_ptr<BatchStore> store;
  {
    RunContext run(Options(2, 0));
    store = Store(batches, run);
  }
  EXPECT_EQ(Files(), 0);
  ExpectSame(*store, batches);
}

TEST_F(BatchStoreTest, BatchesOutliveTheStore) {
  RunContext run(Options(2, 0));
  const auto rows = NumberedRows(1000);
  auto store = Store({rows}, run);
  const BatchPtr batch = *store->Read(0);
  store.reset();
  EXPECT_TRUE(batch->Equals(*rows));
}

TEST_F(BatchStoreTest, SmallSlicesDoNotKeepLargeBuffers) {
  RunContext run(Options());
  const auto large = NumberedRows(200'000);
  const auto store = Store({large->Slice(5, 10)}, run);
  EXPECT_LT(run.budget().reserved_bytes(), 10'000);
  EXPECT_LT(arrow::util::TotalBufferSize(**store->Read(0)), 10'000);
  ExpectSame(*store, {large->Slice(5, 10)});
}

TEST_F(BatchStoreTest, TakesBatchesFromManyThreadsInAnyOrder) {
  const auto batches = CutEvery(NumberedRows(40'000), 100);
  for (const int64_t memory : {int64_t{0}, int64_t{1} << 20, int64_t{512} << 20}) {
    RunContext run(Options(2, memory));
    auto store = BatchStore::Create(batches[0]->schema(), run).ValueOrDie();
    std::vector<std::thread> threads;
    for (size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (size_t i = batches.size(); i-- > 0;) {
          if (i % 4 != t) continue;
          EXPECT_TRUE(store->Put(static_cast<int64_t>(i), batches[i]).ok());
        }
      });
    }
    for (auto& thread : threads) thread.join();
    store->Seal();
    ExpectSame(*store, batches);
  }
}

TEST_F(BatchStoreTest, CanBeReadAsSeveralStreamsAtOnce) {
  RunContext run(Options(2, 0));
  const auto store = Store(CutEvery(NumberedRows(1000), 10), run);
  const auto first = store->OpenStream();
  const auto second = store->OpenStream();
  Worker worker(0);
  for (int i = 0; i < 100; ++i) {
    const auto a = first->Next().ValueOrDie();
    const auto b = second->Next().ValueOrDie();
    EXPECT_TRUE((*a(worker))->Equals(**b(worker)));
  }
  EXPECT_FALSE(first->Next().ValueOrDie());
}

TEST_F(BatchStoreTest, AnEmptyStoreIsAnEmptyStream) {
  RunContext run(Options());
  auto store = BatchStore::Create(AllTypes(), run).ValueOrDie();
  store->Seal();
  EXPECT_EQ(store->rows(), 0);
  EXPECT_FALSE(store->OpenStream()->Next().ValueOrDie());
}

TEST_F(BatchStoreTest, RefusesDictionariesByColumn) {
  RunContext run(Options());
  const auto type = arrow::list(arrow::dictionary(arrow::int32(), arrow::utf8()));
  const auto store = BatchStore::Create(arrow::schema({arrow::field("tags", type)}), run);
  EXPECT_EQ(KindOf(store.status()), ErrorKind::kData);
  EXPECT_THAT(store.status().message(), ::testing::HasSubstr("`tags`"));
}

TEST_F(BatchStoreTest, AFullDiskIsAnErrorThatNamesTheFile) {
  const std::string path = folder_ + "/rows";
  std::filesystem::create_symlink("/dev/full", path);
  const auto file = SpillFile::Create(path).ValueOrDie();
  const Status status = file->Append({arrow::Buffer::FromString("rows")}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kDiskFull);
  EXPECT_THAT(status.message(), ::testing::HasSubstr(path));
}

TEST_F(BatchStoreTest, AScratchFolderThatCannotBeMadeIsNamed) {
  RunOptions options = Options(2, 0);
  options.scratch_parent = "/proc/no-such-folder";
  RunContext run(options);
  const auto rows = NumberedRows(10);
  const auto store = BatchStore::Create(rows->schema(), run).ValueOrDie();
  EXPECT_THAT(store->Put(0, rows).message(), ::testing::HasSubstr("/proc/no-such-folder"));
}

}  // namespace
}  // namespace tideway::dataset
