// Groups, hashes, caps and classes of split; its plain parts are in split_test.cc.
#include <arrow/compute/api.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "core/dataset/dataset.h"
#include "core/dataset/op/split.h"
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

using Ids = std::vector<std::vector<int64_t>>;
const std::vector<SplitPart> kShares = {{"train", "0.8"}, {"eval", "0.1"}, {"test", "0.1"}};

// Rows with an id, a user (null for the first of them) and a class, more of "a" than of "c"; a user
// writes mostly in one class.
BatchPtr UserRows(int64_t rows, uint64_t users) {
  std::mt19937_64 random(7);
  arrow::Int64Builder ids;
  arrow::StringBuilder names, classes;
  for (int64_t id = 0; id < rows; ++id) {
    const uint64_t user = std::min(random() % users, random() % users);
    const uint64_t at = random() % 4 == 0 ? random() : user * 0x9e3779b97f4a7c15ULL >> 32;
    EXPECT_TRUE(ids.Append(id).ok());
    EXPECT_TRUE((user == 0 ? names.AppendNull() : names.Append(std::to_string(user))).ok());
    EXPECT_TRUE(classes.Append(at % 10 < 6 ? "a" : at % 10 < 9 ? "b" : "c").ok());
  }
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("user", arrow::utf8()),
                     arrow::field("class", arrow::utf8())});
  return arrow::RecordBatch::Make(
      schema, rows,
      {ids.Finish().ValueOrDie(), names.Finish().ValueOrDie(), classes.Finish().ValueOrDie()});
}

std::vector<std::string> Texts(const arrow::Table& table, const std::string& column) {
  std::vector<std::string> texts;
  for (const auto& chunk : table.GetColumnByName(column)->chunks()) {
    const auto& values = static_cast<const arrow::StringArray&>(*chunk);
    for (int64_t row = 0; row < values.length(); ++row) {
      texts.push_back(values.IsNull(row) ? "null" : "=" + values.GetString(row));
    }
  }
  return texts;
}

BatchPtr WithoutNulls(const BatchPtr& rows) {
  const auto valid = arrow::compute::IsValid(rows->column(1)).ValueOrDie();
  return arrow::compute::Filter(rows, valid).ValueOrDie().record_batch();
}

class SplitRulesTest : public DatasetTest {
 protected:
  static std::vector<NodePtr> Split(const NodePtr& source, SplitOptions options) {
    auto parts = MakeSplit(source, std::move(options));
    EXPECT_TRUE(parts.ok()) << parts.status().ToString();
    std::vector<NodePtr> plans;
    for (const auto& [name, plan] : *parts) plans.push_back(plan);
    return plans;
  }
  std::vector<std::shared_ptr<arrow::Table>> Tables(const NodePtr& source, SplitOptions options,
                                                    RunContext& run) {
    std::vector<std::shared_ptr<arrow::Table>> tables;
    for (const auto& plan : Split(source, std::move(options))) {
      tables.push_back(Collect(*plan, run));
    }
    return tables;
  }
  Ids IdsOf(const NodePtr& source, SplitOptions options, RunContext& run) {
    Ids ids;
    for (const auto& table : Tables(source, std::move(options), run)) {
      ids.push_back(Numbers(*table));
    }
    return ids;
  }
  Ids IdsOf(const BatchPtr& rows, SplitOptions options) {
    RunContext run(Options());
    return IdsOf(SourceOf(CutEvery(rows, 400)), std::move(options), run);
  }
  // The same parts for any number of workers, memory and batches.
  Ids SameIds(const BatchPtr& rows, const SplitOptions& options) {
    const Ids expected = IdsOf(rows, options);
    for (const int workers : {1, 2, 8}) {
      for (const int64_t memory : {int64_t{0}, int64_t{4096}, int64_t{512} << 20}) {
        RunContext run(Options(workers, memory));
        const auto source = SourceOf(CutEvery(rows, 700 * workers + 13));
        EXPECT_EQ(IdsOf(source, options, run), expected) << workers << " " << memory;
        EXPECT_EQ(source->opened, 1);
        EXPECT_EQ(run.budget().reserved_bytes(), 0);
      }
    }
    return expected;
  }
  Status Refusal(const BatchPtr& rows, SplitOptions options) {
    RunContext run(Options());
    return Failure(*Split(SourceOf(CutEvery(rows, 400)), std::move(options))[0], run);
  }
};

