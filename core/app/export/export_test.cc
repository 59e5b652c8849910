#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "core/app/export/check_secrets.h"
#include "core/app/export/quote.h"
#include "core/app/export/sealed_file.h"
#include "core/app/export/slurm_script.h"
#include "core/base/file.h"

namespace tideway::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(BashWord, IsPlainOrQuoted) {
  EXPECT_EQ(*BashWord("x", "a/b-1.lua"), "a/b-1.lua");
  EXPECT_EQ(*BashWord("x", ""), "''");
  EXPECT_EQ(*BashWord("x", "a b"), "'a b'");
  EXPECT_EQ(*BashWord("x", "it's $HOME `id` \"\\"), "'it'\\''s $HOME `id` \"\\'");
  EXPECT_EQ(*BashWord("x", "~"), "'~'");
}

TEST(BashWord, LineBreaksAndControlCharactersAreRefused) {
  for (const std::string bad : {"a\nb", "a\rb", "a\tb", "a\x7f"}) {
    EXPECT_THAT(BashWord("-p x", bad).status().message(),
                HasSubstr("export: -p x must have no line break"));
  }
  EXPECT_FALSE(BashWord("x", std::string_view("a\0b", 3)).ok());
}

TEST(SbatchValue, IsPlainOrInDoubleQuotes) {
  EXPECT_EQ(*SbatchValue("x", "gpu,long"), "gpu,long");
  EXPECT_EQ(*SbatchValue("x", "/a b/#c"), "\"/a b/#c\"");
}

TEST(SbatchValue, WhatSlurmReadsInAnotherWayIsRefused) {
  for (const char* bad : {"a\"b", "a'b", "a\\b"}) {
    EXPECT_THAT(SbatchValue("--account", bad).status().message(),
                HasSubstr("export: --account must have no quote and no backslash: a"));
  }
  EXPECT_FALSE(SbatchValue("x", "a\n#SBATCH --uid=0").ok());
  EXPECT_FALSE(SbatchValue("x", "").ok());
}

SlurmJob Job() {
  return {.name = "mirror",
          .program = "/opt/bin/tideway",
          .script = "/p/scripts/mirror.lua",
          .folder = "/p",
          .path = "/p/mirror.sbatch"};
}

TEST(SlurmScript, OptionsThatMakeNoSenseAreRefusedWithTheirRule) {
  const auto refused = [](auto change) {
    SlurmJob job = Job();
    change(job);
    const Status status = SlurmScript(job).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
    return status.message();
  };
  for (const int shards : {0, -1, 1'000'001}) {
    EXPECT_THAT(refused([&](SlurmJob& job) { job.shards = shards; }), HasSubstr("--shards"));
  }
  for (const int cpus : {0, -4, 5000}) {
    EXPECT_THAT(refused([&](SlurmJob& job) { job.cpus = cpus; }), HasSubstr("--cpus"));
  }
  for (const char* memory : {"", "0", "128GB", "1.5G", "-1G", "G", "63M", "128 G"}) {
    EXPECT_THAT(refused([&](SlurmJob& job) { job.memory = memory; }), HasSubstr("--memory"));
  }
  for (const char* time : {"", "1h", "1:2", "1-", "1-00:00:00:00", "-1", "1:00\n"}) {
    EXPECT_THAT(refused([&](SlurmJob& job) { job.time = time; }), HasSubstr("--time"));
  }
  EXPECT_THAT(refused([](SlurmJob& job) { job.partition = "a\nb"; }), HasSubstr("--partition"));
  EXPECT_THAT(refused([](SlurmJob& job) { job.account = "a'b"; }), HasSubstr("--account"));
  EXPECT_THAT(refused([](SlurmJob& job) { job.mail = "a\"b"; }), HasSubstr("--mail"));
  EXPECT_THAT(refused([](SlurmJob& job) { job.folder = "/it's"; }), HasSubstr("the folder"));
  EXPECT_THAT(refused([](SlurmJob& job) { job.parameters = {"a=\n"}; }), HasSubstr("a parameter"));
  EXPECT_THAT(refused([](SlurmJob& job) { job.reserve = "lots"; }), HasSubstr("not a size"));
}

