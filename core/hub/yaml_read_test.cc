#include "core/hub/yaml_read.h"

#include <fmt/format.h>

#include "core/base/bit_flips_internal.h"
#include "core/hub/testing_internal.h"

namespace tideway::hub::testing {
namespace {

using Json = nlohmann::ordered_json;

TEST(YamlReadTest, ValuesAreWhatPythonTakesThemFor) {
  const Json read = Must(FromYaml(
      "a: [1, 1.5, yes, ~, null, 'null', 2020-01-01, x]\nb: {c: !!str 5, 3: \"\\u00e9\"}\nd: |\n  "
      "e\n  f\ng: &h [i]\nj: *h\nk:\n- <<: {l: 1, m: 2}\n  m: 3\nn: 1\nn: 2\n"));
  EXPECT_EQ(read, Json::parse(R"({"a": [1, 1.5, true, null, null, "null", 1, "x"],
      "b": {"c": "5", "3": "é"}, "d": "e\nf\n", "g": ["i"], "j": ["i"],
      "k": [{"m": 3, "l": 1}], "n": 2})"));
  EXPECT_TRUE(Must(FromYaml("")).is_null());
  EXPECT_TRUE(Must(FromYaml("# nothing\n")).is_null());
}

TEST(YamlReadTest, WhatIsBrokenIsAnErrorThatNamesTheLine) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"a: 1\nb: [", "line 3"},
           {"a: 1\n b: 2", "line 2"},
           {"a: *b", "line 1: no anchor &b"},
           {"a: &b [*b]", "line 1: no anchor &b"},
           {"a: !x 1", "line 1: a value has the tag !x"},
           {"a: !x [1]", "a list has a tag"},
           {"a: !x {b: 1}", "a mapping has a tag"},
           {"? [a]\n: b", "a key is no plain value"},
           {"<<: 1", "merges what is no mapping"},
           {"a\n...\n---\nb", "a second document"},
           {"a: \"\\x\"", "line 1"},
           {"a: \t- b", "line 1"},
           {"a: \xff", "line 1"},
           {std::string("a: \0b", 5), "line 1"}}) {
    SCOPED_TRACE(text);
    EXPECT_FAILS(FromYaml(text), ErrorKind::kData, why);
  }
}

TEST(YamlReadTest, DepthAndSizeHaveBounds) {
  EXPECT_FAILS(FromYaml(std::string(100, '[') + std::string(100, ']')), ErrorKind::kData,
               "too deep");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i,
                        i - 1);
  }
  EXPECT_FAILS(FromYaml(bomb), ErrorKind::kData, "too many values");
}

TEST(YamlReadTest, AFlippedBitIsAnErrorOrAnotherValue) {
  BitFlips flips(
      "configs:\n- config_name: a\n  data_files: &p [\"x\", 'y']\n- {b: *p, c: |\n  z\n}\n");
  while (flips.Next()) {
    const auto read = FromYaml(flips.bytes());
    EXPECT_TRUE(read.ok() || KindOf(read.status()) == ErrorKind::kData) << flips.bytes();
  }
}

}  // namespace
}  // namespace tideway::hub::testing
