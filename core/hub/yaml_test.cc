#include "core/hub/yaml.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/hub/testing_internal.h"

namespace tideway::hub::testing {
namespace {

using Json = nlohmann::ordered_json;

std::string Scalar(const std::string& text) { return ToYaml({{"k", text}}).substr(3); }

TEST(YamlTest, PlainTextIsNotQuoted) {
  for (const char* text : {"Health & Social Welfare", "Education, Health", "it's", "a:b", "a#b",
                           "-x", "नेपाली", "yes!", "1a", "0o17", "2020-1-1"}) {
    EXPECT_EQ(Scalar(text), std::string(text) + "\n");
  }
}

TEST(YamlTest, TextThatReadsAsSomethingElseIsQuoted) {
  for (const char* text : {"",
                           "yes",
                           "No",
                           "TRUE",
                           "null",
                           "~",
                           "on",
                           "1",
                           "-5",
                           "0x1F",
                           "017",
                           "1_000",
                           "1:30",
                           "1.5",
                           ".5",
                           "1.e+5",
                           ".inf",
                           "-.INF",
                           ".nan",
                           "2020-01-01",
                           "2020-1-1 1:02:03",
                           "2001-12-14t21:59:43.10-05:00",
                           "=",
                           "<<",
                           "- x",
                           "a: b",
                           "a:",
                           "a #b",
                           "#",
                           "[x",
                           "{x",
                           "&x",
                           "*x",
                           "!x",
                           "|",
                           ">",
                           "%",
                           "@",
                           "`",
                           "?",
                           "---",
                           "...",
                           " x",
                           "x "}) {
    EXPECT_EQ(Scalar(text), "'" + std::string(text) + "'\n") << text;
  }
}

TEST(YamlTest, QuotesAndControlCharactersAreEscaped) {
  EXPECT_EQ(Scalar("'"), "''''\n");
  EXPECT_EQ(Scalar("a\tb"), "\"a\\tb\"\n");
  EXPECT_EQ(Scalar("\x7f"), "\"\\x7F\"\n");
  EXPECT_EQ(Scalar("\xef\xbb\xbfx"), "\"\\uFEFFx\"\n");
  EXPECT_EQ(Scalar(std::string("\0", 1)), "\"\\0\"\n");
}

TEST(YamlTest, LongTextIsFolded) {
  const std::string words = "Infrastructure, Utilities and Natural Resources of the whole district";
  EXPECT_EQ(Scalar(words + " " + words), words + " Infrastructure,\n  " + words.substr(16) + "\n");
}

TEST(YamlTest, NumbersAndEmptyCollectionsStandAsTheyAre) {
  EXPECT_EQ(ToYaml({{"a", 1}, {"b", Json::array()}, {"c", Json::object()}, {"d", nullptr}}),
            "a: 1\nb: []\nc: {}\nd: null\n");
  EXPECT_EQ(ToYaml(Json::array({Json::array({1, 2}), {{"a", {1}}}})),
            "- - 1\n  - 2\n- a:\n  - 1\n");
}

TEST(YamlTest, PythonWritesGeneratedValuesTheSameWay) {
  const std::string path = ::testing::TempDir() + "tideway-yaml-" + std::to_string(getpid());
  ASSERT_EQ(Judge("make_yaml " + path + " 4000").code, 0);
  std::ifstream in(path);
  std::ofstream out(path + ".written");
  for (std::string line; std::getline(in, line);) {
    out << Json(ToYaml(Json::parse(line))).dump() << "\n";
  }
  out.close();
  const Ran ran = Judge("written_yaml " + path);
  EXPECT_EQ(ran.code, 0) << ran.output;
  fs::remove(path);
  fs::remove(path + ".written");
}

}  // namespace
}  // namespace tideway::hub::testing
