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

TEST(ProgressText, SaysRowsRateAndTime) {
  EXPECT_EQ(ProgressText({.sink = "write", .rows = 1234567, .bytes = 0}, std::chrono::seconds(63)),
            "write  1,234,567 rows  19,596 rows/s  1:03");
  EXPECT_EQ(ProgressText({}, std::chrono::seconds(1)), "");
}

}  // namespace
}  // namespace tideway::app
