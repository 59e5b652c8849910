#include "core/mirror/status_file.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "core/base/file.h"

namespace tideway::mirror {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class StatusFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("status-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    path_ = folder_ / "_status.json";
  }
  void TearDown() override { fs::remove_all(folder_); }

  Status Set(const std::string& id, const DatasetStatus& status) {
    return file().Change(
        [&](Datasets& datasets) {
          datasets[id] = status;
          return Status::OK();
        },
        cancel_);
  }
  StatusFile file() { return StatusFile(path_, leases_, clock_, {}); }

  fs::path folder_;
  std::string path_;
  FakeClock clock_;
  CancelToken cancel_;
  Leases leases_{
      (fs::temp_directory_path() / ("status-" + std::to_string(getpid())) / "_locks").string(),
      {.beats = false},
      clock_};
};

const DatasetStatus kStatus{.commit = "0123",
                            .state = "downloading",
                            .files = 3,
                            .bytes = 1000,
                            .files_there = 1,
                            .bytes_there = 10,
                            .since = 1.5,
                            .error = "a \"b\" ü"};

TEST_F(StatusFileTest, SaysWhatItWasTold) {
  ASSERT_TRUE(Set("ns/name", kStatus).ok());
  ASSERT_TRUE(Set("ns/other", {}).ok());
  const auto read = file().Read();
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(*read, (Datasets{{"ns/name", kStatus}, {"ns/other", {}}}));
}

TEST_F(StatusFileTest, ThereIsNoneBeforeTheFirstChange) {
  EXPECT_EQ(*file().Read(), Datasets{});
  EXPECT_FALSE(FileExists(path_));
}

TEST_F(StatusFileTest, EveryCutIsFound) {
  ASSERT_TRUE(Set("ns/name", kStatus).ok());
  const std::string text = *ReadFile(path_);
  for (size_t size = 0; size < text.size() - 1; ++size) {
    ASSERT_TRUE(WriteFileAtomic(path_, text.substr(0, size)).ok());
    EXPECT_EQ(KindOf(file().Read().status()), ErrorKind::kData) << size;
  }
}

TEST_F(StatusFileTest, EveryFlippedBitIsFound) {
  ASSERT_TRUE(Set("ns/name", kStatus).ok());
  const std::string text = *ReadFile(path_);
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_TRUE(WriteFileAtomic(path_, flipped).ok());
    EXPECT_FALSE(file().Read().ok()) << bit << ": " << flipped;
  }
}

TEST_F(StatusFileTest, ABrokenOneIsKeptAsideAndMadeAnew) {
  ASSERT_TRUE(WriteFileAtomic(path_, "{}").ok());
  ASSERT_TRUE(Set("ns/name", kStatus).ok());
  EXPECT_EQ(*file().Read(), (Datasets{{"ns/name", kStatus}}));
  EXPECT_EQ(*ReadFile(path_ + ".broken"), "{}");
}

TEST_F(StatusFileTest, WhoCannotChangeItNowIsTold) {
  const auto lease = leases_.Try("_status");
  ASSERT_NE(*lease, nullptr);
  const auto changed = file().TryChange([](Datasets&) { return Status::OK(); });
  ASSERT_TRUE(changed.ok());
  EXPECT_FALSE(*changed);
}

TEST_F(StatusFileTest, WhoStandsStillWhileItChangesItBeginsAnew) {
  int tries = 0;
  const Status changed = file().Change(
      [&](Datasets& datasets) {
        datasets["ns/name"] = kStatus;
        if (++tries == 1) clock_.Advance(std::chrono::hours(1));
        if (tries == 2) fs::remove_all(folder_ / "_locks" / "_status");  // as when another is done
        return Status::OK();
      },
      cancel_);
  ASSERT_TRUE(changed.ok()) << changed.ToString();
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(*file().Read(), (Datasets{{"ns/name", kStatus}}));
}

TEST_F(StatusFileTest, AnErrorOfTheChangeLeavesItAsItWas) {
  ASSERT_TRUE(Set("ns/name", kStatus).ok());
  const std::string before = *ReadFile(path_);
  const Status failed = file().Change(
      [](Datasets& datasets) -> Status {
        datasets.clear();
        return Error(ErrorKind::kData, "no");
      },
      cancel_);
  EXPECT_THAT(failed.message(), HasSubstr("no"));
  EXPECT_EQ(*ReadFile(path_), before);
}

}  // namespace
}  // namespace tideway::mirror
