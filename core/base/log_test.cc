#include "core/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "core/base/file.h"
#include "core/base/secret.h"

namespace tideway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Stderr(const std::function<void()>& action) {
  ::testing::internal::CaptureStderr();
  action();
  return ::testing::internal::GetCapturedStderr();
}

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    char path[] = "/tmp/tideway-log-XXXXXX";
    folder_ = mkdtemp(path);
    InitLog({});
  }
  ~LogTest() override {
    CloseLogFile();
    SetLogHooks(nullptr, nullptr);
    std::filesystem::remove_all(folder_);
  }
  std::string folder_;
};

TEST_F(LogTest, LinesGoToStderrWithTheirLevel) {
  EXPECT_EQ(Stderr([] { LogWarn("sql: {} rows", 3); }), "warning: sql: 3 rows\n");
}

TEST_F(LogTest, NothingGoesToStdout) {
  ::testing::internal::CaptureStdout();
  (void)Stderr([] { LogError("x"); });
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

TEST_F(LogTest, LevelsBelowTheChosenOneAreSilent) {
  InitLog({.level = LogLevel::kError});
  EXPECT_EQ(Stderr([] { LogWarn("x"); }), "");
  EXPECT_FALSE(LogEnabled(LogLevel::kWarn));
  InitLog({.level = LogLevel::kOff});
  EXPECT_EQ(Stderr([] { LogError("x"); }), "");
}

TEST_F(LogTest, EscapesOfColorOnlyWhenAsked) {
  EXPECT_THAT(Stderr([] { LogWarn("x"); }), Not(HasSubstr("\033")));
  InitLog({.color = true});
  EXPECT_THAT(Stderr([] { LogWarn("x"); }), HasSubstr("\033"));
}

TEST_F(LogTest, FileHoldsDebugLinesWithUtcTimes) {
  ASSERT_TRUE(OpenLogFile(folder_ + "/run.log").ok());
  EXPECT_EQ(Stderr([] { LogDebug("detail"); }), "");
  EXPECT_THAT(*ReadFile(folder_ + "/run.log"),
              ::testing::MatchesRegex("....-..-..T..:..:..\\....Z debug detail\n"));
  CloseLogFile();
  EXPECT_FALSE(LogEnabled(LogLevel::kDebug));
}

TEST_F(LogTest, SecretsReachNeitherStderrNorFile) {
  RegisterSecret("hunter2-log");
  ASSERT_TRUE(OpenLogFile(folder_ + "/run.log").ok());
  EXPECT_EQ(Stderr([] { LogError("with hunter2-log"); }), "error: with [secret]\n");
  EXPECT_THAT(*ReadFile(folder_ + "/run.log"), Not(HasSubstr("hunter2")));
}

TEST_F(LogTest, FileThatCannotBeOpenedIsNamed) {
  const Status status = OpenLogFile("/dev/null/run.log");
  EXPECT_EQ(KindOf(status), ErrorKind::kIo);
  EXPECT_THAT(status.message(), HasSubstr("/dev/null/run.log"));
}

TEST_F(LogTest, FullDiskEndsTheFileAndNotTheProgram) {
  ASSERT_TRUE(OpenLogFile("/dev/full").ok());
  EXPECT_EQ(Stderr([] { LogInfo("one"); }), "info: one\n");
  EXPECT_EQ(Stderr([] { LogInfo("two"); }), "info: two\n");
}

TEST_F(LogTest, HooksRunAroundEachLine) {
  SetLogHooks([] { fputs("<", stderr); }, [] { fputs(">", stderr); });
  EXPECT_EQ(Stderr([] { LogInfo("x"); }), "<info: x\n>");
}

TEST(ParseLogLevel, TakesAnyCaseAndWarning) {
  EXPECT_EQ(*ParseLogLevel("TRACE"), LogLevel::kTrace);
  EXPECT_EQ(*ParseLogLevel("Warning"), LogLevel::kWarn);
  EXPECT_EQ(*ParseLogLevel("off"), LogLevel::kOff);
}

TEST(ParseLogLevel, RefusesOthersWithASuggestion) {
  EXPECT_THAT(ParseLogLevel("debgu").status().message(), HasSubstr("did you mean `debug`?"));
  EXPECT_EQ(KindOf(ParseLogLevel("").status()), ErrorKind::kUsage);
}

}  // namespace
}  // namespace tideway
