#include "core/track/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "core/base/file.h"
#include "core/base/secret.h"

namespace tideway::track {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ReceiptTest : public ::testing::Test {
 protected:
  ReceiptTest() {
    char path[] = "/tmp/tideway-receipt-XXXXXX";
    folder_ = mkdtemp(path);
  }
  ~ReceiptTest() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
  FakeClock clock_{std::chrono::seconds(1'785'000'000)};
};

TEST_F(ReceiptTest, RunIdsSortByTime) {
  const RunFolder first = *MakeRunFolder(folder_, clock_);
  clock_.Advance(std::chrono::microseconds(1));
  const RunFolder second = *MakeRunFolder(folder_, clock_);
  clock_.Advance(std::chrono::hours(24 * 365));
  const RunFolder third = *MakeRunFolder(folder_, clock_);
  EXPECT_LT(first.id, second.id);
  EXPECT_LT(second.id, third.id);
  EXPECT_THAT(first.id, ::testing::MatchesRegex("20260725-1720[0-9-]+-[0-9a-f]+"));
}

TEST_F(ReceiptTest, RunsOfOneMomentGetFoldersOfTheirOwn) {
  const RunFolder first = *MakeRunFolder(folder_, clock_);
  const RunFolder second = *MakeRunFolder(folder_, clock_);
  EXPECT_NE(first.path, second.path);
  EXPECT_TRUE(FileExists(second.path));
}

TEST_F(ReceiptTest, DatabaseWhoseUriIsASecretIsNamedWithoutItsPassword) {
  RegisterSecret("postgresql://reader@db:5432/complaints");
  RegisterSecret("sqlite:complaints.db");
  Receipt receipt;
  receipt.inputs = {{.uri = "postgresql://reader@db:5432/complaints#query=1f", .hash = "a"},
                    {.uri = "sqlite:complaints.db#query=2f", .hash = "b"}};
  receipt.reason = "no table in postgresql://reader@db:5432/complaints";
  const auto json = ReceiptJson(receipt);
  EXPECT_EQ(json["inputs"][0]["uri"], "postgresql://reader@db:5432/complaints#query=1f");
  EXPECT_EQ(json["inputs"][1]["uri"], "sqlite:complaints.db#query=2f");
  EXPECT_EQ(json["reason"], "no table in [secret]");
}

TEST_F(ReceiptTest, OlderRunsThatHaveEndedArePruned) {
  std::vector<RunFolder> runs;
  for (int i = 0; i < 6; ++i) {
    clock_.Advance(std::chrono::seconds(1));
    runs.push_back(*MakeRunFolder(folder_, clock_));
    ASSERT_TRUE(WriteFileAtomic(runs.back().path + "/receipt.json", "{}").ok());
  }
  EXPECT_EQ(*PruneRuns(folder_, 6), 0);
  EXPECT_EQ(*PruneRuns(folder_, 2), 4);
  for (size_t i = 0; i < runs.size(); ++i) EXPECT_EQ(FileExists(runs[i].path), i >= 4) << i;
  EXPECT_EQ(*PruneRuns(folder_, 2), 0);
}

TEST_F(ReceiptTest, RunsInProgressAndForeignFoldersAreNotPruned) {
  const RunFolder running = *MakeRunFolder(folder_, clock_);
  const RunFolder elsewhere = *MakeRunFolder(folder_, clock_);
  ASSERT_TRUE(WriteFileAtomic(elsewhere.path + "/owner", "another-machines-mark").ok());
  const RunFolder unknown = *MakeRunFolder(folder_, clock_);
  ASSERT_TRUE(RemoveAll(unknown.path + "/owner").ok());
  const std::string mine = folder_ + "/runs/20260101-kept-by-hand";
  ASSERT_TRUE(MakeFolders(mine).ok());
  EXPECT_EQ(*PruneRuns(folder_, 0), 0);
  for (const auto& path : {running.path, elsewhere.path, unknown.path, mine}) {
    EXPECT_TRUE(FileExists(path)) << path;
  }
}

TEST_F(ReceiptTest, RunWhoseProcessDiedIsPruned) {
  const RunFolder dead = *MakeRunFolder(folder_, clock_);
  const std::string owner = *ReadFile(dead.path + "/owner");
  ASSERT_TRUE(WriteFileAtomic(dead.path + "/owner", owner + "1").ok());
  EXPECT_EQ(*PruneRuns(folder_, 1), 0);
  EXPECT_EQ(*PruneRuns(folder_, 0), 1);
  EXPECT_FALSE(FileExists(dead.path));
}

TEST_F(ReceiptTest, FolderOfRunsThatIsNotThereIsAnErrorOfPruning) {
  EXPECT_THAT(PruneRuns(folder_, 1).status().message(), HasSubstr(folder_ + "/runs"));
}

TEST_F(ReceiptTest, StateFolderBelowAFileIsRefused) {
  ASSERT_TRUE(WriteFileAtomic(folder_ + "/file", "x").ok());
  const auto made = MakeRunFolder(folder_ + "/file", clock_);
  EXPECT_THAT(made.status().message(), HasSubstr(folder_ + "/file"));
}

TEST_F(ReceiptTest, HoldsWhatTheRunCounted) {
  dataset::RunContext run({.workers = 2, .memory_bytes = 64 << 20}, clock_);
  run.RecordInput({.uri = "file:in.csv", .hash = "sha256:aa", .rows = 10, .bytes = 100});
  run.RecordOutput({.uri = "file:out.parquet", .hash = "sha256:bb", .rows = 7, .bytes = 50});
  const dataset::Step step{.sources = {"csv in.csv"}, .depth = 2, .name = "filter"};
  run.Count({.step = step,
             .rows_in = 10,
             .rows_out = 7,
             .dropped = {{"null label", 3}},
             .changed = {{"email", 2}}});
  Receipt receipt;
  receipt.parameters = {{"seed", 42}};
  receipt.Collect(run);
  const auto json = ReceiptJson(receipt);
  EXPECT_EQ(json["workers"], 2);
  EXPECT_EQ(json["seed"], 42);
  EXPECT_EQ(json["inputs"][0]["hash"], "sha256:aa");
  EXPECT_EQ(json["outputs"][0]["rows"], 7);
  EXPECT_EQ(json["steps"][0].dump(),
            R"({"step":"filter","sources":["csv in.csv"],"rows_in":10,"rows_out":7,)"
            R"("dropped":{"null label":3},"changed":{"email":2}})");
}

TEST_F(ReceiptTest, ListsInputsAndOutputsByUriHoweverTasksEnded) {
  dataset::RunContext run({}, clock_);
  for (const char* uri : {"file:b", "file:a", "file:c"}) {
    run.RecordInput({.uri = uri, .hash = uri});
    run.RecordOutput({.uri = uri, .hash = uri});
  }
  Receipt receipt;
  receipt.Collect(run);
  EXPECT_EQ(receipt.inputs[0].uri + receipt.inputs[1].uri + receipt.inputs[2].uri,
            "file:afile:bfile:c");
  EXPECT_EQ(receipt.outputs[0].uri, "file:a");
}

TEST_F(ReceiptTest, WhatIsUnknownIsLeftOut) {
  Receipt receipt;
  receipt.inputs.push_back({.uri = "postgresql://h/db", .hash = ""});
  const auto json = ReceiptJson(receipt);
  EXPECT_EQ(json["inputs"][0].dump(), R"({"uri":"postgresql://h/db"})");
  EXPECT_TRUE(json["seed"].is_null());
  EXPECT_FALSE(json.contains("reason"));
  EXPECT_FALSE(json.contains("result"));
}

TEST_F(ReceiptTest, SecretsAreNowhereInTheFile) {
  RegisterSecret("hunter\"2\nreceipt");
  Receipt receipt;
  receipt.reason = "refused: hunter\"2\nreceipt";
  receipt.parameters = {{"database", {{"nested", {"hunter\"2\nreceipt"}}}}};
  receipt.inputs.push_back({.uri = "postgresql://u:pass-word@h/db", .hash = ""});
  ASSERT_TRUE(WriteReceipt(folder_ + "/receipt.json", receipt).ok());
  const std::string text = *ReadFile(folder_ + "/receipt.json");
  EXPECT_THAT(text, Not(HasSubstr("hunter")));
  EXPECT_THAT(text, Not(HasSubstr("pass-word")));
  EXPECT_THAT(text, HasSubstr("[secret]"));
}

TEST_F(ReceiptTest, BytesThatAreNoUtf8AreReplaced) {
  Receipt receipt;
  receipt.reason = "bad \xff byte";
  ASSERT_TRUE(WriteReceipt(folder_ + "/receipt.json", receipt).ok());
  EXPECT_TRUE(nlohmann::json::accept(*ReadFile(folder_ + "/receipt.json")));
}

}  // namespace
}  // namespace tideway::track
