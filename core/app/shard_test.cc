#include "core/app/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace tideway::app {
namespace {

using ::testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

Result<Shard> Find(const Variables& variables, ShardFlags flags = {}) {
  return FindShard(flags, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

// "3/10", or why it is not known.
std::string Told(const Variables& variables, ShardFlags flags = {}) {
  const auto shard = Find(variables, flags);
  if (!shard.ok()) return "error: " + shard.status().message();
  if (!shard->unclear.empty()) return "unclear: " + shard->unclear;
  return std::to_string(shard->rank) + "/" + std::to_string(shard->world);
}

Variables Array(const char* id, const char* least, const char* most, const char* count) {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", least},
          {"SLURM_ARRAY_TASK_MAX", most},
          {"SLURM_ARRAY_TASK_COUNT", count}};
}

Variables With(Variables variables, const Variables& more) {
  variables.insert(more.begin(), more.end());
  return variables;
}

const Variables kStep = {{"SLURM_STEP_ID", "0"}, {"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "2"}};

TEST(FindShard, IsAllOfItWhereNobodySaysMore) {
  EXPECT_EQ(Told({}), "0/1");
  EXPECT_EQ(Told({{"TIDEWAY_RANK", ""}, {"TIDEWAY_WORLD", ""}}), "0/1");
  EXPECT_EQ(Told({{"TIDEWAY_WORLD", "1"}}), "0/1");
}

TEST(FindShard, FlagsGoBeforeVariablesAndThoseBeforeTheBatchSystem) {
  const Variables variables =
      With(Array("1", "0", "1", "2"), {{"TIDEWAY_RANK", "3"}, {"TIDEWAY_WORLD", "10"}});
  EXPECT_EQ(Told(variables, {.rank = 5, .world = 7}), "5/7");
  EXPECT_EQ(Told(variables), "3/10");
  EXPECT_EQ(Told(With(Array("1", "0", "1", "2"), {{"JOB_COMPLETION_INDEX", "9"}})), "1/2");
}

TEST(FindShard, IsTheTaskOfAnArrayOfSrunOrOfBoth) {
  EXPECT_EQ(Told(Array("3", "0", "9", "10")), "3/10");
  EXPECT_EQ(Told(kStep), "2/4");
  EXPECT_EQ(Told(With(Array("3", "0", "9", "10"), kStep)), "14/40");
}

TEST(FindShard, BatchScriptWithoutSrunIsNoStep) {
  EXPECT_EQ(Told({{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}), "0/1");
  EXPECT_EQ(Told({{"SLURM_STEP_ID", "batch"}, {"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}),
            "0/1");
  EXPECT_EQ(Told({{"SLURM_STEP_ID", "0"}, {"SLURM_NTASKS", "1"}, {"SLURM_PROCID", "0"}}), "0/1");
}

TEST(FindShard, PartOfAnArrayKeepsItsNumbersWhereTheWorldIsGiven) {
  EXPECT_EQ(Told(With(Array("3", "3", "3", "1"), {{"TIDEWAY_WORLD", "10"}})), "3/10");
  EXPECT_EQ(Told({{"JOB_COMPLETION_INDEX", "3"}, {"TIDEWAY_WORLD", "10"}}), "3/10");
}

TEST(FindShard, PartOfAnArrayAloneDoesNotTellHowManyThereAre) {
  for (const auto& part :
       {Array("3", "3", "3", "1"), Array("4", "0", "4", "3"), Array("1", "1", "10", "10"),
        Array("3", "", "", ""), Variables{{"JOB_COMPLETION_INDEX", "3"}}}) {
    EXPECT_THAT(Told(part), HasSubstr("unclear: this is task"));
  }
}

TEST(FindShard, OneNumberWithoutTheOtherIsRefused) {
  EXPECT_THAT(Told({{"TIDEWAY_RANK", "3"}}), HasSubstr("error: usage: rank 3 of how many?"));
  EXPECT_THAT(Told({}, {.rank = 3}), HasSubstr("rank 3 of how many?"));
  EXPECT_THAT(Told({}, {.world = 3}), HasSubstr("which of 3 parts?"));
}

TEST(FindShard, NumbersThatMakeNoSenseAreRefused) {
  for (const char* text : {"x", "-1", "1.5", " 1", "1 ", "99999999999", "1000001"}) {
    EXPECT_THAT(
        Told({{"TIDEWAY_RANK", text}, {"TIDEWAY_WORLD", "4"}}),
        HasSubstr(std::string("TIDEWAY_RANK must be a whole number from 0 to 1000000: ") + text));
  }
  EXPECT_THAT(Told({}, {.rank = 4, .world = 4}), HasSubstr("error: usage: rank 4 is none of 4"));
  EXPECT_THAT(Told({}, {.rank = -1, .world = 4}), HasSubstr("error: usage: rank -1 is none of 4"));
  EXPECT_THAT(Told({}, {.rank = 0, .world = 0}), HasSubstr("error: usage: rank 0 is none of 0"));
  EXPECT_THAT(Told({}, {.rank = 0, .world = 2000000}), HasSubstr("error"));
  EXPECT_THAT(Told(With(Array("10", "1", "10", "10"), {{"TIDEWAY_WORLD", "10"}})),
              HasSubstr("error: usage: rank 10 is none of 10 parts, from 0 on"));
  EXPECT_THAT(Told(Array("x", "0", "1", "2")), "0/1");
}

}  // namespace
}  // namespace tideway::app
