#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/app/exit_code.h"
#include "core/app/paths.h"
#include "core/app/progress.h"
#include "core/app/report.h"

namespace tideway::app {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST(ExitCode, FollowsTheErrorsKind) {
  EXPECT_EQ(ExitCodeOf(Error(ErrorKind::kUsage, "x")), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(Error(ErrorKind::kAuth, "x")), ExitCode::kAuth);
  EXPECT_EQ(ExitCodeOf(Error(ErrorKind::kDatabase, "x")), ExitCode::kUnavailable);
  EXPECT_EQ(ExitCodeOf(Error(ErrorKind::kDiskFull, "x")), ExitCode::kFailed);
  EXPECT_EQ(ExitCodeOf(Error(ErrorKind::kInterrupted, "x")), ExitCode::kInterrupted);
  EXPECT_EQ(ExitCodeOf(Status::Invalid("x")), ExitCode::kFailed);
}

TEST(ExitCode, TextListsEveryCode) {
  for (const char* code : {"0", "1", "2", "3", "4", "5", "130"}) {
    EXPECT_THAT(ExitCodesText(), ::testing::ContainsRegex(std::string(" ") + code + "  [a-z]+"));
  }
}

class PathsTest : public ::testing::Test {
 protected:
  PathsTest() {
    char path[] = "/tmp/tideway-paths-XXXXXX";
    folder_ = mkdtemp(path);
    before_ = std::filesystem::current_path();
    std::filesystem::create_directories(folder_ + "/scripts");
    std::ofstream(folder_ + "/scripts/grievances.lua") << "return 1";
    std::filesystem::current_path(folder_);
  }
  ~PathsTest() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }
  std::string folder_;
  std::filesystem::path before_;
};

TEST_F(PathsTest, ScriptIsFoundByNameAndByPath) {
  EXPECT_EQ(*FindScript("grievances"), "scripts/grievances.lua");
  EXPECT_EQ(*FindScript("scripts/grievances.lua"), "scripts/grievances.lua");
}

TEST_F(PathsTest, MissingScriptIsNamedWithASuggestion) {
  const Status status = FindScript("grievance").status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("scripts/grievance.lua; did you mean `grievances`?"));
  EXPECT_THAT(FindScript("a/b.lua").status().message(), HasSubstr("no such script: a/b.lua"));
}

TEST_F(PathsTest, FolderIsNoScript) { EXPECT_FALSE(FindScript("scripts").ok()); }

TEST_F(PathsTest, ProjectIsTheFolderAroundScripts) {
  EXPECT_EQ(ProjectFolder("scripts/grievances.lua"), folder_);
  EXPECT_EQ(ProjectFolder("/a/b/x.lua"), "/a/b");
}

TEST_F(PathsTest, StateIsBesideTheScriptsUnlessMoved) {
  unsetenv("TIDEWAY_HOME");
  EXPECT_EQ(StateFolder("/a"), "/a/.tideway");
  setenv("TIDEWAY_HOME", "/elsewhere", 1);
  EXPECT_EQ(StateFolder("/a"), "/elsewhere");
  unsetenv("TIDEWAY_HOME");
}

TEST(ErrorText, SaysWhatWhereAndHint) {
  const Status status = Error(ErrorKind::kScript, "no column")
                            .Where("a.lua:3")
                            .Hint("mend it")
                            .Cause(Status::IOError("below"))
                            .Traceback("stack traceback:\n\ta.lua:3");
  EXPECT_EQ(ErrorText(status, false), "no column\n  at a.lua:3\n  hint: mend it");
  EXPECT_THAT(ErrorText(status, true), HasSubstr("below"));
  EXPECT_THAT(ErrorText(status, true), HasSubstr("stack traceback"));
}

TEST(DumpJson, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(DumpJson(nlohmann::ordered_json{{"key", "a\xff"}}, -1), "{\"key\":\"a\xEF\xBF\xBD\"}");
}

dataset::StageProgress Stage(int64_t rows, std::optional<double> share, int seconds) {
  return {.name = "sort", .rows = rows, .share = share, .elapsed = std::chrono::seconds(seconds)};
}

TEST(ProgressText, SaysRowsRateShareAndTimes) {
  EXPECT_EQ(ProgressText(Stage(1234567, 0.25, 63), 0),
            "sort  1,234,567 rows  19,596 rows/s  25 %  1:03, 3:09 left");
  EXPECT_EQ(ProgressText(Stage(1234567, std::nullopt, 63), 0),
            "sort  1,234,567 rows  19,596 rows/s  1:03");
  EXPECT_EQ(ProgressText(Stage(0, 0.5, 2), 0), "sort  50 %  0:02, 0:02 left");
  EXPECT_EQ(ProgressText(Stage(0, std::nullopt, 2), 8), "sort      0:02");
}

TEST(ProgressText, SaysFilesBytesAndTheirRate) {
  ShownStage fetch(dataset::StageProgress{.name = "fetch", .share = 0.25, .elapsed = 4s});
  fetch.files = 3;
  fetch.all_files = 1200;
  fetch.bytes = 8 << 20;
  EXPECT_EQ(ProgressText(fetch, 0),
            "fetch  3 of 1,200 files  8.0 MiB  2.0 MiB/s  25 %  0:04, 0:12 left");
  EXPECT_THAT(ProgressJson(fetch).dump(),
              HasSubstr(R"("files":3,"all_files":1200,"bytes":8388608)"));
}

TEST(ProgressText, GuessesNoTimeThatIsLeftBeforeItCan) {
  EXPECT_EQ(ProgressText(Stage(10, 0.001, 5), 0), "sort  10 rows  2 rows/s  0 %  0:05");
  EXPECT_EQ(ProgressText(Stage(10, 0.5, 0), 0), "sort  10 rows  50 %  0:00");
}

TEST(ProgressJson, IsAnEventWithWhatIsKnown) {
  EXPECT_EQ(ProgressJson(Stage(100, 0.25, 10)).dump(),
            R"({"event":"progress","step":"sort","rows":100,"rows_per_s":10.0,"share":0.25,)"
            R"("elapsed_s":10.0,"left_s":30.0})");
  EXPECT_EQ(ProgressJson(Stage(0, std::nullopt, 10)).dump(),
            R"({"event":"progress","step":"sort","rows":0,"rows_per_s":0.0,"elapsed_s":10.0})");
}

}  // namespace
}  // namespace tideway::app
