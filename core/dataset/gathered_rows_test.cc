#include "core/dataset/gathered_rows.h"

#include <arrow/table.h>

#include "core/dataset/row_bytes.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::CutEvery;
using testing::DatasetTest;
using testing::NumberedRows;

class GatheredRowsTest : public DatasetTest {
 protected:
  static std::shared_ptr<arrow::Table> Table(const BatchPtr& batch) {
    return arrow::Table::FromRecordBatches({batch}).ValueOrDie();
  }
  static NodePtr Gather(const std::vector<BatchPtr>& pages, RunContext& run) {
    auto gathered = GatheredRows::Create("numbers {}", pages[0]->schema(), run).ValueOrDie();
    for (const auto& page : pages) EXPECT_TRUE(gathered->Add(Table(page)).ok());
    return gathered->Finish().ValueOrDie();
  }
};

TEST_F(GatheredRowsTest, ComeInOrderHoweverManyAtATime) {
  RunContext run(Options());
  const auto rows = NumberedRows(20 * kHashedRows + 17);
  for (const int64_t size : {1000, 4096, 5000, 70000}) {
    const NodePtr plan = Gather(CutEvery(rows, size), run);
    EXPECT_TRUE(testing::Collect(*plan, run)->Equals(*Table(rows))) << size;
    EXPECT_EQ(**plan->KnownRows(run), rows->num_rows());
  }
}

TEST_F(GatheredRowsTest, AreTheSamePlanHoweverManyCameAtATime) {
  RunContext run(Options());
  const auto rows = NumberedRows(20 * kHashedRows + 17);
  const auto of = [&](const std::vector<BatchPtr>& pages) {
    return *Fingerprint(*Gather(pages, run), run);
  };
  const std::string whole = of({rows});
  EXPECT_EQ(of(CutEvery(rows, 331)), whole);
  EXPECT_NE(of({rows->Slice(1)}), whole);
}

TEST_F(GatheredRowsTest, CanBeNone) {
  RunContext run(Options());
  const NodePtr plan = Gather({NumberedRows(0)}, run);
  EXPECT_EQ(testing::Collect(*plan, run)->num_rows(), 0);
  EXPECT_EQ(run.inputs()[0].rows, 0);
}

TEST_F(GatheredRowsTest, AreAnInputOfTheRun) {
  RunContext run(Options());
  const NodePtr plan = Gather({NumberedRows(5)}, run);
  ASSERT_EQ(run.inputs().size(), 1U);
  EXPECT_EQ(run.inputs()[0].uri, "numbers {}");
  EXPECT_EQ(run.inputs()[0].rows, 5);
  EXPECT_EQ(run.inputs()[0].hash, *plan->Identity(run));
}

TEST_F(GatheredRowsTest, GoToTheScratchFolderBeyondMemory) {
  RunContext run(Options(1, 64LL << 20));
  const auto page = NumberedRows(100000);
  const NodePtr plan = Gather(std::vector<BatchPtr>(100, page), run);
  EXPECT_GT(Files(), 0);
  EXPECT_EQ(**plan->KnownRows(run), 100 * page->num_rows());
}

TEST_F(GatheredRowsTest, RefuseOtherColumns) {
  RunContext run(Options());
  const auto page = NumberedRows(1);
  auto gathered = GatheredRows::Create("numbers {}", page->schema(), run).ValueOrDie();
  const Status refused = gathered->Add(Table(page)->RemoveColumn(0).ValueOrDie());
  EXPECT_EQ(KindOf(refused), ErrorKind::kData) << refused.ToString();
  EXPECT_THAT(refused.message(), ::testing::HasSubstr("numbers {}: rows have other columns"));
}

}  // namespace
}  // namespace tideway::dataset
