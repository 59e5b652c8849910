#include "core/dataset/op/split.h"

#include <arrow/json/from_string.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/dataset/byte_count.h"
#include "core/dataset/dataset.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/concat.h"
#include "core/dataset/op/select.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::Collect;
using testing::CutEvery;
using testing::DatasetTest;
using testing::Failure;
using ::testing::HasSubstr;
using testing::NumberedRows;
using testing::Numbers;
using testing::Rows;
using testing::SourceOf;

using Parts = std::vector<std::pair<std::string, NodePtr>>;
const std::vector<SplitPart> kShares = {{"train", "0.8"}, {"eval", "0.1"}, {"test", "0.1"}};

class SplitTest : public DatasetTest {
 protected:
  static Parts Split(const NodePtr& source, const std::string& stratify = {}, uint64_t seed = 42,
                     std::vector<SplitPart> shares = kShares) {
    SplitOptions options{.parts = std::move(shares), .seed = seed};
    if (!stratify.empty()) options.stratify = {stratify};
    return Split(source, std::move(options));
  }
  static Parts Split(const NodePtr& source, SplitOptions options) {
    auto parts = MakeSplit(source, std::move(options));
    EXPECT_TRUE(parts.ok()) << parts.status().ToString();
    return *parts;
  }
  // The ids in each part.
  std::vector<std::vector<int64_t>> Ids(const Parts& parts, RunContext& run) {
    std::vector<std::vector<int64_t>> ids;
    for (const auto& [name, plan] : parts) ids.push_back(Numbers(*Collect(*plan, run)));
    return ids;
  }
  std::shared_ptr<testing::BatchSource> source_ = SourceOf(CutEvery(NumberedRows(1523), 10));
};

TEST_F(SplitTest, EveryRowIsInOnePartAndPartsKeepTheOrder) {
  RunContext run(Options());
  const auto ids = Ids(Split(source_), run);
  EXPECT_EQ(ids[0].size(), 1218U);
  EXPECT_EQ(ids[1].size(), 152U);
  EXPECT_EQ(ids[2].size(), 153U);
  std::set<int64_t> all;
  for (const auto& part : ids) {
    EXPECT_TRUE(std::is_sorted(part.begin(), part.end()));
    all.insert(part.begin(), part.end());
  }
  EXPECT_EQ(all.size(), 1523U);
  EXPECT_EQ(source_->opened, 1);
}

TEST_F(SplitTest, DependsOnRowsSeedAndSharesOnly) {
  RunContext plain(Options());
  const auto expected = Ids(Split(source_, "label"), plain);
  for (const int workers : {1, 2, 8}) {
    for (const int64_t memory : {int64_t{0}, int64_t{1} << 16, int64_t{1} << 29}) {
      RunContext run(Options(workers, memory));
      const auto other_cut = SourceOf(CutEvery(NumberedRows(1523), 333));
      EXPECT_EQ(Ids(Split(other_cut, "label"), run), expected) << workers << " " << memory;
    }
  }
  RunContext run(Options());
  EXPECT_NE(Ids(Split(source_, "label", 43), run), expected);
}

TEST_F(SplitTest, PartsRunAtOnceShareOnePass) {
  for (const int workers : {1, 2, 8}) {
    RunContext run(Options(workers, 0));
    auto source = SourceOf(CutEvery(NumberedRows(1523), 10));
    const Parts parts = Split(source, "label");
    std::vector<CountSink> sinks(3);
    std::vector<Execution> executions;
    for (size_t i = 0; i < 3; ++i) executions.push_back({parts[i].second, &sinks[i]});
    ASSERT_TRUE(ExecuteAll(executions, run).ok());
    EXPECT_EQ(sinks[0].rows(), 1218);
    EXPECT_EQ(sinks[1].rows(), 152);
    EXPECT_EQ(sinks[2].rows(), 153);
    EXPECT_EQ(source->opened, 1);
  }
}

TEST_F(SplitTest, StrataKeepTheirProportionInEveryPartAndNullIsOne) {
  RunContext run(Options());
  const Parts parts = Split(source_, "label");
  std::map<std::string, std::vector<int64_t>> counts;
  for (size_t part = 0; part < parts.size(); ++part) {
    const auto table = Collect(*parts[part].second, run);
    const auto& labels = static_cast<const arrow::StringArray&>(*table->column(1)->chunk(0));
    for (int64_t row = 0; row < labels.length(); ++row) {
      auto& rows = counts[labels.IsNull(row) ? "null" : labels.GetString(row)];
      rows.resize(parts.size());
      ++rows[part];
    }
  }
  ASSERT_EQ(counts.size(), 4U);
  for (const auto& [label, rows] : counts) {
    const auto total = static_cast<double>(rows[0] + rows[1] + rows[2]);
    EXPECT_NEAR(static_cast<double>(rows[0]), 0.8 * total, 1.5) << label;
    EXPECT_NEAR(static_cast<double>(rows[1]), 0.1 * total, 1.5) << label;
  }
}

