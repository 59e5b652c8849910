#include "core/dedup/near.h"

#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "core/base/hash.h"
#include "core/dataset/testing_internal.h"
#include "core/dedup/shingle_set.h"

namespace tideway::dedup {
namespace {

using dataset::BatchPtr;
using dataset::RunContext;
using dataset::testing::Collect;
using dataset::testing::CutEvery;
using dataset::testing::Failure;
using dataset::testing::Numbers;
using dataset::testing::Rows;
using dataset::testing::SourceOf;

using NullableTexts = std::vector<std::optional<std::string>>;

BatchPtr RowsOf(const NullableTexts& texts, const std::vector<int64_t>& stars = {}) {
  arrow::Int64Builder ids;
  arrow::StringBuilder contents;
  arrow::Int64Builder star_counts;
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_TRUE(ids.Append(static_cast<int64_t>(i)).ok());
    EXPECT_TRUE((texts[i] ? contents.Append(*texts[i]) : contents.AppendNull()).ok());
    EXPECT_TRUE((stars.empty() ? star_counts.AppendNull() : star_counts.Append(stars[i])).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("content", arrow::utf8()),
                     arrow::field("stars", arrow::int64())});
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(texts.size()),
                                  {ids.Finish().ValueOrDie(), contents.Finish().ValueOrDie(),
                                   star_counts.Finish().ValueOrDie()});
}

// `words` words that only this seed has, of which each is another with the probability `changed`.
std::string TextOf(uint64_t seed, int words, double changed = 0, uint64_t change_seed = 0) {
  std::mt19937_64 random(change_seed);
  std::string text;
  for (int i = 0; i < words; ++i) {
    const bool change = std::uniform_real_distribution<double>()(random) < changed;
    text += (change ? "x" + std::to_string(random()) : std::to_string(Mix64(seed, i))) + " ";
  }
  return text;
}

double Jaccard(const std::string& a, const std::string& b) {
  Shingler shingler({});
  const auto set_a = ShinglesOf(a, shingler);
  const std::set<uint64_t> left(set_a.begin(), set_a.end());
  size_t both = 0;
  const auto right = ShinglesOf(b, shingler);
  for (const uint64_t shingle : right) both += left.count(shingle);
  if (left.empty() || right.empty()) return 0;
  return static_cast<double>(both) / static_cast<double>(left.size() + right.size() - both);
}

// Families of texts that differ from each other by a few words.
NullableTexts Families(int families, int most_members) {
  std::mt19937_64 random(17);
  NullableTexts texts;
  for (int family = 0; family < families; ++family) {
    const int words = 30 + static_cast<int>(random() % 300);
    const int members = 1 + static_cast<int>(random() % static_cast<uint64_t>(most_members));
    for (int member = 0; member < members; ++member) {
      const double changed = 0.002 * static_cast<double>(random() % 20);
      texts.emplace_back(TextOf(static_cast<uint64_t>(family), words, changed, random()));
    }
  }
  std::shuffle(texts.begin(), texts.end(), random);
  return texts;
}

NearOptions KeepBy(Keep::Rule rule = Keep::Rule::kFirst) {
  NearOptions options;
  options.common = {.column = "content", .id = "id", .keep = {.rule = rule, .column = {}}};
  return options;
}

class NearTest : public dataset::testing::DatasetTest {
 protected:
  std::vector<int64_t> KeptIds(const BatchPtr& rows, const NearOptions& options, RunContext& run,
                               int64_t batch_rows = 100) {
    const auto near = *MakeNear(SourceOf(CutEvery(rows, batch_rows)), nullptr, options);
    return Numbers(*Collect(*MakeKept(near), run));
  }
};

TEST_F(NearTest, RemovesWhatAnEarlierOneIsLikeAndNothingElse) {
  const NullableTexts texts = Families(150, 6);
  RunContext run(Options());
  const auto near = *MakeNear(SourceOf(CutEvery(RowsOf(texts), 40)), nullptr, KeepBy());
  const auto kept = Numbers(*Collect(*MakeKept(near), run));
  const std::set<int64_t> stays(kept.begin(), kept.end());
  const auto removed = Collect(*MakeRemoved(near), run);
  EXPECT_EQ(stays.size() + static_cast<size_t>(removed->num_rows()), texts.size());
  EXPECT_GT(removed->num_rows(), 100);

  const auto ids = Numbers(*removed);
  const auto witnesses = Numbers(*removed, "witness");
  const auto& similarities =
      static_cast<const arrow::DoubleArray&>(*removed->GetColumnByName("similarity")->chunk(0));
  for (size_t i = 0; i < ids.size(); ++i) {
    EXPECT_TRUE(stays.contains(witnesses[i]));
    EXPECT_LT(witnesses[i], ids[i]);
    const double jaccard =
        Jaccard(*texts[static_cast<size_t>(ids[i])], *texts[static_cast<size_t>(witnesses[i])]);
    EXPECT_GE(jaccard, 0.85);
    EXPECT_EQ(similarities.Value(static_cast<int64_t>(i)), jaccard);
  }
  for (const int64_t later : kept) {
    for (const int64_t earlier : kept) {
      if (earlier == later) break;
      EXPECT_LT(Jaccard(*texts[static_cast<size_t>(earlier)], *texts[static_cast<size_t>(later)]),
                0.85);
    }
  }
}

