#include "core/hub/data_files.h"

#include <fmt/format.h>

#include "core/base/bit_flips_internal.h"
#include "core/hub/path_glob.h"
#include "core/hub/testing_internal.h"

// What Python finds is judged in tests/pipelines/hub_layouts_test.py.

namespace tideway::hub::testing {
namespace {

using Labels = std::map<std::string, std::vector<std::string>>;

bool Matches(std::string_view pattern, std::string_view path) {
  return Must(PathGlob::Parse(pattern)).Matches(path);
}

TEST(PathGlobTest, BrokenSetsNeitherCrashNorMatchBeyondThemselves) {
  EXPECT_TRUE(Matches("*[", "a["));
  EXPECT_TRUE(Matches("[]", "[]"));
  EXPECT_TRUE(Matches("*[!", "a[!"));
  EXPECT_FALSE(Matches("[z-a]", "m"));
  EXPECT_TRUE(Matches("[!z-a]", "m"));
  EXPECT_FALSE(Matches("[a-", "b"));
  EXPECT_TRUE(Matches("?", "\xff"));
  EXPECT_TRUE(Matches("[\xc3", "[\xc3"));
  EXPECT_FAILS(PathGlob::Parse("a/b**"), ErrorKind::kUsage, "`**` is no whole part of the pattern");
}

TEST(PathGlobTest, ALongPatternOfStarsEndsSoon) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(Matches(pattern + "b", std::string(5000, 'a')));
  EXPECT_FALSE(Matches("**/" + pattern + "/**/b", std::string(5000, 'a')));
}

TEST(DataFilesTest, PatternsThatLeadOutOfTheRepositoryAreRefused) {
  for (const std::string pattern :
       {"/etc/passwd", "https://host/a.csv", "hf://datasets/ns/other/a.csv", "zip://a::b.zip",
        "s3:bucket", "file:a.csv"}) {
    const std::string card =
        "---\nconfigs:\n- config_name: a\n  data_files: '" + pattern + "'\n---\n";
    EXPECT_FAILS(DataFiles::Read({.card = card, .paths = {"a.csv"}}), ErrorKind::kData,
                 "data_files outside of the repository: " + pattern);
  }
  EXPECT_FAILS(
      DataFiles::Read({.card = "---\nconfigs:\n- config_name: a\n  data_files: ../a.csv\n---\n",
                       .paths = {"a.csv"}}),
      ErrorKind::kData, "no data file ../a.csv");
}

TEST(DataFilesTest, ACardWithAFlippedBitNeverGivesAFileThatIsNotThere) {
  BitFlips flips(
      "---\nconfigs:\n- config_name: a\n  data_files:\n  - split: train\n    path: ['a/[b]*.csv', "
      "'**/c.csv']\n- config_name: d\n  data_dir: e\n---\n");
  const std::vector<std::string> paths = {"a/b.csv", "a/c.csv", "e/test.csv"};
  while (flips.Next()) {
    const auto data = DataFiles::Read({.card = flips.bytes(), .paths = paths});
    if (!data.ok()) {
      const ErrorKind kind = KindOf(data.status());
      EXPECT_TRUE(kind == ErrorKind::kData || kind == ErrorKind::kUsage) << flips.bytes();
      continue;
    }
    for (const CardConfig& config : data->configs()) {
      const auto splits = data->Splits(config);
      if (!splits.ok()) continue;
      for (const DataSplit& split : *splits) {
        for (const std::string& file : split.files) {
          EXPECT_EQ(std::ranges::count(paths, file), 1) << file;
        }
      }
    }
  }
}

TEST(LabelsInCardTest, NamesAreThoseOfTheConfigurationAndWhatIsNoListOfThemIsNone) {
  const auto labels = [](const char* names, const char* config = "default") {
    const auto card = nlohmann::ordered_json::parse(fmt::format(
        R"({{"dataset_info": {{"features": [7, {{"name": "l", "dtype": {{"class_label": {{"names": {}}}}}}},
            {{"name": "t", "dtype": "string"}}]}}}})",
        names));
    return LabelsInCard(card, config);
  };
  EXPECT_EQ(labels(R"({"1": "b", "0": "a"})"), (Labels{{"l", {"a", "b"}}}));
  EXPECT_EQ(labels(R"(["a", "b"])"), (Labels{{"l", {"a", "b"}}}));
  EXPECT_EQ(labels(R"(["a"])", "other"), Labels{});
  for (const char* names : {R"({"0": "a", "2": "b"})", R"({"0": "a", "00": "b"})", "[]", "7", "[1]",
                            "{}", R"({"-1": "a"})", R"({"18446744073709551616": "a"})", "null"}) {
    EXPECT_EQ(labels(names), Labels{}) << names;
  }
  EXPECT_EQ(LabelsInCard(nlohmann::ordered_json::parse(R"({"dataset_info": 3})"), "a"), Labels{});
}

}  // namespace
}  // namespace tideway::hub::testing