TEST_F(SplitTest, RowsOfEachPartAreKnown) {
  RunContext run(Options());
  const Parts parts = Split(source_);
  EXPECT_EQ(*PlanRows(*parts[0].second, run), 1218);
  EXPECT_EQ(*Dataset(parts[2].second).Count(run), 153);
  EXPECT_EQ(source_->opened, 1);
  RunOptions checking = Options();
  checking.check_only = true;
  RunContext check(checking);
  EXPECT_EQ(*PlanRows(*Split(source_)[0].second, check), std::nullopt);
  EXPECT_EQ(source_->opened, 1);
}

TEST_F(SplitTest, BytesOfEachPartAreKnown) {
  const auto type = arrow::struct_(
      {arrow::field("id", arrow::int32()), arrow::field("text", arrow::utf8()),
       arrow::field("big", arrow::large_binary()), arrow::field("flag", arrow::boolean()),
       arrow::field("tags", arrow::list(arrow::utf8()))});
  std::string json = "[";
  for (int i = 0; i < 500; ++i) {
    const std::string text = i % 7 == 0 ? "null" : "\"" + std::string(i % 13, 'x') + "\"";
    json += (i == 0 ? "[" : ", [") + std::string(i < 400 ? "1" : "null") + ", " + text + ", " +
            text + ", " + (i % 2 == 0 ? "true" : "null") + ", [" + text + "]]";
  }
  const auto rows = *arrow::json::ArrayFromJSONString(type, json + "]");
  const auto batch = *arrow::RecordBatch::FromStructArray(rows);
  RunContext run(Options());
  for (const auto& [name, part] : Split(SourceOf(CutEvery(batch, 64)))) {
    const auto table = *Collect(*part, run)->CombineChunksToBatch();
    EXPECT_EQ(*PartBytes(*part, run), BatchBytes(*table)) << name;
    EXPECT_EQ(*PartBytes(*part->inputs()[0], run), std::nullopt);
  }
}

TEST_F(SplitTest, RowsThatTheRunHasAreNotKeptTwice) {
  RunContext run(Options(2, 0));
  const Dataset rows(source_);
  EXPECT_EQ(*rows.Count(run), 1523);
  EXPECT_EQ(Files(), 1);
  EXPECT_EQ(Ids(Split(source_), run)[1].size(), 152U);
  EXPECT_EQ(source_->opened, 1);
}

TEST_F(SplitTest, SharesBelowOneLeaveRowsOutAndCountThem) {
  RunContext run(Options());
  const auto ids = Ids(Split(source_, "label", 1, {{"a", "0.5"}, {"b", "0.25"}}), run);
  EXPECT_EQ(
      ids[0].size() + ids[1].size() + static_cast<size_t>(run.steps()[0].dropped.at("in no part")),
      1523U);
  EXPECT_EQ(run.steps()[0].step.name, "split a 0.5, b 0.25 by label, seed 1");
}

TEST_F(SplitTest, NoRowsGiveEmptyParts) {
  RunContext run(Options());
  const auto ids = Ids(Split(SourceOf({NumberedRows(0)}), "label"), run);
  for (const auto& part : ids) EXPECT_TRUE(part.empty());
}

TEST_F(SplitTest, FewRowsGoToTheLastPartsFirst) {
  RunContext run(Options());
  const auto ids = Ids(Split(SourceOf({NumberedRows(3)}), "label"), run);
  EXPECT_EQ(ids[0].size(), 2U);
  EXPECT_EQ(ids[1].size(), 0U);
  EXPECT_EQ(ids[2].size(), 1U);
}

TEST_F(SplitTest, EveryRowMayBeItsOwnStratum) {
  RunContext run(Options());
  const auto ids = Ids(Split(source_, "id"), run);
  EXPECT_EQ(ids[0].size(), 1218U);
  EXPECT_EQ(ids[1].size(), 152U);
}