TEST_F(NearTest, IsTheSameForAnyWorkersMemoryAndBatches) {
  const BatchPtr rows = RowsOf(Families(200, 5));
  for (const auto rule : {Keep::Rule::kFirst, Keep::Rule::kLongest}) {
    std::optional<std::vector<int64_t>> expected;
    for (const int workers : {1, 2, 8}) {
      for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
        RunContext run(Options(workers, memory));
        const auto kept = KeptIds(rows, KeepBy(rule), run, 30 * workers + 11);
        if (!expected) expected = kept;
        EXPECT_EQ(kept, *expected);
        EXPECT_EQ(run.budget().reserved_bytes(), 0);
      }
    }
  }
}

TEST_F(NearTest, LongestIsTheSameForAnyOrder) {
  NullableTexts texts = Families(200, 5);
  const auto kept_texts = [&] {
    RunContext run(Options());
    std::set<std::string> kept;
    for (const int64_t id : KeptIds(RowsOf(texts), KeepBy(Keep::Rule::kLongest), run)) {
      kept.insert(*texts[static_cast<size_t>(id)]);
    }
    return kept;
  };
  const auto expected = kept_texts();
  EXPECT_LT(expected.size(), texts.size());
  for (uint64_t seed = 0; seed < 3; ++seed) {
    std::shuffle(texts.begin(), texts.end(), std::mt19937_64(seed));
    EXPECT_EQ(kept_texts(), expected);
  }
}

TEST_F(NearTest, KeepsTheLongestOrTheMostOrTheFirst) {
  const std::string text = TextOf(1, 200);
  const BatchPtr rows = RowsOf({text, text + "   ", text + "  ", text}, {3, 1, 9, 9});
  RunContext run(Options());
  EXPECT_THAT(KeptIds(rows, KeepBy(), run), ::testing::ElementsAre(0));
  EXPECT_THAT(KeptIds(rows, KeepBy(Keep::Rule::kLongest), run), ::testing::ElementsAre(1));
  NearOptions most = KeepBy(Keep::Rule::kMost);
  most.common.keep.column = "stars";
  const auto kept = KeptIds(rows, most, run);
  EXPECT_EQ(kept.size(), 1U);
  EXPECT_GE(kept.at(0), 2);
}

TEST_F(NearTest, ChainsAreNotMerged) {
  // Each is like the next one, and no other.
  const auto member = [](int shift) {
    std::string text;
    for (int i = 0; i < 100; ++i)
      text += std::to_string(Mix64(1, static_cast<uint64_t>(i + shift))) + " ";
    return text;
  };
  const NullableTexts texts{member(0), member(5), member(10), member(15), member(20)};
  EXPECT_GE(Jaccard(*texts[0], *texts[1]), 0.85);
  EXPECT_LT(Jaccard(*texts[0], *texts[2]), 0.85);
  RunContext run(Options());
  EXPECT_THAT(KeptIds(RowsOf(texts), KeepBy(), run), ::testing::ElementsAre(0, 2, 4));
}

TEST_F(NearTest, TheMostSimilarIsTheWitness) {
  const std::string text = TextOf(1, 400);
  const std::string cut = text.substr(0, text.size() * 88 / 100);
  const std::string longer = text + TextOf(2, 40);
  RunContext run(Options());
  const auto near = *MakeNear(SourceOf({RowsOf({cut, longer, text})}), nullptr, KeepBy());
  const auto removed = Collect(*MakeRemoved(near), run);
  EXPECT_THAT(Numbers(*removed), ::testing::ElementsAre(2));
  EXPECT_THAT(Numbers(*removed, "witness"), ::testing::ElementsAre(1));
}

