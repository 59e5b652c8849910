#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/hash.h"
#include "core/dataset/format/replace_folder.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"
#include "core/dataset/format/write_files.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WriteParquetTest : public SourceTest {
 protected:
  static NodePtr Numbers(const std::string& json) {
    const auto batch = MakeBatch(arrow::schema({arrow::field("n", arrow::int64())}), {json});
    return FromTable(*arrow::Table::FromRecordBatches({batch}));
  }
  static NodePtr Failing() { return ReadParquet({"/nowhere/at/all.parquet"}); }
  Result<std::vector<WrittenShard>> Write(const std::vector<WritePart>& parts,
                                          const std::string& name) {
    return WriteFiles(parts, {.path = Path(name)}, *format_, run_);
  }
  std::string RowsIn(const std::string& name) {
    return Json(Must(Read(ReadParquet({Path(name)}))));
  }

  RunContext run_{RunOptions{.workers = 2}};
  const std::unique_ptr<const FileFormat> format_ = MakeParquetFormat();
};

TEST_F(WriteParquetTest, FolderHoldsShardsAndAManifestThatNamesThem) {
  const auto shards =
      Must(Write({{"train", Numbers("[1, 2]")}, {"test", Numbers("[3]")}}, "new/out"));
  EXPECT_THAT(NamesIn("new/out"), ElementsAre("manifest.json", "test-00000-of-00001.parquet",
                                              "train-00000-of-00001.parquet"));
  EXPECT_THAT(NamesIn("new"), ElementsAre("out"));
  const auto manifest = nlohmann::json::parse(Must(ReadFile(Path("new/out/manifest.json"))));
  ASSERT_EQ(manifest["shards"].size(), 2u);
  const auto& train = manifest["shards"][0];
  const std::string path = Path("new/out/train-00000-of-00001.parquet");
  EXPECT_EQ(train["name"], "train-00000-of-00001.parquet");
  EXPECT_EQ(train["rows"], 2);
  EXPECT_EQ(train["size"], std::filesystem::file_size(path));
  EXPECT_EQ(train["sha256"], Must(Sha256File(path)));
  ASSERT_EQ(run_.outputs().size(), 2u);
  EXPECT_EQ(run_.outputs()[0].uri, path);
  EXPECT_EQ(shards[1].part, "test");
}

TEST_F(WriteParquetTest, MorePartsThanTheMemoryHasRoomForAreWrittenInTurns) {
  RunContext small(RunOptions{.workers = 2, .memory_bytes = 64 << 20});
  std::vector<WritePart> parts;
  for (const char* name : {"a", "b", "c", "d", "e"}) parts.push_back({name, Numbers("[1, 2]")});
  EXPECT_EQ(Must(WriteFiles(parts, {.path = Path("out")}, *format_, small)).size(), 5u);
  EXPECT_EQ(RowsIn("out"), "[1,2,1,2,1,2,1,2,1,2]");
}

TEST_F(WriteParquetTest, ColumnsOfManyKindsGiveTheSameBytesForAnyNumberOfWorkers) {
  const std::string path = Put("rows.jsonl", "");
  std::ofstream lines(path);
  for (uint64_t i = 0; i < 60'000; ++i) {
    const std::string number = std::to_string(Mix64(i, 1));
    lines << R"({"n": )" << i << R"(, "text": ")" << number << number << R"(", "tags": [")"
          << number.substr(0, 2) << R"("], "meta": {"score": 0.5, "lang": "en"}})" << "\n";
  }
  lines.close();
  std::set<std::string> hashes;
  for (const int workers : {1, 2, 8}) {
    RunContext run(RunOptions{.workers = workers});
    const WritePart part{"train", ReadJsonl({path})};
    const auto shards = Must(WriteFiles({part}, {.path = Path("out.parquet")}, *format_, run));
    hashes.insert(shards[0].file.sha256);
    EXPECT_EQ(shards[0].file.sha256, Must(Sha256File(Path("out.parquet"))));
  }
  EXPECT_EQ(hashes.size(), 1u);
}

TEST_F(WriteParquetTest, PathThatEndsInParquetIsOneFile) {
  Must(Write({{"train", Numbers("[1, 2]")}}, "out.parquet"));
  EXPECT_THAT(Names(), ElementsAre("out.parquet"));
  EXPECT_EQ(RowsIn("out.parquet"), "[1,2]");
}

TEST_F(WriteParquetTest, SecondWriteReplacesTheFirstWhole) {
  Must(Write({{"train", Numbers("[1]")}, {"old", Numbers("[2]")}}, "out"));
  Must(Write({{"train", Numbers("[3]")}}, "out"));
  EXPECT_THAT(NamesIn("out"), ElementsAre("manifest.json", "train-00000-of-00001.parquet"));
  EXPECT_EQ(RowsIn("out"), "[3]");
  EXPECT_THAT(Names(), ElementsAre("out"));
}

