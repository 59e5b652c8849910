#include "core/hub/card.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/bit_flips_internal.h"
#include "core/hub/testing_internal.h"

namespace tideway::hub::testing {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;

const Json kInfo = {{"dataset_size", 1}};
const Json kConfig = {{"data_files", "data/*"}};

// What the keys of ours look like in a card that has no other configuration.
constexpr const char* kOurInfo = "dataset_info:\n  dataset_size: 1\n";
constexpr const char* kOurConfigs = "configs:\n- config_name: default\n  data_files: data/*\n";
const std::string kOurs = std::string(kOurInfo) + kOurConfigs;

Result<std::string> Merge(std::string_view card) { return MergeCard(card, kInfo, kConfig); }

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

struct Case {
  const char* name;
  std::string card;
  std::string merged;
};
void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

TEST(CardFlips, ACardWithAFlippedBitIsAnErrorOrKeepsItsBody) {
  const std::string body = "---\n# Title\n\n```yaml\nconfigs: [not, ours]\n```\n";
  BitFlips flips(
      "---\nlicense: mit\ntags:\n- 'it''s'\n- \"a: b\"\ndescription: >\n  folded\n\n  text\n"
      "configs:\n- config_name: other\n  data_files: {a: [x, y]}\ndataset_info:\n- config_name: "
      "default\n  features:\n  - name: text\n    dtype: string\n" +
      body);
  const size_t head = 4;
  while (flips.Next()) {
    const auto merged = Merge(flips.bytes());
    if (!merged.ok()) {
      EXPECT_EQ(KindOf(merged.status()), ErrorKind::kData) << flips.bytes();
      continue;
    }
    // What a flip did not touch of the text behind the front matter is there.
    const bool in_front = flips.at() >= head && flips.at() + body.size() < flips.bytes().size();
    EXPECT_TRUE(!in_front || merged->ends_with(body.substr(head))) << *merged;
    const auto again = Merge(*merged);
    EXPECT_EQ(again.ok() ? *again : again.status().message(), *merged) << flips.bytes();
  }
}

class MergeTest : public ::testing::TestWithParam<Case> {};

TEST_P(MergeTest, GivesThisCard) { EXPECT_EQ(Must(Merge(GetParam().card)), GetParam().merged); }

TEST_P(MergeTest, MergingAgainChangesNothing) {
  const std::string once = Must(Merge(GetParam().card));
  EXPECT_EQ(Must(Merge(once)), once);
}

TEST_P(MergeTest, KeepsWindowsLineEnds) {
  if (GetParam().card.find('\n') == std::string::npos) return;
  if (GetParam().card.find('\r') != std::string::npos) return;
  EXPECT_EQ(Must(Merge(Replaced(GetParam().card, "\n", "\r\n"))),
            Replaced(GetParam().merged, "\n", "\r\n"));
}

INSTANTIATE_TEST_SUITE_P(
    Cards, MergeTest,
    ::testing::Values(
        Case{"NoCard", "", "---\n" + kOurs + "---\n"},
        Case{"NoFrontMatter", "# Title\ntext", "---\n" + kOurs + "---\n# Title\ntext"},
        Case{"NotClosed", "---\nlicense: mit\n", "---\n" + kOurs + "---\n---\nlicense: mit\n"},
        Case{"Empty", "---\n---\nbody", "---\n" + kOurs + "---\nbody"},
        Case{"OtherKeys", "---\nlicense: mit\n---\nb", "---\nlicense: mit\n" + kOurs + "---\nb"},
        Case{"BlankLinesBefore", "\n \n---\na: b\n---\n", "\n \n---\na: b\n" + kOurs + "---\n"},
        Case{"SpacesAfterTheClosingFence", "---\na: b\n--- \nx", "---\na: b\n" + kOurs + "--- \nx"},
        Case{"ByteOrderMark", "\xef\xbb\xbf---\na: b\n---\nx", "---\na: b\n" + kOurs + "---\nx"},
        Case{"FencesInTheBody", "---\na: b\n---\nx\n---\nconfigs: y\n---\n",
             "---\na: b\n" + kOurs + "---\nx\n---\nconfigs: y\n---\n"},
        Case{"InPlace",
             "---\nconfigs:\n- config_name: default\n  x: 1\n# c\na: b\n"
             "dataset_info:\n  y: 2\n\nz: 1\n---\n",
             "---\n" + std::string(kOurConfigs) + "# c\na: b\n" + kOurInfo + "\nz: 1\n---\n"},
        Case{"NestedKeysOfTheSameName", "---\na:\n  configs: 1\n  dataset_info: 2\n---\n",
             "---\na:\n  configs: 1\n  dataset_info: 2\n" + kOurs + "---\n"},
        Case{"KeyInABlockScalar", "---\na: |\n  x\n\n  configs: 1\nb: >-\n  y\n---\n",
             "---\na: |\n  x\n\n  configs: 1\nb: >-\n  y\n" + kOurs + "---\n"},
        Case{"KeyInQuotedText", "---\na: \"x\nconfigs: 1\ny\"\nb: 'it''s\ndataset_info: 2'\n---\n",
             "---\na: \"x\nconfigs: 1\ny\"\nb: 'it''s\ndataset_info: 2'\n" + kOurs + "---\n"},
        Case{"KeyInAFlowCollection", "---\na: [1, {\nconfigs: 2}, # ]\n'x]'\n]\n---\n",
             "---\na: [1, {\nconfigs: 2}, # ]\n'x]'\n]\n" + kOurs + "---\n"},
        Case{"QuotedKeys", "---\n'configs': []\n\"dataset_info\": {}\n---\n",
             "---\n" + std::string(kOurConfigs) + kOurInfo + "---\n"},
        Case{"NullKeys", "---\nconfigs: null\ndataset_info: ~  # none\n---\n",
             "---\n" + std::string(kOurConfigs) + kOurInfo + "---\n"},
        Case{"BareKeys", "---\nconfigs:\ndataset_info:\n# end\n---\n",
             "---\n" + std::string(kOurConfigs) + kOurInfo + "# end\n---\n"},
        Case{"OtherConfigurations",
             "---\nconfigs:\n- config_name: zeta  # last\n  data_files: z\n- data_files: a\n"
             "  config_name: \"alpha\"\n---\n",
             "---\nconfigs:\n- data_files: a\n  config_name: \"alpha\"\n- config_name: default\n"
             "  data_files: data/*\n- config_name: zeta  # last\n  data_files: z\n" +
                 std::string(kOurInfo) + "---\n"},
        Case{"OtherConfigurationsIndented",
             "---\nconfigs:\n  - config_name: zeta\n    data_files:\n    - a\n    # kept\n---\n",
             "---\nconfigs:\n  - config_name: default\n    data_files: data/*\n"
             "  - config_name: zeta\n    data_files:\n    - a\n    # kept\n" +
                 std::string(kOurInfo) + "---\n"},
        Case{"InfoOfAnotherConfiguration",
             "---\ndataset_info:\n  config_name: alpha\n  splits:\n  - name: x\n    # c\n    n: 1\n"
             "---\n",
             "---\ndataset_info:\n- config_name: alpha\n  splits:\n  - name: x\n    # c\n    n: 1\n"
             "- config_name: default\n  dataset_size: 1\n" +
                 std::string(kOurConfigs) + "---\n"},
        Case{"InfoListOfOurs", "---\ndataset_info:\n- config_name: default\n  x: 1\n---\n",
             "---\n" + std::string(kOurInfo) + kOurConfigs + "---\n"},
        Case{"AnchorsInOtherKeys", "---\na: &x 1\nb: *x\n---\n",
             "---\na: &x 1\nb: *x\n" + kOurs + "---\n"},
        Case{"AnchorInAKeptEntry",
             "---\ndataset_info:\n- config_name: a\n  f: &x 1\n- config_name: default\n  f: "
             "*x\n---\n",
             "---\ndataset_info:\n- config_name: a\n  f: &x 1\n- config_name: default\n"
             "  dataset_size: 1\n" +
                 std::string(kOurConfigs) + "---\n"},
        Case{"AnchorUsedWithinTheKey", "---\ndataset_info:\n  a: &id001\n  - 1\n  b: *id001\n---\n",
             "---\n" + std::string(kOurInfo) + kOurConfigs + "---\n"}),
    [](const auto& test) { return test.param.name; });

struct Refusal {
  const char* name;
  std::string card;
  const char* text;
};
void PrintTo(const Refusal& test, std::ostream* out) { *out << test.name; }

class RefusalTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, NamesTheLineAndTheRemedy) {
  const Status status = Merge(GetParam().card).status();
  EXPECT_FAILS(status, ErrorKind::kData, GetParam().text);
  ASSERT_NE(GetErrorDetail(status), nullptr);
  EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr("of README.md"));
}