TEST(SlurmScript, TakesAllFormsOfATime) {
  SlurmJob job = Job();
  for (const char* time : {"90", "90:00", "12:00:00", "1-12", "1-12:30", "10-00:00:00"}) {
    job.time = time;
    EXPECT_TRUE(SlurmScript(job).ok()) << time;
  }
}

TEST(SlurmScript, MoreThanAThousandPartsAreSeveralArrays) {
  SlurmJob job = Job();
  job.shards = 2500;
  EXPECT_THAT(
      *SubmitLines(job),
      ElementsAre("mkdir -p /p/logs && sbatch /p/mirror.sbatch",
                  "sbatch --array=0-999 --export=ALL,TIDEWAY_FIRST_RANK=1000 /p/mirror.sbatch",
                  "sbatch --array=0-499 --export=ALL,TIDEWAY_FIRST_RANK=2000 /p/mirror.sbatch"));
  EXPECT_THAT(*SlurmScript(job), HasSubstr("--array=0-999\n"));
  EXPECT_THAT(*SlurmScript(job), HasSubstr("${TIDEWAY_FIRST_RANK:-0}"));
  job.shards = 1000;
  EXPECT_EQ(SubmitLines(job)->size(), 1);
  EXPECT_THAT(*SlurmScript(job), Not(HasSubstr("FIRST_RANK")));
}

TEST(SlurmScript, PercentSignsOfTheFolderStayInTheNameOfTheLog) {
  SlurmJob job = Job();
  job.folder = "/100%j";
  EXPECT_THAT(*SlurmScript(job), HasSubstr("#SBATCH --output=/100%%j/logs/%x_%A_%a.out\n"));
}

class SealedFileTest : public ::testing::Test {
 protected:
  SealedFileTest() {
    char path[] = "/tmp/tideway-sealed-XXXXXX";
    folder_ = mkdtemp(path);
    path_ = folder_ + "/job";
  }
  ~SealedFileTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string path_;
};

TEST_F(SealedFileTest, IsExecutableAndReplacesWhatNobodyChanged) {
  EXPECT_TRUE(WriteSealed(path_, Sealed("one\n"), false).ok());
  EXPECT_TRUE(WriteSealed(path_, Sealed("two\n"), false).ok());
  EXPECT_THAT(*ReadFile(path_), HasSubstr("two\n# sha256"));
  struct stat info{};
  stat(path_.c_str(), &info);
  EXPECT_NE(info.st_mode & S_IXUSR, 0);
}

TEST_F(SealedFileTest, LeavesAloneWhatSomebodyChanged) {
  for (const std::string& there :
       {Sealed("one\n") + "more\n", "on" + Sealed("one\n"), std::string("mine"), std::string()}) {
    EXPECT_TRUE(WriteFileAtomic(path_, there).ok());
    EXPECT_EQ(KindOf(WriteSealed(path_, Sealed("two\n"), false)), ErrorKind::kConflict);
    EXPECT_EQ(*ReadFile(path_), there);
  }
  EXPECT_TRUE(WriteSealed(path_, Sealed("two\n"), true).ok());
  EXPECT_THAT(*ReadFile(path_), HasSubstr("two"));
}

TEST(CheckSecrets, FindsTokensPasswordsAndVariablesNamedLikeSecrets) {
  setenv("LAB_PASSWORD", "correct horse", 1);
  setenv("LAB_TOKEN_PATH", "/home/ann/token", 1);
  setenv("SHORT_TOKEN", "abc", 1);
  for (const char* bad : {"-p key=hf_0123456789abcdefXYZ", "postgresql://u:hunter22@h/db",
                          "x=correct horse battery"}) {
    const Status status = CheckSecrets("key", bad);
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage) << bad;
    EXPECT_THAT(status.message(), Not(HasSubstr("horse")));
  }
  for (const char* good : {"hf_short", "postgresql://u@h/db", "/home/ann/token", "abc", ""}) {
    EXPECT_TRUE(CheckSecrets("key", good).ok()) << good;
  }
  for (const char* name : {"LAB_PASSWORD", "LAB_TOKEN_PATH", "SHORT_TOKEN"}) unsetenv(name);
}

}  // namespace
}  // namespace tideway::app
