#include <gmock/gmock.h>
#include <sys/stat.h>

#include <set>

#include "core/base/hash.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/testing_internal.h"
#include "core/dataset/op/limit.h"
#include "core/dataset/op/select.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::HasSubstr;

class WholeFileSourceTest : public SourceTest {
 protected:
  // A tree of four files, and of what is passed over.
  std::string Tree() {
    for (const char* folder : {"t", "t/b", "t/b/c", "t/.git", "t/z"}) {
      std::filesystem::create_directory(Path(folder));
    }
    Put("t/b/c/deep.bin", std::string("\0\xff", 2));
    Put("t/b/2.txt", "two");
    Put("t/B.txt", "");
    Put("t/z/.hidden", "no");
    Put("t/.git/config", "no");
    std::filesystem::create_directory_symlink(".", Path("t/z/loop"));
    std::filesystem::create_symlink("../B.txt", Path("t/b/link"));
    return Path("t");
  }
  static BatchPtr Batch(const TablePtr& table) { return Must(table->CombineChunksToBatch()); }
};

TEST_F(WholeFileSourceTest, FolderGivesItsFilesAtAnyDepthInByteOrderOfTheirPaths) {
  const auto rows = Must(Read(ReadWholeFiles({Tree() + "/"})));
  EXPECT_EQ(rows->schema()->ToString(), "path: string\nsize: int64\ncontent: binary");
  EXPECT_EQ(Json(rows, 0), R"(["B.txt","b/2.txt","b/c/deep.bin","b/link"])");
  EXPECT_EQ(Json(rows, 1), "[0,3,2,0]");
  EXPECT_EQ(Json(rows, 2), "[,74776F,00FF,]");
}

TEST_F(WholeFileSourceTest, PatternsAndListsGiveThePathsAsTheyMatch) {
  const std::string tree = Tree();
  const auto rows = Must(Read(ReadWholeFiles({tree + "/B.txt", tree + "/**/*.bin"})));
  EXPECT_EQ(Json(rows, 0), "[\"" + tree + "/B.txt\",\"" + tree + "/b/c/deep.bin\"]");
}

TEST_F(WholeFileSourceTest, ContentsThatNobodyAsksForAreNotRead) {
  const std::string tree = Tree();
  std::filesystem::resize_file(Path("t/b/2.txt"), int64_t{5} << 30);  // sparse
  const NodePtr source = ReadWholeFiles({tree});
  RunContext run({.workers = 2});
  const auto rows = Must(Read(MakeSelect(source, {"size", "path"}), run));
  EXPECT_EQ(Json(rows, 0), "[0,5368709120,2,0]");
  EXPECT_EQ(Must(source->KnownRows(run)), 4);
  ASSERT_EQ(run.inputs().size(), 1u);
  EXPECT_EQ(run.inputs()[0].rows, 4);
}

TEST_F(WholeFileSourceTest, FileLargerThanARowMayBeIsRefusedWithARemedy) {
  const auto path = Put("big", "");
  std::filesystem::resize_file(path, (int64_t{64} << 20) + 1);
  const Status status = Read(ReadWholeFiles({path})).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kMemory);
  EXPECT_THAT(status.message(), HasSubstr("a file of 64.0 MiB, where a row may hold 64.0 MiB: "));
  EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr("--memory"));
  std::filesystem::resize_file(path, int64_t{64} << 20);
  EXPECT_EQ(Must(Read(ReadWholeFiles({path})))->num_rows(), 1);
}

TEST_F(WholeFileSourceTest, LargerFilesThanAskedForAreNotReadAndTheirContentIsNull) {
  const std::string tree = Tree();
  std::filesystem::resize_file(Path("t/b/2.txt"), int64_t{5} << 30);  // sparse
  const auto rows = Must(Read(ReadWholeFiles({tree}, 2)));
  EXPECT_EQ(Json(rows, 1), "[0,5368709120,2,0]");
  EXPECT_EQ(Json(rows, 2), "[,null,00FF,]");
  EXPECT_EQ(Must(Read(ReadWholeFiles({tree}, 1)))->column(2)->null_count(), 2);
}

TEST_F(WholeFileSourceTest, TheLimitIsPartOfTheIdentity) {
  const std::string tree = Tree();
  RunContext run({.workers = 2});
  std::set<std::string> identities;
  for (const int64_t limit : {int64_t{1}, int64_t{2}, kAnySize}) {
    identities.insert(Must(ReadWholeFiles({tree}, limit)->Identity(run)));
  }
  EXPECT_EQ(identities.size(), 3u);
}

