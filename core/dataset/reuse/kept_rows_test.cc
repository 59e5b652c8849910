#include "core/dataset/reuse/kept_rows.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "core/base/file.h"
#include "core/dataset/op/cache.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

namespace fs = std::filesystem;
using testing::Collect;
using testing::CutEvery;
using testing::Failure;
using testing::NumberedRows;
using testing::Numbers;
using testing::SourceOf;

class KeptRowsTest : public testing::DatasetTest {
 protected:
  std::shared_ptr<testing::BatchSource> source_ = SourceOf(CutEvery(NumberedRows(100), 7), true);

  RunOptions Remembering() const {
    RunOptions options = Options();
    options.memory_folder = folder_ + "/state";
    return options;
  }
  // The rows in a run of its own.
  std::vector<int64_t> Run(const RunOptions& options) const {
    RunContext run(options);
    const auto table = Collect(*MakeCache(source_, {.keep = true}), run);
    return table == nullptr ? std::vector<int64_t>() : Numbers(*table);
  }
  std::string Kept(const std::string& extension) const {
    for (const auto& entry : fs::directory_iterator(folder_ + "/state/rows")) {
      if (entry.path().extension() == extension) return entry.path();
    }
    return "";
  }
};

TEST_F(KeptRowsTest, ALaterRunReadsWhatAnEarlierOneComputed) {
  const auto rows = Run(Remembering());
  EXPECT_EQ(rows.size(), 100U);
  EXPECT_EQ(Run(Remembering()), rows);
  EXPECT_EQ(source_->opened, 1);
}

TEST_F(KeptRowsTest, CountingIsEnoughToKeepThem) {
  RunContext first(Remembering());
  EXPECT_EQ(*MakeCache(source_, {.keep = true})->KnownRows(first), 100);
  EXPECT_EQ(Run(Remembering()).size(), 100U);
  EXPECT_EQ(source_->opened, 1);
}

TEST_F(KeptRowsTest, FreshAndAnotherVersionComputeAnew) {
  Run(Remembering());
  RunOptions fresh = Remembering();
  fresh.fresh = true;
  Run(fresh);
  EXPECT_EQ(source_->opened, 2);
  RunOptions other = Remembering();
  other.version = "2";
  Run(other);
  EXPECT_EQ(source_->opened, 3);
}

TEST_F(KeptRowsTest, WhereNothingIsRememberedItIsACacheOfTheRun) {
  EXPECT_EQ(Run(Options()).size(), 100U);
  EXPECT_EQ(Run(Options()).size(), 100U);
  EXPECT_EQ(source_->opened, 2);
}

TEST_F(KeptRowsTest, DamageIsFoundAndMended) {
  const auto rows = Run(Remembering());
  const std::string path = Kept(".arrow");
  std::string bytes = *ReadFile(path);
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(WriteFileAtomic(path, bytes).ok());
  EXPECT_EQ(Run(Remembering()), rows);
  EXPECT_EQ(source_->opened, 2);
  EXPECT_EQ(Run(Remembering()), rows);
  EXPECT_EQ(source_->opened, 2);
}

TEST_F(KeptRowsTest, WithoutItsRecordAFileIsNoCache) {
  Run(Remembering());
  const std::string record = Kept(".json");
  for (const std::string text : {"", "{", "[]", "{\"rows\":100}"}) {
    ASSERT_TRUE(WriteFileAtomic(record, text).ok());
    const int before = source_->opened;
    EXPECT_EQ(Run(Remembering()).size(), 100U);
    EXPECT_EQ(source_->opened, before + 1) << text;
  }
  fs::remove(Kept(".arrow"));
  EXPECT_EQ(Run(Remembering()).size(), 100U);
}

TEST_F(KeptRowsTest, AFailedPlanKeepsNothing) {
  source_->fail_at = 3;
  RunContext run(Remembering());
  EXPECT_EQ(KindOf(Failure(*MakeCache(source_, {.keep = true}), run)), ErrorKind::kData);
  EXPECT_EQ(Kept(".arrow"), "");
  source_->fail_at = -1;
  EXPECT_EQ(Run(Remembering()).size(), 100U);
}

TEST_F(KeptRowsTest, NoRowsAreKeptToo) {
  source_ = SourceOf({NumberedRows(0)}, true);
  EXPECT_EQ(Run(Remembering()).size(), 0U);
  EXPECT_EQ(Run(Remembering()).size(), 0U);
  EXPECT_EQ(source_->opened, 1);
}

TEST_F(KeptRowsTest, OldOnesAreRemovedAndUsedOnesStay) {
  Run(Remembering());
  const std::string folder = folder_ + "/state/rows";
  EXPECT_EQ(RemoveOldRows(folder, 30).count, 0);
  fs::last_write_time(Kept(".json"),
                      fs::file_time_type::clock::now() - std::chrono::hours(24 * 31));
  EXPECT_EQ(Run(Remembering()).size(), 100U);
  EXPECT_EQ(RemoveOldRows(folder, 30).count, 0);
  fs::last_write_time(Kept(".json"),
                      fs::file_time_type::clock::now() - std::chrono::hours(24 * 31));
  const Removed removed = RemoveOldRows(folder, 30);
  EXPECT_EQ(removed.count, 1);
  EXPECT_GT(removed.bytes, 0);
  EXPECT_TRUE(fs::is_empty(folder));
  EXPECT_EQ(RemoveOldRows(folder + "/nowhere", 30).count, 0);
}

}  // namespace
}  // namespace tideway::dataset