// classes

TEST_F(SplitRulesTest, ClassesOfSeveralColumnsKeepTheirProportionInEveryPart) {
  const BatchPtr rows = UserRows(20'000, 7);
  RunContext run(Options());
  const auto tables = Tables(SourceOf(CutEvery(rows, 400)),
                             {.parts = kShares, .stratify = {"user", "class"}, .seed = 3}, run);
  std::map<std::string, std::vector<double>> counts;
  for (size_t part = 0; part < tables.size(); ++part) {
    const auto users = Texts(*tables[part], "user"), classes = Texts(*tables[part], "class");
    for (size_t row = 0; row < users.size(); ++row) {
      auto& count = counts[users[row] + classes[row]];
      count.resize(3);
      ++count[part];
    }
  }
  EXPECT_EQ(counts.size(), 21U);
  for (const auto& [name, count] : counts) {
    const double all = count[0] + count[1] + count[2];
    EXPECT_NEAR(count[0], 0.8 * all, 1.5) << name;
    EXPECT_NEAR(count[1], 0.1 * all, 1.5) << name;
  }
  SameIds(rows, {.parts = kShares, .stratify = {"user", "class"}, .seed = 3});
}

TEST_F(SplitRulesTest, AColumnIsGivenOnce) {
  const BatchPtr rows = UserRows(10, 3);
  const std::string message = "split: column `user` is given twice";
  EXPECT_EQ(Refusal(rows, {.parts = kShares, .stratify = {"user", "user"}}).message(), message);
  EXPECT_EQ(Refusal(rows, {.parts = kShares, .group = {"user", "user"}}).message(), message);
  EXPECT_EQ(Refusal(rows, {.parts = kShares, .key = {"user", "user"}}).message(), message);
}

TEST_F(SplitRulesTest, AClassTooSmallToDivideIsAnErrorWhereThatIsAskedFor) {
  const auto schema =
      arrow::schema({arrow::field("label", arrow::utf8()), arrow::field("n", arrow::int32())});
  std::string labels = "[null", numbers = "[7";
  for (int row = 1; row < 400; ++row) {
    labels += row < 3 ? ", null" : row < 200 ? R"(, "a")" : R"(, "b")";
    numbers += ", 7";
  }
  const BatchPtr rows = Rows(schema, {labels + "]", numbers + "]"});
  const SplitOptions options{.parts = kShares, .stratify = {"label", "n"}, .every_stratum = true};
  const Status status = Refusal(rows, options);
  EXPECT_EQ(status.message(),
            "split: class too small to divide: `null, 7` of label, n has 3 rows, none in `eval`");
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  RunContext run(Options());
  const auto many = SourceOf({rows->Slice(3)});
  EXPECT_EQ(Collect(*Split(many, options)[0], run)->num_rows(), 317);
}

// groups

TEST_F(SplitRulesTest, AGroupIsInOnePartForAnyWorkersMemoryAndBatches) {
  const BatchPtr rows = UserRows(20'000, 300);
  using Columns = std::vector<std::string>;
  for (const Columns& classes : {Columns{}, Columns{"class"}}) {
    const SplitOptions options{.parts = kShares, .stratify = classes, .group = {"user"}, .seed = 5};
    const Ids ids = SameIds(rows, options);
    EXPECT_EQ(ids[0].size() + ids[1].size() + ids[2].size(), 20'000U);
    RunContext run(Options());
    std::map<std::string, size_t> part_of;
    const auto tables = Tables(SourceOf(CutEvery(rows, 400)), options, run);
    for (size_t part = 0; part < tables.size(); ++part) {
      EXPECT_TRUE(std::is_sorted(ids[part].begin(), ids[part].end()));
      for (const std::string& user : Texts(*tables[part], "user")) {
        EXPECT_EQ(part_of.emplace(user, part).first->second, part) << user;
      }
    }
    EXPECT_GT(part_of.size(), 290U);
  }
}

TEST_F(SplitRulesTest, GroupsBringPartsNearTheirSizes) {
  const Ids ids = IdsOf(UserRows(20'000, 300), {.parts = kShares, .group = {"user"}, .seed = 5});
  EXPECT_NEAR(static_cast<double>(ids[0].size()), 16'000, 10);
  EXPECT_NEAR(static_cast<double>(ids[1].size()), 2000, 10);
  EXPECT_NEAR(static_cast<double>(ids[2].size()), 2000, 10);
}

TEST_F(SplitRulesTest, GroupsKeepClassesNearTheirProportion) {
  RunContext run(Options());
  const auto tables =
      Tables(SourceOf(CutEvery(UserRows(20'000, 300), 400)),
             {.parts = kShares, .stratify = {"class"}, .group = {"user"}, .seed = 5}, run);
  std::map<std::string, std::vector<double>> counts;
  for (size_t part = 0; part < tables.size(); ++part) {
    for (const std::string& name : Texts(*tables[part], "class")) {
      counts[name].resize(3);
      ++counts[name][part];
    }
  }
  for (const auto& [name, count] : counts) {
    const double all = count[0] + count[1] + count[2];
    EXPECT_NEAR(count[0], 0.8 * all, 0.005 * all) << name;
    EXPECT_NEAR(count[1], 0.1 * all, 0.005 * all) << name;
  }
}

TEST_F(SplitRulesTest, ManySmallGroupsBesideLargeOnesFillThePartsUp) {
  // 400,000 rows: a third of them in five groups, the others in groups of one to three.
  arrow::Int64Builder ids, users;
  for (int64_t id = 0; id < 400'000; ++id) {
    ASSERT_TRUE(ids.Append(id).ok());
    const bool large = id % 3 == 0;
    ASSERT_TRUE(users.Append(large ? -1 - id % 5 : id % 7 < 3 ? id / 7 : id).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("user", arrow::int64())});
  const BatchPtr rows = arrow::RecordBatch::Make(
      schema, 400'000, {ids.Finish().ValueOrDie(), users.Finish().ValueOrDie()});
  const SplitOptions options{.parts = kShares, .group = {"user"}, .seed = 1};
  RunContext run(Options(2, 0));
  const auto tables = Tables(SourceOf(CutEvery(rows, 30'000)), options, run);
  std::map<int64_t, size_t> part_of;
  for (size_t part = 0; part < tables.size(); ++part) {
    EXPECT_NEAR(static_cast<double>(tables[part]->num_rows()), part == 0 ? 320'000 : 40'000, 3);
    for (const int64_t user : Numbers(*tables[part], "user")) {
      EXPECT_EQ(part_of.emplace(user, part).first->second, part) << user;
    }
  }
  RunContext other(Options(8));
  const Ids expected = IdsOf(SourceOf(CutEvery(rows, 50'001)), options, other);
  for (size_t part = 0; part < 3; ++part) EXPECT_EQ(Numbers(*tables[part]), expected[part]);
}

TEST_F(SplitRulesTest, NoPartIsEmptyWhereThereAreGroupsForAll) {
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("user", arrow::int64())});
  const BatchPtr rows = Rows(schema, {"[0, 1, 2, 3, 4, 5]", "[1, 1, 1, 1, 2, 3]"});
  const Ids ids = IdsOf(rows, {.parts = kShares, .group = {"user"}});
  EXPECT_EQ(ids[0].size(), 4U);
  EXPECT_EQ(ids[1].size() + ids[2].size(), 2U);
  EXPECT_EQ(IdsOf(rows->Slice(0, 4), {.parts = kShares, .group = {"user"}})[0].size(), 4U);
}

TEST_F(SplitRulesTest, GroupsOfSeveralColumnsAndTheirNulls) {
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("a", arrow::int64()),
                     arrow::field("b", arrow::utf8())});
  const BatchPtr rows = Rows(schema, {"[0, 1, 2, 3, 4, 5, 6, 7]", "[1, 1, 1, 1, null, null, 2, 2]",
                                      R"(["x", "x", "y", "y", null, null, null, null])"});
  const std::vector<SplitPart> quarters = {
      {"a", "0.25"}, {"b", "0.25"}, {"c", "0.25"}, {"d", "0.25"}};
  for (const auto& part : IdsOf(rows, {.parts = quarters, .group = {"a", "b"}})) {
    ASSERT_EQ(part.size(), 2U);
    EXPECT_EQ(part[0] / 2, part[1] / 2);
  }
}

TEST_F(SplitRulesTest, GroupsInNoPartAreCounted) {
  RunContext run(Options());
  const BatchPtr rows = UserRows(20'000, 300);
  const auto tables = Tables(SourceOf(CutEvery(rows, 400)),
                             {.parts = {{"a", "0.5"}, {"b", "0.2"}}, .group = {"user"}}, run);
  std::set<std::string> users;
  for (const auto& table : tables) {
    const auto more = Texts(*table, "user");
    users.insert(more.begin(), more.end());
  }
  const auto step = run.steps()[0];
  EXPECT_EQ(step.step.name, "split a 0.5, b 0.2, grouped by user, seed 0");
  EXPECT_NEAR(static_cast<double>(step.dropped.at("in no part")), 6000, 10);
  EXPECT_EQ(step.rows_out + step.dropped.at("in no part"), 20'000);
  EXPECT_LT(users.size(), 290U);
}

TEST_F(SplitRulesTest, GroupsDependOnTheSeed) {
  const BatchPtr rows = UserRows(2000, 300);
  EXPECT_NE(IdsOf(rows, {.parts = kShares, .group = {"user"}, .seed = 1}),
            IdsOf(rows, {.parts = kShares, .group = {"user"}, .seed = 2}));
}

TEST_F(SplitRulesTest, AClassOfOneGroupIsMissingSomewhere) {
  const auto schema =
      arrow::schema({arrow::field("user", arrow::int64()), arrow::field("class", arrow::utf8())});
  std::string users = "[0", classes = R"(["rare")";
  for (int row = 1; row < 1000; ++row) {
    users += ", " + std::to_string(row < 50 ? 0 : row);
    classes += row < 50 ? R"(, "rare")" : R"(, "usual")";
  }
  EXPECT_THAT(
      Refusal(Rows(schema, {users + "]", classes + "]"}),
              {.parts = kShares, .stratify = {"class"}, .group = {"user"}, .every_stratum = true})
          .message(),
      HasSubstr("split: class too small to divide: `rare` of class has 50 rows, none in "));
}

// hashes

TEST_F(SplitRulesTest, ByHashRowsStayWhereTheyAreWhenOthersCome) {
  const BatchPtr rows = UserRows(20'000, 300);
  const SplitOptions options{.parts = kShares, .key = {"id"}, .seed = 9};
  const Ids all = SameIds(rows, options);
  EXPECT_NEAR(static_cast<double>(all[0].size()), 16'000, 200);
  EXPECT_NEAR(static_cast<double>(all[1].size()), 2000, 150);
  EXPECT_EQ(all[0].size() + all[1].size() + all[2].size(), 20'000U);
  for (const BatchPtr& some : {rows->Slice(0, 5000), rows->Slice(13'000)}) {
    const Ids part = IdsOf(some, options);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(std::ranges::includes(all[i], part[i]));
    }
  }
  EXPECT_NE(IdsOf(rows, {.parts = kShares, .key = {"id"}, .seed = 10}), all);
}

TEST_F(SplitRulesTest, ByHashRowsOfEqualKeyStayTogether) {
  const std::vector<BatchPtr> batches(20, NumberedRows(30));
  RunContext run(Options());
  std::set<std::pair<int64_t, size_t>> places;
  const Ids ids = IdsOf(SourceOf(batches),
                        {.parts = {{"a", "0.5"}, {"b", "0.5"}}, .key = {"id", "label"}}, run);
  for (size_t part = 0; part < 2; ++part) {
    for (const int64_t id : ids[part]) places.emplace(id, part);
  }
  EXPECT_EQ(places.size(), 30U);
}

TEST_F(SplitRulesTest, ByHashIntegersOfAnyWidthGoToTheSamePart) {
  std::string numbers = "[0";
  for (int i = 1; i < 500; ++i) numbers += ", " + std::to_string(i);
  std::vector<Ids> all;
  for (const auto& type : {arrow::int16(), arrow::int64(), arrow::uint32()}) {
    const auto schema =
        arrow::schema({arrow::field("id", arrow::int64()), arrow::field("k", type)});
    all.push_back(
        IdsOf(Rows(schema, {numbers + "]", numbers + "]"}), {.parts = kShares, .key = {"k"}}));
  }
  EXPECT_EQ(all[1], all[0]);
  EXPECT_EQ(all[2], all[0]);
}

TEST_F(SplitRulesTest, ByHashSharesBelowOneLeaveRowsOut) {
  RunContext run(Options());
  const Ids ids = IdsOf(SourceOf(CutEvery(NumberedRows(10'000), 100)),
                        {.parts = {{"a", "0.5"}, {"b", "0.25"}}, .key = {"id"}}, run);
  EXPECT_NEAR(static_cast<double>(run.steps()[0].dropped.at("in no part")), 2500, 150);
  EXPECT_EQ(run.steps()[0].step.name, "split a 0.5, b 0.25, by hash of id, seed 0");
}

TEST_F(SplitRulesTest, ByHashANullKeyIsAnErrorWithItsRow) {
  const Status status = Refusal(NumberedRows(2000), {.parts = kShares, .key = {"id", "label"}});
  EXPECT_EQ(status.message(), "split: key `label` is null (row 31)");
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
}

// caps

TEST_F(SplitRulesTest, ACapLeavesOutRowsAtRandomAndKeepsClassesInProportion) {
  const BatchPtr rows = NumberedRows(20'000);
  SplitOptions options{.parts = kShares, .stratify = {"label"}, .seed = 4};
  const Ids whole = IdsOf(rows, options);
  options.parts[0].cap = 1000;
  options.parts[2].cap = 5000;
  const Ids capped = SameIds(rows, options);
  EXPECT_EQ(capped[0].size(), 1000U);
  EXPECT_TRUE(std::ranges::includes(whole[0], capped[0]));
  EXPECT_GT(capped[0].back(), 19'000);
  EXPECT_EQ(capped[1], whole[1]);
  EXPECT_EQ(capped[2], whole[2]);

  RunContext run(Options());
  const auto tables = Tables(SourceOf(CutEvery(rows, 400)), options, run);
  const auto labels = Texts(*tables[0], "label");
  const auto all = Texts(*arrow::Table::FromRecordBatches({rows}).ValueOrDie(), "label");
  for (const char* label : {"=a", "=b", "=c", "null"}) {
    EXPECT_NEAR(static_cast<double>(std::ranges::count(labels, label)),
                static_cast<double>(std::ranges::count(all, label)) / 20, 1.5);
  }
  EXPECT_EQ(run.steps()[0].dropped.at("over the cap of train"), 15'000);
  EXPECT_EQ(run.steps()[0].dropped.size(), 1U);
  EXPECT_EQ(run.steps()[0].step.name,
            "split train 0.8 up to 1000, eval 0.1, test 0.1 up to 5000 by label, seed 4");
}

TEST_F(SplitRulesTest, ACapHoldsForGroupsAndHashesToo) {
  const BatchPtr rows = UserRows(20'000, 300);
  SplitOptions by_group{.parts = kShares, .group = {"user"}, .seed = 4};
  SplitOptions by_hash{.parts = kShares, .key = {"user", "class"}, .seed = 4};
  for (SplitOptions* options : {&by_group, &by_hash}) {
    const BatchPtr keyed = options == &by_hash ? WithoutNulls(rows) : rows;
    const Ids whole = IdsOf(keyed, *options);
    options->parts[0].cap = 1000;
    options->parts[1].cap = 100'000;
    const Ids capped = SameIds(keyed, *options);
    EXPECT_EQ(capped[0].size(), 1000U);
    EXPECT_TRUE(std::ranges::includes(whole[0], capped[0]));
    EXPECT_GT(capped[0].back(), 18'000);
    EXPECT_EQ(capped[1], whole[1]);
    EXPECT_EQ(capped[2], whole[2]);
    RunContext run(Options());
    IdsOf(SourceOf(CutEvery(keyed, 400)), *options, run);
    EXPECT_EQ(run.steps()[0].dropped.at("over the cap of train"),
              static_cast<int64_t>(whole[0].size()) - 1000);
  }
}

TEST_F(SplitRulesTest, ACapIsAtLeastOne) {
  const auto parts = MakeSplit(SourceOf({NumberedRows(1)}), {.parts = {{"a", "1", 0}}});
  EXPECT_EQ(parts.status().message(), "split: cap of `a` must be at least 1: 0");
}

// all of them

TEST_F(SplitRulesTest, NoRowsGiveEmptyParts) {
  const BatchPtr none = UserRows(10, 3)->Slice(0, 0);
  for (const SplitOptions& options :
       {SplitOptions{.parts = kShares, .group = {"user"}},
        SplitOptions{.parts = kShares, .key = {"user"}},
        SplitOptions{.parts = kShares, .stratify = {"class", "user"}, .every_stratum = true}}) {
    RunContext run(Options());
    for (const auto& part : IdsOf(SourceOf({none}), options, run)) EXPECT_TRUE(part.empty());
  }
}

TEST_F(SplitRulesTest, AFailureOfTheSourceIsTheErrorAndLeavesNoScratch) {
  for (const SplitOptions& options : {SplitOptions{.parts = kShares, .group = {"user"}},
                                      SplitOptions{.parts = kShares, .key = {"user"}}}) {
    auto source = SourceOf(CutEvery(UserRows(1000, 10), 50));
    source->fail_at = 7;
    RunContext run(Options(2, 0));
    EXPECT_EQ(Failure(*Split(source, options)[1], run).message(), "test: the source broke");
    EXPECT_EQ(Files(), 0);
  }
}

TEST_F(SplitRulesTest, ColumnsThatCannotBeKeysAreRefusedBeforeRunning) {
  const auto schema = arrow::schema({arrow::field("x", arrow::float64())});
  const auto source = SourceOf({Rows(schema, {"[NaN]"})});
  RunContext run(Options());
  for (const SplitOptions& options : {SplitOptions{.parts = kShares, .stratify = {"x"}},
                                      SplitOptions{.parts = kShares, .group = {"x"}},
                                      SplitOptions{.parts = kShares, .key = {"x"}}}) {
    EXPECT_EQ(Split(source, options)[0]->schema(run).status().message(),
              "split: column `x` cannot be a key: double");
  }
  EXPECT_THAT(Split(source, {.parts = kShares, .group = {"y"}})[0]->schema(run).status().message(),
              HasSubstr("split: no column `y`"));
  EXPECT_EQ(source->opened, 0);
}

TEST_F(SplitRulesTest, OptionsThatContradictEachOtherAreRefused) {
  const auto source = SourceOf({UserRows(10, 3)});
  const auto refusal = [&](SplitOptions options) {
    return MakeSplit(source, std::move(options)).status().message();
  };
  EXPECT_EQ(refusal({.parts = kShares, .group = {"user"}, .key = {"user"}}),
            "split: by hash, there is no group");
  EXPECT_EQ(refusal({.parts = kShares, .stratify = {"class"}, .key = {"user"}}),
            "split: by hash, there is no stratify");
  EXPECT_EQ(refusal({.parts = kShares, .every_stratum = true}), "split: on_small needs stratify");
}

TEST_F(SplitRulesTest, DifferentRulesHaveDifferentFingerprints) {
  const auto source = SourceOf({UserRows(10, 3)});
  RunContext run(Options());
  std::set<std::string> prints;
  for (const SplitOptions& options :
       {SplitOptions{.parts = kShares}, SplitOptions{.parts = kShares, .group = {"user"}},
        SplitOptions{.parts = kShares, .key = {"user"}},
        SplitOptions{.parts = kShares, .stratify = {"user"}},
        SplitOptions{.parts = kShares, .stratify = {"user"}, .every_stratum = true},
        SplitOptions{.parts = {{"train", "0.8", 5}, {"eval", "0.1"}, {"test", "0.1"}}}}) {
    prints.insert(*Fingerprint(*Split(source, options)[0], run));
  }
  EXPECT_EQ(prints.size(), 6U);
}

}  // namespace
}  // namespace tideway::dataset