TEST_F(WholeFileSourceTest, OneFileIsRecordedByTheHashOfWhatItHolds) {
  const auto path = Put("one", "text");
  RunContext run({.workers = 2});
  Must(Read(ReadWholeFiles({path}), run));
  ASSERT_EQ(run.inputs().size(), 1u);
  EXPECT_EQ(run.inputs()[0].uri, path);
  EXPECT_EQ(run.inputs()[0].hash, "sha256:" + Sha256Hex("text"));
}

TEST_F(WholeFileSourceTest, ManyFilesMakeManyBatchesInOrder) {
  std::filesystem::create_directory(Path("many"));
  for (int i = 0; i < 2500; ++i) {
    Put("many/" + std::to_string(10'000 + i), std::string(static_cast<size_t>(i), 'x'));
  }
  RunContext run({.workers = 3, .memory_bytes = 16 << 20});
  const auto rows = Must(Read(ReadWholeFiles({Path("many")}), run));
  ASSERT_EQ(rows->num_rows(), 2500);
  const auto& contents = static_cast<const arrow::BinaryArray&>(*rows->column(2)->chunk(0));
  for (int64_t i = 0; i < 2500; ++i) ASSERT_EQ(contents.value_length(i), i);
}

TEST_F(WholeFileSourceTest, InputIsTheHashOfAListOfAllFiles) {
  const std::string tree = Tree();
  RunContext run({.workers = 2});
  Must(Read(ReadWholeFiles({tree}), run));
  ASSERT_EQ(run.inputs().size(), 1u);
  std::string list;
  for (const char* name : {"B.txt", "b/2.txt", "b/c/deep.bin", "b/link"}) {
    list += Must(Sha256File(tree + "/" + name)) + "  " + name + "\n";
  }
  EXPECT_EQ(run.inputs()[0].uri, tree);
  EXPECT_EQ(run.inputs()[0].hash, "sha256:" + Sha256Hex(list));
  EXPECT_EQ(run.inputs()[0].bytes, 5);
}

TEST_F(WholeFileSourceTest, FileThatChangedIsAConflict) {
  const auto path = Put("a", "one");
  const NodePtr source = ReadWholeFiles({path});
  RunContext run({});
  Must(source->schema(run));
  Put("a", "longer");
  EXPECT_EQ(KindOf(Read(source, run).status()), ErrorKind::kConflict);
}

TEST_F(WholeFileSourceTest, WhatCannotBeReadIsNamed) {
  std::filesystem::create_directory(Path("e"));
  EXPECT_EQ(KindOf(Read(ReadWholeFiles({Path("e")})).status()), ErrorKind::kNotFound);
  ASSERT_EQ(mkfifo(Path("e/pipe").c_str(), 0600), 0);
  const Status fifo = Read(ReadWholeFiles({Path("e")})).status();
  EXPECT_EQ(KindOf(fifo), ErrorKind::kIo);
  EXPECT_THAT(fifo.message(), HasSubstr("no regular file: " + Path("e/pipe")));
  std::filesystem::remove(Path("e/pipe"));
  std::filesystem::create_symlink("nowhere", Path("e/broken"));
  EXPECT_EQ(KindOf(Read(ReadWholeFiles({Path("e")})).status()), ErrorKind::kNotFound);
  std::filesystem::remove(Path("e/broken"));
  Put("e/\xff", "x");
  EXPECT_THAT(Read(ReadWholeFiles({Path("e")})).status().message(), HasSubstr("not UTF-8"));
}

TEST_F(WholeFileSourceTest, IdentityDependsOnPathsAndOnTheContentsThatAreRead) {
  RunContext run({});
  const auto identity = [&](bool contents) {
    const NodePtr source = ReadWholeFiles({folder_});
    return Must((contents ? source : source->Narrow({"path", "size"}))->Identity(run));
  };
  Put("a", "one");
  const auto narrow = identity(false);
  const auto whole = identity(true);
  Put("a", "two");
  EXPECT_EQ(identity(false), narrow);
  EXPECT_NE(identity(true), whole);
  std::filesystem::rename(Path("a"), Path("b"));
  EXPECT_NE(identity(false), narrow);
}

TEST_F(WholeFileSourceTest, LimitReadsNoMoreThanItTakes) {
  const auto rows = Must(Read(Must(MakeLimit(ReadWholeFiles({Tree()}), 2))));
  EXPECT_EQ(Json(rows, 0), R"(["B.txt","b/2.txt"])");
}

}  // namespace
}  // namespace tideway::dataset