TEST_F(WriteParquetTest, NoPartsAreRefusedAndTheOldOutputStands) {
  Must(Write({{"train", Numbers("[1]")}}, "out"));
  const Status status = Write({}, "out").status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("no parts"));
  EXPECT_EQ(RowsIn("out"), "[1]");
}

TEST_F(WriteParquetTest, OutputsThatTheRunReplacedAreNotListed) {
  Must(Write({{"train", Numbers("[1]")}, {"old", Numbers("[2]")}}, "out"));
  Must(Write({{"train", Numbers("[1]")}}, "out2"));
  Must(Write({{"train", Numbers("[1]")}}, "one.parquet"));
  Must(Write({{"train", Numbers("[2]")}}, "one.parquet"));
  Must(Write({{"train", Numbers("[3]")}}, "out"));
  std::vector<std::string> uris;
  for (const OutputRecord& output : run_.outputs()) uris.push_back(output.uri);
  EXPECT_THAT(uris, ElementsAre(Path("out2/train-00000-of-00001.parquet"), Path("one.parquet"),
                                Path("out/train-00000-of-00001.parquet")));
}

TEST_F(WriteParquetTest, NameTooLongForAFileIsRefusedBeforeAnythingRuns) {
  const Status status = Write({{std::string(240, 'x'), Failing()}}, "out").status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
}

TEST_F(WriteParquetTest, ReaderThatHasTheOldFolderOpenKeepsReadingTheOldFiles) {
  Must(Write({{"train", Numbers("[1]")}}, "out"));
  const int old_folder = open(Path("out").c_str(), O_RDONLY | O_DIRECTORY);
  const int old_file = openat(old_folder, "train-00000-of-00001.parquet", O_RDONLY);
  Must(Write({{"train", Numbers("[2]")}}, "out"));
  char magic[4] = {};
  EXPECT_EQ(pread(old_file, magic, 4, 0), 4);
  EXPECT_EQ(std::string_view(magic, 4), "PAR1");
  close(old_file);
  close(old_folder);
}

TEST_F(WriteParquetTest, FailedWriteLeavesTheOldOutputAndNothingElse) {
  Must(Write({{"train", Numbers("[1]")}}, "out"));
  EXPECT_FALSE(Write({{"train", Numbers("[2]")}, {"test", Failing()}}, "out").ok());
  EXPECT_EQ(RowsIn("out"), "[1]");
  EXPECT_THAT(Names(), ElementsAre("out"));
  EXPECT_FALSE(Write({{"train", Failing()}}, "other").ok());
  EXPECT_FALSE(Write({{"train", Failing()}}, "one.parquet").ok());
  EXPECT_THAT(Names(), ElementsAre("out"));
}

TEST_F(WriteParquetTest, FolderWithForeignFilesIsRefusedByName) {
  std::filesystem::create_directory(Path("out"));
  Put("out/notes.txt", "mine");
  const Status status = Write({{"train", Numbers("[1]")}}, "out").status();
  EXPECT_EQ(KindOf(status), ErrorKind::kConflict);
  EXPECT_THAT(status.message(), HasSubstr("out/notes.txt"));
  EXPECT_THAT(NamesIn("out"), ElementsAre("notes.txt"));
}

TEST_F(WriteParquetTest, ForeignFileThatComesDuringTheWriteIsNotSweptAway) {
  for (const bool exchange : {true, false}) {
    Must(Write({{"train", Numbers("[1]")}}, "out"));
    const auto replacement = Must(FolderReplacement::Prepare(Path("out"), exchange));
    ASSERT_STATUS(WriteFileAtomic(replacement->staging() + "/manifest.json", "{}"));
    Put("out/notes.txt", "mine");
    const Status status = replacement->Commit();
    EXPECT_EQ(KindOf(status), ErrorKind::kConflict);
    EXPECT_THAT(status.message(), HasSubstr("out/notes.txt"));
    EXPECT_EQ(Must(ReadFile(Path("out/notes.txt"))), "mine");
    EXPECT_EQ(RowsIn("out"), "[1]");
    std::filesystem::remove_all(Path("out"));
  }
}

TEST_F(WriteParquetTest, ManifestThatNamesFilesElsewhereRemovesNone) {
  Put("precious.txt", "mine");
  std::filesystem::create_directory(Path("out"));
  Put("out/manifest.json", R"({"shards": [{"name": "../precious.txt"}]})");
  const auto replacement = Must(FolderReplacement::Prepare(Path("out"), false));
  ASSERT_STATUS(WriteFileAtomic(replacement->staging() + "/manifest.json", "{}"));
  ASSERT_STATUS(replacement->Commit());
  EXPECT_EQ(Must(ReadFile(Path("precious.txt"))), "mine");
}