TEST_F(NearTest, EmptyShortNullAndBrokenTextsAreNotTakenForDuplicates) {
  const NullableTexts texts{"",         "",         std::nullopt, std::nullopt, "{}",    " {\n}",
                            "a",        "b",        "a b",        "b a",        "x y z", "x y w",
                            "\xff\xfe", "\xff\xfd", "1 2 3 4 5",  "1 2 3 4 6"};
  RunContext run(Options());
  EXPECT_EQ(KeptIds(RowsOf(texts), KeepBy(), run).size(), texts.size());
}

TEST_F(NearTest, ShortTextsOfTheSameWordsAreDuplicates) {
  RunContext run(Options());
  EXPECT_THAT(KeptIds(RowsOf({"return 0;", "return  0", "return 1;"}), KeepBy(), run),
              ::testing::ElementsAre(0, 2));
}

TEST_F(NearTest, ManyCopiesOfOneTextTakeNoQuadraticTime) {
  NullableTexts texts(20000, TextOf(1, 50));
  for (int i = 0; i < 3000; ++i) texts.emplace_back(TextOf(2, 100, 0.01, static_cast<uint64_t>(i)));
  RunContext run(Options());
  const auto near = *MakeNear(SourceOf(CutEvery(RowsOf(texts), 5000)), nullptr, KeepBy());
  const auto report = nlohmann::json::parse(*near->Report(run));
  EXPECT_GT(report["same_words"], 19990);
  EXPECT_GT(report["removed"], 21000);
  EXPECT_LT(report["compared"], 1000000);
}

// How many groups texts fall into that pairs of similar ones connect.
size_t Components(const NullableTexts& texts) {
  std::vector<size_t> group(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    group[i] = i;
    for (size_t j = 0; j < i; ++j) {
      const size_t other = group[j];
      if (other == i || Jaccard(*texts[i], *texts[j]) < 0.85) continue;
      std::replace(group.begin(), group.begin() + static_cast<int64_t>(i), other, i);
    }
  }
  return std::set<size_t>(group.begin(), group.end()).size();
}

TEST_F(NearTest, TagsKeepAlikeTextsInOneClusterWhetherTheyStayOrGo) {
  const NullableTexts texts = Families(100, 6);
  NearOptions options = KeepBy();
  options.clusters = true;
  for (const int64_t memory : {int64_t{4096}, int64_t{512} << 20}) {
    RunContext run(Options(2, memory));
    const auto near = *MakeNear(SourceOf(CutEvery(RowsOf(texts), 40)), nullptr, options);
    const auto tagged = Collect(*MakeTagged(near), run);
    const auto clusters = Numbers(*tagged, "cluster");
    ASSERT_EQ(clusters.size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (Jaccard(*texts[i], *texts[j]) < 0.85) continue;
        EXPECT_EQ(clusters[i], clusters[j]);
      }
    }
    EXPECT_EQ(std::set<int64_t>(clusters.begin(), clusters.end()).size(), Components(texts));
  }
}

TEST_F(NearTest, OnlyARowThatIsInTheIndexItselfStaysBesideIt) {
  const std::string text = TextOf(1, 60);
  RunContext run(Options());
  const auto index = MakeIndex(*MakeNear(SourceOf({RowsOf({text})}), nullptr, KeepBy()));
  const auto kept = [&](const NullableTexts& texts) {
    return Numbers(*Collect(*MakeKept(*MakeNear(SourceOf({RowsOf(texts)}), index, KeepBy())), run));
  };
  EXPECT_THAT(kept({text}), ::testing::ElementsAre(0));
  EXPECT_THAT(kept({text, text}), ::testing::ElementsAre(0));  // a copy by another name
  EXPECT_THAT(kept({text + "  "}), ::testing::IsEmpty());      // the name and words, another text
  const BatchPtr row = RowsOf({text});
  const auto twice = *MakeNear(SourceOf({row, row}), index, KeepBy());
  EXPECT_THAT(Numbers(*Collect(*MakeKept(twice), run)), ::testing::ElementsAre(0));
}

TEST_F(NearTest, ClustersOfWhatGoesAreJoinedToo) {
  // 1 is like 0 and like 3, which go and stay for others' sake: all are one cluster.
  const auto member = [](int shift) {
    std::string text;
    for (int i = 0; i < 100; ++i)
      text += std::to_string(Mix64(1, static_cast<uint64_t>(i + shift))) + " ";
    return text;
  };
  NearOptions options = KeepBy();
  options.clusters = true;
  // 0 and 14 stay; 5 goes for 0, 9 goes for 14; 5 and 9 are alike.
  const NullableTexts texts{member(0), member(14), member(5), member(9)};
  RunContext run(Options());
  const auto near = *MakeNear(SourceOf({RowsOf(texts)}), nullptr, options);
  EXPECT_THAT(Numbers(*Collect(*MakeKept(near), run)), ::testing::ElementsAre(0, 1));
  EXPECT_THAT(Numbers(*Collect(*MakeTagged(near), run), "cluster"),
              ::testing::ElementsAre(0, 0, 0, 0));
}

