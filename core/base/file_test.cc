#include "core/base/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/base/owner.h"

namespace tideway {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    char path[] = "/tmp/tideway-file-XXXXXX";
    folder_ = mkdtemp(path);
  }
  ~FileTest() override { fs::remove_all(folder_); }

  std::string At(const std::string& name) const { return folder_ + "/" + name; }
  void Put(const std::string& name) const { std::ofstream(At(name)) << "old"; }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  // The id of a process that lived and died.
  static pid_t DeadProcess() {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    return child;
  }
  // This process's mark with another process id.
  static std::string MarkOf(pid_t pid) {
    std::string mark = OwnerMark();
    return mark.replace(mark.find('-') + 1, std::to_string(getpid()).size(), std::to_string(pid));
  }

  std::string folder_;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitizerKeepsWhatIsFreed = true;
#else
constexpr bool kSanitizerKeepsWhatIsFreed = false;
#endif

int64_t ResidentBytes() {
  int64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// An output may have thousands of shards, all sealed before the first is renamed.
TEST_F(FileTest, SealedFilesHoldNoBuffers) {
  const std::string bytes(200'000, 'x');
  std::vector<std::unique_ptr<AtomicFile>> files;
  int64_t before = 0;
  for (int i = 0; i < 101; ++i) {
    files.push_back(*AtomicFile::Create(At(std::to_string(i))));
    ASSERT_TRUE(files.back()->Write(bytes).ok());
    ASSERT_TRUE(files.back()->Seal().ok());
    if (i == 0) before = ResidentBytes();
  }
  const int64_t held = kSanitizerKeepsWhatIsFreed ? 0 : ResidentBytes() - before;
  EXPECT_LT(held, 50 * static_cast<int64_t>(bytes.size()));
}

TEST_F(FileTest, PublishedBytesAreReadBack) {
  const std::string bytes(700'000, 'x');
  ASSERT_TRUE(WriteFileAtomic(At("a"), bytes).ok());
  EXPECT_EQ(*ReadFile(At("a")), bytes);
  EXPECT_THAT(Names(), ::testing::ElementsAre("a"));
}

TEST_F(FileTest, ReaderSeesTheOldContentUntilPublish) {
  Put("a");
  auto file = *AtomicFile::Create(At("a"));
  ASSERT_TRUE(file->Write("new").ok());
  EXPECT_EQ(*ReadFile(At("a")), "old");
  ASSERT_TRUE(file->Publish().ok());
  EXPECT_EQ(*ReadFile(At("a")), "new");
  EXPECT_EQ(file->size(), 3);
}

TEST_F(FileTest, UnpublishedFileLeavesNothingBehind) {
  Put("a");
  (void)(*AtomicFile::Create(At("a")))->Write("new");
  EXPECT_THAT(Names(), ::testing::ElementsAre("a"));
  EXPECT_EQ(*ReadFile(At("a")), "old");
}

TEST_F(FileTest, SealedFileAppearsOnlyWhenRenamed) {
  auto file = *AtomicFile::Create(At("a"));
  ASSERT_TRUE(file->Write("new").ok());
  ASSERT_TRUE(file->Seal().ok());
  EXPECT_FALSE(FileExists(At("a")));
  EXPECT_EQ(*ReadFile(file->temporary_path()), "new");
  ASSERT_TRUE(file->Rename().ok());
  EXPECT_EQ(*ReadFile(At("a")), "new");
}

TEST_F(FileTest, LongestFileNameHasATemporaryToo) {
  EXPECT_TRUE(WriteFileAtomic(At(std::string(255, 'n')), "x").ok());
}

TEST_F(FileTest, FullDiskIsNamedAndLeavesTheOldFile) {
  Put("a");
  auto file = *AtomicFile::Create(At("a"));
  const int full = open("/dev/full", O_WRONLY);
  dup2(full, file->fd());
  close(full);
  ASSERT_TRUE(file->Write("small").ok());
  const Status status = file->Publish();
  EXPECT_EQ(KindOf(status), ErrorKind::kDiskFull);
  EXPECT_THAT(status.message(), HasSubstr(At("a")));
  EXPECT_EQ(KindOf(file->Write(std::string(1 << 20, 'x'))), ErrorKind::kDiskFull);
  file.reset();
  EXPECT_EQ(*ReadFile(At("a")), "old");
  EXPECT_THAT(Names(), ::testing::ElementsAre("a"));
}

TEST_F(FileTest, FileSizeLimitIsAnErrorAndPublishesNothing) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status status = WriteFileAtomic(At("a"), std::string(1 << 20, 'x'));
    _exit(KindOf(status) == ErrorKind::kIo ? 0 : 1);
  }
  int result = 0;
  waitpid(child, &result, 0);
  EXPECT_EQ(result, 0);
  EXPECT_THAT(Names(), ::testing::IsEmpty());
}

// Root may write anywhere, so the tests' unwritable folder is one below a regular file.
TEST_F(FileTest, PathBelowAFileCannotBeCreated) {
  Put("a");
  EXPECT_EQ(KindOf(WriteFileAtomic(At("a/b"), "x")), ErrorKind::kIo);
  EXPECT_THAT(WriteFileAtomic(At("a/b"), "x").message(), HasSubstr(At("a/b")));
  EXPECT_EQ(KindOf(CheckWritable(At("a"))), ErrorKind::kIo);
  EXPECT_EQ(KindOf(MakeFolders(At("a"))), ErrorKind::kIo);
  EXPECT_EQ(KindOf(MakeFolders(At("a/b/c"))), ErrorKind::kIo);
  EXPECT_FALSE(ScratchFolder::Create(At("a/b")).ok());
}

TEST_F(FileTest, MissingFolderIsNotFound) {
  EXPECT_EQ(KindOf(WriteFileAtomic(At("x/y"), "x")), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(CheckWritable(At("x"))), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(ReadFile(At("x")).status()), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(RemoveStaleTemporaries(At("x")).status()), ErrorKind::kNotFound);
}

TEST_F(FileTest, FolderInThePlaceOfTheFileStopsPublishing) {
  ASSERT_TRUE(MakeFolders(At("a/b")).ok());
  EXPECT_EQ(KindOf(WriteFileAtomic(At("a"), "x")), ErrorKind::kIo);
  EXPECT_THAT(Names(), ::testing::ElementsAre("a"));
}

TEST_F(FileTest, CheckWritableLeavesNothing) {
  EXPECT_TRUE(CheckWritable(folder_).ok());
  EXPECT_THAT(Names(), ::testing::IsEmpty());
}

TEST_F(FileTest, RemoveAllTakesFoldersAndAbsence) {
  ASSERT_TRUE(MakeFolders(At("a/b/c")).ok());
  EXPECT_TRUE(RemoveAll(At("a")).ok());
  EXPECT_TRUE(RemoveAll(At("a")).ok());
  EXPECT_FALSE(FileExists(At("a")));
}

TEST_F(FileTest, KilledWritersTemporaryIsRemoved) {
  const pid_t child = fork();
  if (child == 0) {
    auto file = AtomicFile::Create(At("a"));
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  EXPECT_EQ(Names().size(), 1);
  EXPECT_EQ(*RemoveStaleTemporaries(folder_), 1);
  EXPECT_THAT(Names(), ::testing::IsEmpty());
}

TEST_F(FileTest, LivingWritersTemporaryStays) {
  auto file = *AtomicFile::Create(At("a"));
  EXPECT_EQ(*RemoveStaleTemporaries(folder_), 0);
  EXPECT_TRUE(file->Publish().ok());
}

TEST_F(FileTest, NamesThatOnlyLookLikeTemporariesStay) {
  const std::string mark = MarkOf(DeadProcess());
  for (const std::string& name :
       {"a." + mark + ".0.tideway-tmp", "." + mark + ".tideway-tmp", ".a." + mark + ".0",
        std::string(".tideway-tmp"), std::string(".a.00000000-1-1.0.tideway-tmp"),
        std::string(".a.x.0.tideway-tmp"), std::string("..tideway-tmp")}) {
    Put(name);
  }
  EXPECT_EQ(*RemoveStaleTemporaries(folder_), 0);
  EXPECT_EQ(Names().size(), 7);
}

TEST_F(FileTest, ScratchFolderGoesWithItsFiles) {
  auto scratch = *ScratchFolder::Create(At("scratch"));
  EXPECT_NE(scratch->NewFile("spill"), scratch->NewFile("spill"));
  std::ofstream(scratch->NewFile("spill")) << "x";
  const std::string path = scratch->path();
  EXPECT_TRUE(FileExists(path));
  scratch.reset();
  EXPECT_FALSE(FileExists(path));
}

TEST_F(FileTest, ScratchFoldersOfDeadProcessesAreRemoved) {
  const std::string dead = At("scratch-" + MarkOf(DeadProcess()) + ".0");
  const std::string other = At("scratch-deadbeef-1-1.0");
  ASSERT_TRUE(MakeFolders(dead).ok());
  ASSERT_TRUE(MakeFolders(other).ok());
  auto living = *ScratchFolder::Create(folder_);
  auto mine = *ScratchFolder::Create(folder_);
  EXPECT_FALSE(FileExists(dead));
  EXPECT_TRUE(FileExists(other));
  EXPECT_TRUE(FileExists(living->path()));
}

}  // namespace
}  // namespace tideway