INSTANTIATE_TEST_SUITE_P(
    Cards, RefusalTest,
    ::testing::Values(
        Refusal{"FlowRoot", "---\n{a: b}\n---\n", "line 2: it begins with `{`"},
        Refusal{"ListRoot", "---\n- a\n---\n", "line 2: it belongs to no key"},
        Refusal{"TextRoot", "---\ntext\n---\n", "line 2: it belongs to no key"},
        Refusal{"IndentedRoot", "---\n  a: b\n---\n", "line 2: it belongs to no key"},
        Refusal{"TextAmongKeys", "---\na: b\ntext\n---\n", "line 3: it is no `key: value`"},
        Refusal{"Tabs", "---\na:\n\tb: c\n---\n", "line 3: a tab indents it"},
        Refusal{"Directive", "---\n%YAML 1.2\n---\n", "line 2: it begins with `%`"},
        Refusal{"ExplicitKey", "---\n? a\n: b\n---\n", "line 2: it begins with `?`"},
        Refusal{"SecondDocument", "---\na: b\n...\nc: d\n---\n", "line 3: a second YAML document"},
        Refusal{"OpenQuote", "---\n# c\na: \"b\n---\n", "line 3: a quote is never closed"},
        Refusal{"OpenBracket", "\n---\na: [b\n---\n", "line 3: `[` is never closed"},
        Refusal{"LoneCarriageReturn", "---\na: b\nc: d\re: f\n---\n", "line 3: a carriage return"},
        Refusal{"Twice", "---\nconfigs: []\na: b\n'configs': []\n---\n",
                "line 4: `configs` is there"},
        Refusal{"FlowConfigs", "---\nconfigs: [{config_name: a}]\n---\n",
                "line 2: `configs` is not"},
        Refusal{"FlowInfo", "---\ndataset_info: {config_name: a}\n---\n", "line 2: `dataset_info`"},
        Refusal{"ConfigsMapping", "---\nconfigs:\n  a: b\n---\n",
                "line 2: `configs` is not a list"},
        Refusal{"NoName", "---\nconfigs:\n- data_files: x\n---\n",
                "line 3: an entry of `configs` has"},
        Refusal{"NestedName", "---\nconfigs:\n- a:\n    config_name: x\n---\n",
                "line 3: an entry of"},
        Refusal{"FoldedName", "---\nconfigs:\n- config_name: >-\n    x\n---\n",
                "line 3: config_name"},
        Refusal{"EscapedName", "---\nconfigs:\n- config_name: \"\\x41\"\n---\n",
                "line 3: config_name"},
        Refusal{"NameTwice", "---\nconfigs:\n- config_name: a\n- config_name: a\n---\n",
                "line 4: the configuration `a` is there twice"},
        Refusal{"LooseTextInList", "---\nconfigs:\n- config_name: a\n x: b\n---\n",
                "line 4: it is no"},
        Refusal{"AnchorUsedElsewhere", "---\ndataset_info:\n  a: &x 1\nb: *x\n---\n",
                "line 3: other entries refer to the anchor &x"},
        Refusal{"AnchorUsedByAKeptEntry",
                "---\ndataset_info:\n- config_name: default\n  a: &id001\n  - 1\n"
                "- config_name: x\n  a: *id001\n---\n",
                "line 4: other entries refer to the anchor &id001"}),
    [](const auto& test) { return test.param.name; });

