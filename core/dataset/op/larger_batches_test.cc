#include "core/dataset/op/larger_batches.h"

#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::CutEvery;
using testing::NumberedRows;
using testing::SourceOf;

class LargerBatchesTest : public testing::DatasetTest {
 protected:
  // The rows of each batch, when so many groups are found in every one.
  std::vector<int64_t> RowsOfEach(int64_t groups, int64_t most_bytes) {
    RunContext run(Options(1));
    const NodePtr source = SourceOf(CutEvery(rows_, 10));
    const auto input = source->Open(run).ValueOrDie();
    LargerBatches larger(*input, most_bytes, 1);
    Worker worker(0);
    std::vector<int64_t> counts;
    int64_t first = 0;
    for (Morsel morsel = larger.Next().ValueOrDie(); morsel; morsel = larger.Next().ValueOrDie()) {
      const BatchPtr batch = morsel(worker).ValueOrDie();
      EXPECT_TRUE(batch->Equals(*rows_->Slice(first, batch->num_rows())));
      counts.push_back(batch->num_rows());
      first += batch->num_rows();
      larger.Grouped(*batch, groups);
    }
    EXPECT_EQ(first, rows_->num_rows());
    return counts;
  }
  const BatchPtr rows_ = NumberedRows(150);
};

TEST_F(LargerBatchesTest, GoTogetherInTheirOrderOnceGroupsComeAgain) {
  EXPECT_EQ(RowsOfEach(5, 1 << 20), (std::vector<int64_t>{10, 10, 10, 10, 20, 20, 20, 20, 30}));
}

TEST_F(LargerBatchesTest, StayAsTheyAreWhereThatGainsNothingOrTakesTooMuch) {
  const std::vector<int64_t> as_they_are(15, 10);
  EXPECT_EQ(RowsOfEach(10, 1 << 20), as_they_are) << "no key comes again";
  EXPECT_EQ(RowsOfEach(0, 1 << 20), as_they_are) << "few groups as it is";
  EXPECT_EQ(RowsOfEach(5, 100), as_they_are) << "no memory";
}

TEST_F(LargerBatchesTest, AFailureAmongThemIsTheError) {
  RunContext run(Options(1));
  const auto source = std::make_shared<testing::BatchSource>(rows_->schema(), CutEvery(rows_, 10));
  source->fail_at = 5;
  const auto input = source->Open(run).ValueOrDie();
  LargerBatches larger(*input, 1 << 20, 1);
  Worker worker(0);
  for (int i = 0; i < 4; ++i) {
    larger.Grouped(*larger.Next().ValueOrDie()(worker).ValueOrDie(), 5);
  }
  EXPECT_EQ(KindOf(larger.Next().ValueOrDie()(worker).status()), ErrorKind::kData);
}

}  // namespace
}  // namespace tideway::dataset