TEST_F(WriteParquetTest, EmptyFolderAndALinkToAFolderAreFine) {
  std::filesystem::create_directory(Path("real"));
  std::filesystem::create_directory_symlink(Path("real"), Path("link"));
  Must(Write({{"train", Numbers("[1]")}}, "link/"));
  EXPECT_TRUE(std::filesystem::is_symlink(Path("link")));
  EXPECT_EQ(RowsIn("real"), "[1]");
}

TEST_F(WriteParquetTest, LeftoversOfAKilledWriteAreRemovedByTheNext) {
  const pid_t child = fork();
  if (child == 0) {
    auto killed = FolderReplacement::Prepare(Path("out"));
    _exit(killed.ok() ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  ASSERT_THAT(Names(), ElementsAre(".out.tideway-tmp"));
  Must(Write({{"train", Numbers("[1]")}}, "out"));
  EXPECT_THAT(Names(), ElementsAre("out"));
}

TEST_F(WriteParquetTest, FilesAreMovedOneByOneWhereFoldersCannotTradePlaces) {
  Must(Write({{"train", Numbers("[1]")}, {"old", Numbers("[2]")}}, "out"));
  {
    const auto replacement = Must(FolderReplacement::Prepare(Path("out"), false));
    ASSERT_STATUS(WriteFileAtomic(replacement->staging() + "/train-00000-of-00001.parquet", "new"));
    ASSERT_STATUS(WriteFileAtomic(replacement->staging() + "/manifest.json", "{}"));
    ASSERT_STATUS(replacement->Commit());
  }
  EXPECT_THAT(NamesIn("out"), ElementsAre("manifest.json", "train-00000-of-00001.parquet"));
  EXPECT_EQ(Must(ReadFile(Path("out/train-00000-of-00001.parquet"))), "new");
}

TEST_F(WriteParquetTest, BadNamesAndTargetsAreUsageErrors) {
  for (const char* name : {"", "a b", "../x", "a..b", ".a", "a/b"}) {
    EXPECT_EQ(KindOf(Write({{name, Numbers("[1]")}}, "out").status()), ErrorKind::kUsage) << name;
  }
  const std::vector<WritePart> two = {{"a", Numbers("[1]")}, {"b", Numbers("[1]")}};
  EXPECT_EQ(KindOf(Write(two, "out.parquet").status()), ErrorKind::kUsage);
  const std::vector<WritePart> twins = {{"a", Numbers("[1]")}, {"a", Numbers("[1]")}};
  EXPECT_EQ(KindOf(Write(twins, "out").status()), ErrorKind::kUsage);
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(WriteParquetTest, FileWrittenAnewRemovesWhatAKilledRunLeft) {
  const pid_t child = fork();
  if (child == 0) {
    auto file = AtomicFile::Create(Path("out.parquet"));
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  EXPECT_THAT(Names(), Not(IsEmpty()));
  Must(Write({{"train", Numbers("[1]")}}, "out.parquet"));
  EXPECT_THAT(Names(), ElementsAre("out.parquet"));
}

TEST_F(WriteParquetTest, TargetBelowAFileIsNamed) {
  Put("file", "");
  for (const char* name : {"file", "file/out", "file/out.parquet"}) {
    const Status status = Write({{"train", Numbers("[1]")}}, name).status();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(status.message(), HasSubstr(Path("file")));
  }
}

TEST_F(WriteParquetTest, CheckingWritesNothingAndSaysWhatItWouldDo) {
  RunContext check({.check_only = true});
  EXPECT_THAT(Must(WriteFiles({{"train", Numbers("[1]")}}, {.path = Path("out")}, *format_, check)),
              IsEmpty());
  EXPECT_THAT(Names(), IsEmpty());
  ASSERT_EQ(check.plans().size(), 1u);
  EXPECT_THAT(check.plans()[0], HasSubstr("from_rows"));
  Put("file", "");
  EXPECT_FALSE(
      WriteFiles({{"t", Numbers("[1]")}}, {.path = Path("file/out")}, *format_, check).ok());
}

TEST_F(WriteParquetTest, FolderIsADatasetToPython) {
  Must(WriteFiles({{"train", Numbers("[1, 2]")}}, {.path = Path("out")}, *format_, run_));
  EXPECT_EQ(Judge("judge_folder.py", Path("out")), "train: [{'n': 1}, {'n': 2}]\n");
}

}  // namespace
}  // namespace tideway::dataset