TEST(CardTest, LineNumbersCountFromTheTopOfTheFile) {
  EXPECT_FAILS(Merge("\n\n---\nconfigs:\n- config_name: default\n  x:\n  - 1\n\n\tb: 1\n---\n"),
               ErrorKind::kData, "line 9:");
}

TEST(CardTest, ManyLabelsAreReadInAMoment) {
  std::string card = "---\ndataset_info:\n  names:\n";
  for (int i = 0; i < 50000; ++i) card += "    '" + std::to_string(i) + "': label number\n";
  EXPECT_EQ(Must(Merge(card + "---\n")), "---\n" + kOurs + "---\n");
}

const MergeOptions kEn = {.name = "en"};
const MergeOptions kEnByDefault = {.name = "en", .make_default = true};

std::string Configs(std::string_view entries) {
  return fmt::format("---\ndataset_info:\n  config_name: en\n  dataset_size: 1\nconfigs:\n{}---\n",
                     entries);
}

TEST(CardConfigTest, ALoneConfigurationOfAnotherNameHasItsNameInBothKeys) {
  const std::string card = Must(MergeCard("", kInfo, kConfig, kEn));
  EXPECT_EQ(card, Configs("- config_name: en\n  data_files: data/*\n"));
  EXPECT_EQ(Must(MergeCard(card, kInfo, kConfig, kEn)), card);
}

TEST(CardConfigTest, AnInfoWithoutANameIsTheDefaultsOnceThereAreTwo) {
  EXPECT_EQ(Must(MergeCard(Must(Merge("")), kInfo, kConfig, kEn)),
            "---\ndataset_info:\n- config_name: default\n  dataset_size: 1\n- config_name: en\n"
            "  dataset_size: 1\nconfigs:\n- config_name: default\n  data_files: data/*\n"
            "- config_name: en\n  data_files: data/*\n---\n");
}

