#include "core/dataset/op/cache.h"

#include <thread>

#include "core/dataset/dataset.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/concat.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using testing::Failure;
using testing::NumberedRows;
using testing::Numbers;
using testing::SourceOf;

class CacheTest : public testing::DatasetTest {
 protected:
  std::shared_ptr<testing::BatchSource> source_ = SourceOf(CutEvery(NumberedRows(100), 7), true);
};

TEST_F(CacheTest, TheInputRunsOnceForAllUses) {
  for (const int64_t memory : {int64_t{0}, int64_t{1} << 29}) {
    RunContext run(Options(2, memory));
    source_->opened = 0;
    const NodePtr cached = MakeCache(source_);
    EXPECT_EQ(*Dataset(cached).Count(run), 100);
    EXPECT_EQ(Collect(*cached, run)->num_rows(), 100);
    EXPECT_EQ(Numbers(*Collect(*MakeConcat({cached, cached}), run)).at(123), 23);
    EXPECT_EQ(source_->opened, 1);
  }
}

TEST_F(CacheTest, RowsGoWithTheNode) {
  RunContext run(Options(2, 0));
  {
    const Dataset cached(MakeCache(source_));
    EXPECT_EQ(*cached.Count(run), 100);
    EXPECT_EQ(Files(), 1);
  }
  EXPECT_FALSE(run.keeps_rows());
  EXPECT_EQ(Files(), 0);
}

TEST_F(CacheTest, ACheckRunsNothing) {
  RunOptions options = Options();
  options.check_only = true;
  RunContext run(options);
  EXPECT_EQ(*MakeCache(source_)->KnownRows(run), 100);
  EXPECT_EQ(*MakeCache(SourceOf({NumberedRows(5)}))->KnownRows(run), std::nullopt);
  EXPECT_EQ(source_->opened, 0);
}

TEST_F(CacheTest, AnErrorIsNotKept) {
  RunContext run(Options());
  source_->fail_at = 3;
  const NodePtr cached = MakeCache(source_);
  EXPECT_EQ(KindOf(Failure(*cached, run)), ErrorKind::kData);
  EXPECT_EQ(KindOf(Dataset(cached).Count(run).status()), ErrorKind::kData);
  source_->fail_at = -1;
  EXPECT_EQ(*Dataset(cached).Count(run), 100);
}

TEST_F(CacheTest, AnotherRunComputesItsOwnRows) {
  const NodePtr cached = MakeCache(source_);
  {
    RunContext first(Options(2, 0));
    EXPECT_EQ(Collect(*cached, first)->num_rows(), 100);
  }
  RunContext second(Options(2, 0));
  EXPECT_EQ(Collect(*cached, second)->num_rows(), 100);
  EXPECT_EQ(source_->opened, 2);
}

TEST_F(CacheTest, WhoComesMeanwhileWaitsForTheSameRows) {
  RunContext run(Options());
  const NodePtr cached = MakeCache(source_);
  std::thread other([&] { EXPECT_EQ(Collect(*cached, run)->num_rows(), 100); });
  EXPECT_EQ(Collect(*cached, run)->num_rows(), 100);
  other.join();
  EXPECT_EQ(source_->opened, 1);
}

}  // namespace
}  // namespace tideway::dataset
