#include "core/hub/local/local.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "core/hub/local/local_testing_internal.h"

namespace tideway::hub::testing {
namespace {

using ::testing::ElementsAre;

TEST_F(LocalTest, ReaderFindsTheFilesOfTheHead) {
  Must(Commit(kOld));
  EXPECT_EQ(Visible(), kOld);
  Must(Commit(kNew));
  EXPECT_EQ(Visible(), kNew);
  ExpectTidy(2);
}

TEST_F(LocalTest, RepositoryThatIsNotThereIsEmpty) {
  LocalRepository repository(Options());
  EXPECT_EQ(Must(repository.Head()), "");
  EXPECT_TRUE(Must(repository.ListFiles("")).empty());
  EXPECT_TRUE(Must(repository.Tags()).empty());
  EXPECT_FAILS(repository.ReadFile("README.md", ""), ErrorKind::kNotFound, "README.md");
  EXPECT_FAILS(repository.ReadFile("README.md", "v1"), ErrorKind::kNotFound, "v1");
  EXPECT_FALSE(fs::exists(Repo()));
}

TEST_F(LocalTest, OldVersionsStayByTagAndByCommit) {
  const std::string first = Must(Commit(kOld, "v1"));
  Must(Commit(kNew, "v2"));
  LocalRepository repository(Options());
  for (const std::string& revision : {std::string("v1"), first}) {
    Files files;
    for (const FileInfo& file : Must(repository.ListFiles(revision))) {
      files[file.path] = Must(repository.ReadFile(file.path, revision));
      EXPECT_EQ(file.sha256, Sha256Hex(files[file.path]));
    }
    EXPECT_EQ(files, kOld);
  }
  EXPECT_EQ(ReadText(Repo(".tideway-repo/tags/v1/README.md")), "old");
  EXPECT_THAT(TagNames(), ElementsAre("v1", "v2"));
}

TEST_F(LocalTest, EqualContentIsStoredOnce) {
  Must(Commit({{"data/a.parquet", kLarge}}));
  Must(Commit({{"data/b.parquet", kLarge}}));
  struct stat first{}, second{};
  ASSERT_EQ(stat(Repo("data/b.parquet").c_str(), &first), 0);
  ASSERT_EQ(stat((Repo(".tideway-repo/objects") / Sha256Hex(kLarge)).c_str(), &second), 0);
  EXPECT_EQ(first.st_ino, second.st_ino);
  EXPECT_EQ(first.st_nlink, 3U);
}

TEST_F(LocalTest, UnchangedFilesKeepTheirTime) {
  Must(Commit(kOld));
  const auto path = Repo("data/test-00000-of-00001.parquet");
  const auto before = fs::last_write_time(path);
  Must(Commit(kNew));
  EXPECT_EQ(fs::last_write_time(path), before);
}

TEST_F(LocalTest, StaleParentIsARetryableConflict) {
  LocalRepository repository(Options());
  Must(Commit(repository, kOld));
  CommitRequest request{.operations = {CommitOperation::AddText("README.md", "x")}};
  const Status status = repository.Commit(request).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kConflict);
  EXPECT_TRUE(IsRetryable(status));
  EXPECT_EQ(Visible(), kOld);
}

TEST_F(LocalTest, TagIsNeverGivenTwice) {
  Must(Commit(kOld, "v1"));
  const Status status = Commit(kNew, "v1").status();
  EXPECT_EQ(KindOf(status), ErrorKind::kConflict);
  EXPECT_FALSE(IsRetryable(status));
  EXPECT_EQ(Visible(), kOld);
}

TEST_F(LocalTest, PathsThatLeadOutAreRefused) {
  LocalRepository repository(Options());
  for (const char* path : {"../x", "/etc/x", "a/../b", "", "a//b", ".git/config", "a/", "a\nb"}) {
    CommitRequest request{.operations = {CommitOperation::AddText(path, "x")}};
    EXPECT_FAILS(repository.Commit(request), ErrorKind::kUsage, "not a path");
    EXPECT_FAILS(repository.ReadFile(path, ""), ErrorKind::kUsage, "not a path");
  }
}

TEST_F(LocalTest, FileEditedThroughItsLinkIsKeptInHistory) {
  Must(Commit(kOld, "v1"));
  WriteText(Repo("README.md"), "edited");
  Must(Commit(kNew, "v2"));
  EXPECT_EQ(Visible(), kNew);
  LocalRepository repository(Options());
  EXPECT_EQ(Must(repository.ReadFile("README.md", "v1")), "old");
  const auto head = Must(
      ParseManifest(ReadText(Repo(".tideway-repo/commits") / (Must(repository.Head()) + ".json"))));
  EXPECT_EQ(Must(repository.ReadFile("README.md", head.parent)), "edited");
  ExpectTidy(3);
}

TEST_F(LocalTest, FilesPutThereByHandAreTakenOver) {
  WriteText(Repo("README.md"), "by hand");
  WriteText(Repo("data/train-00000-of-00001.parquet"), "by hand too");
  Must(Commit(kNew));
  EXPECT_EQ(Visible(), kNew);
  ExpectTidy(2);
}

TEST_F(LocalTest, FileReplacedByHandIsTakenOver) {
  Must(Commit(kOld));
  fs::remove(Repo("README.md"));
  WriteText(Repo("README.md"), "replaced");
  LocalRepository repository(Options());
  EXPECT_EQ(Must(repository.ReadFile("README.md", "")), "replaced");
  Files next = kOld;
  next["dataset_metadata.json"] = "{}";
  next["README.md"] = "merged";
  Must(Commit(next));
  EXPECT_EQ(Visible(), next);
  ExpectTidy(3);
}

TEST_F(LocalTest, FilesRemovedByHandAreGone) {
  Must(Commit(kOld));
  fs::remove_all(Repo("data"));
  LocalRepository repository(Options());
  EXPECT_EQ(Must(repository.ListFiles("")).size(), 1U);
  Must(Commit(kOld));
  EXPECT_EQ(Visible(), kOld);
}

TEST_F(LocalTest, LosingTheStateAndKeepingLinksStartsAnew) {
  Must(Commit(kOld));
  fs::remove_all(Repo(".tideway-repo"));
  EXPECT_TRUE(Visible().empty());
  Must(Commit(kNew));
  EXPECT_EQ(Visible(), kNew);
}

TEST_F(LocalTest, StateCopiedWithLinksResolvedIsNamed) {
  Must(Commit(kOld));
  fs::copy(Repo(), folder_ / "copy", fs::copy_options::recursive);
  LocalRepository copy(Options("copy"));
  EXPECT_FAILS(copy.Head(), ErrorKind::kData, "not a link to a commit");
}

TEST_F(LocalTest, NewerFormatIsRefused) {
  Must(Commit(kOld));
  WriteText(Repo(".tideway-repo/format"), "2\n");
  EXPECT_FAILS(Commit(kNew), ErrorKind::kData, "not a repository that this version reads");
  EXPECT_EQ(Visible(), kOld);
}

TEST_F(LocalTest, BrokenManifestIsNamed) {
  const std::string id = Must(Commit(kOld));
  const fs::path manifest = Repo(".tideway-repo/commits") / (id + ".json");
  for (const char* text : {"", "{", "[]", "{\"parent\": 1}"}) {
    fs::remove(manifest);
    WriteText(manifest, text);
    EXPECT_FAILS(Commit(kNew), ErrorKind::kData, id);
    EXPECT_EQ(Visible(), kOld);
  }
}

TEST_F(LocalTest, LinkedDataFolderIsRefused) {
  fs::create_directories(folder_ / "elsewhere");
  fs::create_directories(Repo());
  fs::create_directory_symlink(folder_ / "elsewhere", Repo("data"));
  EXPECT_FAILS(Commit(kNew), ErrorKind::kData, "is a link");
  EXPECT_TRUE(Visible().empty());
}

TEST_F(LocalTest, FolderThatIsAFileIsNamed) {
  WriteText(folder_ / "file", "x");
  LocalRepository direct(Options("file"));
  EXPECT_FAILS(direct.CheckWritable(), ErrorKind::kIo, "not a folder");
  LocalRepository below(Options("file/repo"));
  EXPECT_FAILS(below.PrepareToWrite(), ErrorKind::kIo, "not a folder");
}

TEST_F(LocalTest, FolderThatMayNotBeWrittenIsNamed) {
  Must(Commit(kOld));
  fs::permissions(folder_, fs::perms::all);
  for (const fs::path& closed : {Repo(), Repo(".tideway-repo")}) {
    fs::permissions(closed, static_cast<fs::perms>(0555));
  }
  // Root may write anywhere, so the child asks as nobody.
  const int code = InChild([&] {
    const bool root = geteuid() == 0;
    if (root && (setgroups(0, nullptr) != 0 || setgid(65534) != 0 || setuid(65534) != 0)) return 2;
    const Status status = LocalRepository(Options()).CheckWritable();
    const bool named = status.message().find("repo") != std::string::npos;
    return KindOf(status) == ErrorKind::kIo && named ? 0 : 1;
  });
  for (const fs::path& closed : {Repo(), Repo(".tideway-repo")}) {
    fs::permissions(closed, fs::perms::owner_all);
  }
  EXPECT_EQ(code, 0);
  EXPECT_EQ(Visible(), kOld);
}

TEST_F(LocalTest, NameIsTheFoldersHoweverItIsWritten) {
  const auto name = [](const std::string& folder) {
    return LocalRepository(LocalOptions{.uri = "file:" + folder, .folder = folder}).name();
  };
  const std::string here = fs::current_path().filename().string();
  EXPECT_EQ(name("."), here);
  EXPECT_EQ(name("./"), here);
  EXPECT_EQ(name("a/.."), here);
  EXPECT_EQ(name("out/department/"), "department");
}

TEST_F(LocalTest, FailedCommitLeavesNothing) {
  const int code = InChild([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1 << 19, 1 << 19};
    LocalRepository repository(Options());
    CommitRequest request{.operations = {CommitOperation::AddText("README.md", "x"),
                                         CommitOperation::AddText("big", kLarge)}};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status status = repository.Commit(request).status();
    return KindOf(status) == ErrorKind::kIo ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
  EXPECT_TRUE(Visible().empty());
  EXPECT_TRUE(fs::is_empty(Repo(".tideway-repo/objects")));
  Must(Commit(kNew));
  EXPECT_EQ(Visible(), kNew);
}

TEST_F(LocalTest, StagingThatIsNeverCommittedLeavesNoRepository) {
  LocalRepository repository(Options());
  ASSERT_STATUS(repository.PrepareToWrite());
  {
    const auto staging = Must(repository.MakeStaging());
  }
  EXPECT_FALSE(fs::exists(Repo()));
}

TEST_F(LocalTest, StagingOfAnotherPushIsLeftAlone) {
  LocalRepository one(Options());
  LocalRepository two(Options());
  ASSERT_STATUS(one.PrepareToWrite());
  const auto kept = Must(one.MakeStaging());
  {
    const auto staging = Must(two.MakeStaging());
  }
  EXPECT_TRUE(fs::exists(kept->path()));
}

TEST_F(LocalTest, SecondWriterWaitsAndThenGivesUp) {
  Must(Commit(kOld));
  LocalOptions options = Options();
  options.lock_patience = std::chrono::milliseconds(1);
  LocalRepository second(options);
  const auto held = Must(FolderLock::Acquire(Repo(".tideway-repo/lock"), std::chrono::seconds(0)));
  EXPECT_FAILS(second.PrepareToWrite(), ErrorKind::kConflict, std::to_string(getpid()));
}

TEST_F(LocalTest, LockOfAKilledWriterIsFree) {
  Must(Commit(kOld));
  InChild([&] {
    const auto held = FolderLock::Acquire(Repo(".tideway-repo/lock"), std::chrono::seconds(0));
    return held.ok() ? 0 : 1;
  });
  Must(Commit(kNew));
}

// What a push that fails early does: comes, takes a place for its files, and goes again.
TEST_F(LocalTest, PushesThatGiveUpDoNotDisturbThoseThatCome) {
  const auto come_and_go = [this]() -> Status {
    LocalRepository repository(Options());
    RETURN_NOT_OK(repository.PrepareToWrite());
    return repository.MakeStaging().status();
  };
  std::vector<std::thread> pushes;
  for (int i = 0; i < 3; ++i) {
    pushes.emplace_back([&] {
      Status status;
      for (int n = 0; n < 300 && status.ok(); ++n) status = come_and_go();
      EXPECT_TRUE(status.ok()) << status.ToString();
    });
  }
  for (std::thread& push : pushes) push.join();
  EXPECT_FALSE(fs::exists(Repo()));
}

TEST_F(LocalTest, WritersAtOnceAllSucceedOneAfterTheOther) {
  Must(Commit({{"README.md", "start"}}));
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([this, i] {
      LocalRepository repository(Options());
      for (;;) {
        CommitRequest request{
            .operations = {CommitOperation::AddText("f" + std::to_string(i), std::to_string(i))}};
        request.parent = Must(repository.Head());
        const Status status = repository.Commit(request).status();
        if (status.ok()) return;
        ASSERT_TRUE(IsRetryable(status)) << status.ToString();
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(Visible().size(), 5U);
  ExpectTidy(5);
}

}  // namespace
}  // namespace tideway::hub::testing