TEST_F(SplitTest, TooManyStrataAreAnError) {
  RunContext run(Options());
  const auto plan = Split(SourceOf(CutEvery(NumberedRows(70'000), 7000)), "id")[0].second;
  EXPECT_EQ(Failure(*plan, run).message(),
            "split: more than 65535 values to stratify by in column `id`");
}

TEST_F(SplitTest, AwkwardStrataColumnsAreRefusedBeforeRunning) {
  RunContext run(Options());
  EXPECT_EQ(Split(source_, "lable")[0].second->schema(run).status().message(),
            "split: no column `lable`; did you mean `label`?");
  EXPECT_EQ(Failure(*Split(source_, "lable")[0].second, run).message(),
            "split: no column `lable`; did you mean `label`?");
  const auto schema = arrow::schema({arrow::field("x", arrow::list(arrow::int64()))});
  EXPECT_THAT(Failure(*Split(SourceOf({Rows(schema, {"[[1]]"})}), "x")[0].second, run).message(),
              HasSubstr("cannot be a key"));
  EXPECT_EQ(source_->opened, 0);
}

TEST_F(SplitTest, AnErrorBelowIsReturnedByEachPartAndLeavesNoScratch) {
  RunContext run(Options(2, 0));
  source_->fail_at = 100;
  const Parts parts = Split(source_, "label");
  for (const auto& [name, plan] : parts) {
    EXPECT_EQ(Failure(*plan, run).message(), "test: the source broke");
  }
  EXPECT_EQ(Files(), 0);
}

TEST_F(SplitTest, CancelDuringTheFirstPassInterrupts) {
  RunContext run(Options(2, 0));
  run.cancel().Cancel();
  EXPECT_EQ(KindOf(Failure(*Split(source_)[0].second, run)), ErrorKind::kInterrupted);
  EXPECT_EQ(Files(), 0);
}

TEST_F(SplitTest, AllIsGivenBackWithTheLastPart) {
  RunContext run(Options(2, 1 << 16));
  Parts parts = Split(source_, "label");
  EXPECT_EQ(Ids(parts, run)[0].size(), 1218U);
  EXPECT_GT(run.budget().reserved_bytes() + Files(), 0);
  parts.clear();
  EXPECT_EQ(run.budget().reserved_bytes(), 0);
  EXPECT_EQ(Files(), 0);
}

TEST_F(SplitTest, BooleanIntegerAndStringLabelsStratifyAlike) {
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("bool", arrow::boolean()),
       arrow::field("int", arrow::int8()), arrow::field("text", arrow::large_utf8())});
  std::vector<BatchPtr> batches;
  for (int i = 0; i < 100; ++i) {
    const bool yes = i % 4 == 0;
    batches.push_back(Rows(schema, {"[" + std::to_string(i) + "]", yes ? "[true]" : "[false]",
                                    yes ? "[1]" : "[0]", yes ? R"(["yes"])" : R"(["no"])"}));
  }
  RunContext run(Options());
  const auto by_bool = Ids(Split(SourceOf(batches), "bool"), run);
  EXPECT_EQ(Ids(Split(SourceOf(batches), "int"), run), by_bool);
  EXPECT_EQ(Ids(Split(SourceOf(batches), "text"), run), by_bool);
  EXPECT_EQ(by_bool[0].size(), 80U);
}

TEST_F(SplitTest, DifferentSplitsHaveDifferentFingerprints) {
  RunContext run(Options());
  std::set<std::string> prints;
  for (const Parts& parts : {Split(source_), Split(source_, "label"), Split(source_, "", 1),
                             Split(source_, "", 42, {{"train", "0.9"}, {"test", "0.1"}})}) {
    for (const auto& [name, plan] : parts) prints.insert(*Fingerprint(*plan, run));
  }
  EXPECT_EQ(prints.size(), 11U);
}

TEST_F(SplitTest, LongValuesToStratifyByAreRefusedBeyondTheBudget) {
  arrow::StringBuilder texts;
  for (int row = 0; row < 400; ++row) {
    ASSERT_TRUE(texts.Append(std::to_string(row) + std::string(1 << 16, 'x')).ok());
  }
  const auto schema = arrow::schema({arrow::field("text", arrow::utf8())});
  const auto batch = arrow::RecordBatch::Make(schema, 400, {texts.Finish().ValueOrDie()});
  const auto plan = Split(SourceOf(CutEvery(batch, 10)), "text")[0].second;
  RunContext tight(Options(2, 1 << 20));
  const Status status = Failure(*plan, tight);
  EXPECT_EQ(KindOf(status), ErrorKind::kMemory) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr("stratify by in column `text`: over "));
}

TEST_F(SplitTest, ManyPartsOfManyStrataAreRefusedBeyondTheBudget) {
  std::vector<SplitPart> parts;
  for (int part = 0; part < 200; ++part) parts.push_back({std::to_string(part), "0.004"});
  const auto source = SourceOf(CutEvery(NumberedRows(20'000), 1000));
  RunContext tight(Options(2, 1 << 20));
  const Status status = Failure(*Split(source, "id", 1, parts)[0].second, tight);
  EXPECT_EQ(KindOf(status), ErrorKind::kMemory) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr("split: no memory to place the parts: over "));
}

TEST_F(SplitTest, PlansThatSharePartsAgainAndAgainStayQuick) {
  RunContext run(Options());
  NodePtr plan = source_;
  for (int round = 0; round < 60; ++round) {
    const Parts parts = Split(plan, {}, 42, {{"a", "0.5"}, {"b", "0.5"}});
    plan = MakeConcat({parts[0].second, parts[1].second});
  }
  EXPECT_EQ((*plan->schema(run))->num_fields(), 2);
  EXPECT_EQ(Fingerprint(*plan, run)->size(), 32U);
}

}  // namespace
}  // namespace tideway::dataset