TEST(CardConfigTest, TheMarkOfTheDefaultMovesAndItsOldLineAloneGoes) {
  const std::string fr = "- config_name: fr\n{}  data_files: x  # theirs\n";
  const std::string card = Configs(fmt::format(fmt::runtime(fr), "  default: true\n"));
  EXPECT_EQ(Must(MergeCard(card, kInfo, kConfig, kEnByDefault)),
            Configs("- config_name: en\n  data_files: data/*\n  default: true\n" +
                    fmt::format(fmt::runtime(fr), "")));
  EXPECT_EQ(Must(MergeCard(card, kInfo, kConfig, kEn)),
            Configs("- config_name: en\n  data_files: data/*\n" +
                    fmt::format(fmt::runtime(fr), "  default: true\n")));
}

TEST(CardConfigTest, ADefaultStaysOneWhenItIsPushedAgain) {
  const std::string card = Must(MergeCard("", kInfo, kConfig, kEnByDefault));
  EXPECT_THAT(card, HasSubstr("default: true"));
  EXPECT_EQ(Must(MergeCard(card, kInfo, kConfig, kEn)), card);
}

TEST(CardConfigTest, TwoDefaultsAreRefused) {
  const std::string card = Configs("- config_name: fr\n  default: true\n");
  EXPECT_FAILS(Merge(card), ErrorKind::kConflict, "`fr` is the default of this dataset");
  EXPECT_FAILS(MergeCard(Must(Merge("")), kInfo, kConfig, kEnByDefault), ErrorKind::kConflict,
               "`default` is the default of this dataset: `en` would be a second one");
  EXPECT_FAILS(
      MergeCard("", kInfo, kConfig, {.name = "en", .make_default = true, .unnamed = kConfig}),
      ErrorKind::kConflict, "`en` would be a second one");
  EXPECT_FAILS(
      MergeCard(Configs("- default: true\n  config_name: fr\n"), kInfo, kConfig, kEnByDefault),
      ErrorKind::kData, "`default` is the first key of its entry");
}

TEST(CardConfigTest, WhatHadNoWordsIsNamedWhenAnotherComes) {
  const MergeOptions options = {.name = "en", .unnamed = {{"data_files", "old"}}};
  EXPECT_EQ(Must(MergeCard("", kInfo, kConfig, options)),
            Configs("- config_name: default\n  data_files: old\n- config_name: en\n"
                    "  data_files: data/*\n"));
  const std::string card = Configs("- config_name: fr\n");
  EXPECT_EQ(Must(MergeCard(card, kInfo, kConfig, options)),
            Configs("- config_name: en\n  data_files: data/*\n- config_name: fr\n"));
}

TEST(CardConfigTest, ACardWithAFlippedBitIsAnErrorOrOneThatMergesToItself) {
  BitFlips flips(Configs("- config_name: fr\n  data_files: x\n  default: true\n"));
  while (flips.Next()) {
    const auto merged = MergeCard(flips.bytes(), kInfo, kConfig, kEnByDefault);
    if (!merged.ok()) continue;
    const auto again = MergeCard(*merged, kInfo, kConfig, kEnByDefault);
    EXPECT_EQ(again.ok() ? *again : again.status().message(), *merged) << flips.bytes();
  }
}

TEST(CardTest, PythonMergesGeneratedCardsTheSameWay) {
  const std::string cards = ::testing::TempDir() + "tideway-cards-" + std::to_string(getpid());
  ASSERT_EQ(Judge("make_cards " + cards + " 400").code, 0);
  std::ifstream in(cards);
  std::ofstream out(cards + ".merged");
  for (std::string line; std::getline(in, line);) {
    const Json request = Json::parse(line);
    const auto merged = MergeCard(request["card"].get<std::string>(), request["info"],
                                  request["config"], {.name = request["name"]});
    out << Json(merged.ok() ? *merged : "refused: " + merged.status().message()).dump() << "\n";
  }
  out.close();
  const Ran ran = Judge("merged_cards " + cards);
  EXPECT_EQ(ran.code, 0) << ran.output;
  fs::remove(cards);
  fs::remove(cards + ".merged");
}

TEST(CardTest, FeaturesAreSpeltAsPythonSpellsThem) {
  const Ran ran = Judge("features");
  ASSERT_EQ(ran.code, 0) << ran.output;
  std::istringstream lines(ran.output);
  int count = 0;
  for (std::string json, yaml; std::getline(lines, json) && std::getline(lines, yaml); ++count) {
    EXPECT_EQ(YamlFeatures(Json::parse(json)), Json::parse(yaml)) << json;
  }
  EXPECT_GT(count, 20);
}

}  // namespace
}  // namespace tideway::hub::testing