TEST_F(NearTest, TheCapEndsTheRun) {
  const auto schema =
      arrow::schema({arrow::field("content", arrow::utf8()), arrow::field("repo", arrow::utf8())});
  std::string contents = "[", repos = "[";
  for (int i = 0; i < 40; ++i) {
    contents += (i > 0 ? ",\"" : "\"") + (i < 20 ? TextOf(1, 60) : TextOf(100 + i, 60)) + "\"";
    repos += (i > 0 ? ",\"" : "\"") + std::string(i < 20 ? "copies" : "own") + "\"";
  }
  const auto source = SourceOf({Rows(schema, {contents + "]", repos + "]"})});
  NearOptions options;
  options.common = {.column = "content", .source = "repo", .cap_share = 0.5};
  RunContext run(Options());
  const Status status = Failure(*MakeKept(*MakeNear(source, nullptr, options)), run);
  EXPECT_EQ(status.message(),
            "dedup.near: more than 50 % of a source would go: 19 of 20 rows of `copies`");
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  const auto over = *MakeNear(source, nullptr, options);
  EXPECT_EQ(Collect(*MakeRemoved(over), run)->num_rows(), 19);
  EXPECT_EQ(nlohmann::json::parse(*over->Report(run))["over_cap"], true);
  options.common.cap_rows = 19;
  EXPECT_EQ(Collect(*MakeKept(*MakeNear(source, nullptr, options)), run)->num_rows(), 21);
}

TEST_F(NearTest, NoRowsStayNone) {
  RunContext run(Options());
  const auto near = *MakeNear(SourceOf({RowsOf({"a"})->Slice(0, 0)}), nullptr, KeepBy());
  EXPECT_EQ(Collect(*MakeKept(near), run)->num_rows(), 0);
  EXPECT_EQ(Collect(*MakeRemoved(near), run)->num_rows(), 0);
}

TEST_F(NearTest, RefusesWrongColumnsAndNumbers) {
  const auto source = SourceOf({RowsOf({"a"})});
  RunContext run(Options());
  const auto message = [&](const auto& change) {
    NearOptions options = KeepBy();
    change(options);
    const auto near = MakeNear(source, nullptr, options);
    return near.ok() ? (*near)->schema(run).status().message() : near.status().message();
  };
  EXPECT_EQ(message([](auto& o) { o.threshold = 0; }),
            "dedup.near: threshold must be above 0, up to 1: 0");
  EXPECT_EQ(message([](auto& o) { o.threshold = 1.5; }),
            "dedup.near: threshold must be above 0, up to 1: 1.5");
  EXPECT_EQ(message([](auto& o) { o.shingles.ngram = 0; }),
            "dedup.near: ngram must be from 1 to 100: 0");
  EXPECT_EQ(message([](auto& o) { o.banding.bands = 600; }),
            "dedup.near: bands and band_rows must be from 1 to 512: 600 of 8");
  EXPECT_EQ(message([](auto& o) { o.common.column = "stars"; }),
            "dedup.near: column must be string or binary: int64");
  EXPECT_THAT(message([](auto& o) { o.common.column = "contents"; }),
              ::testing::HasSubstr("did you mean `content`?"));
  EXPECT_THAT(message([](auto& o) { o.common.keep = {Keep::Rule::kMost, "content"}; }),
              ::testing::HasSubstr("keep: column `content` must be of numbers"));
}

TEST_F(NearTest, AFailureOfTheSourceIsTheError) {
  auto source = SourceOf(CutEvery(RowsOf(Families(20, 3)), 5));
  source->fail_at = 3;
  RunContext run(Options());
  EXPECT_EQ(Failure(*MakeKept(*MakeNear(source, nullptr, KeepBy())), run).message(),
            "test: the source broke");
}

TEST_F(NearTest, CountsDuplicatesInTheReceipt) {
  const std::string text = TextOf(1, 60);
  RunContext run(Options());
  KeptIds(RowsOf({text, text, TextOf(2, 60)}), KeepBy(), run);
  ASSERT_EQ(run.steps().size(), 1U);
  EXPECT_EQ(run.steps()[0].rows_in, 3);
  EXPECT_EQ(run.steps()[0].dropped.at("duplicate"), 1);
}

}  // namespace
}  // namespace tideway::dedup
