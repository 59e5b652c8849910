#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "core/pii/triggers_internal.h"

namespace tideway::pii::internal {
namespace {

std::vector<size_t> Places(std::string_view text, FindTriggers find) {
  std::vector<size_t> places;
  VisitTriggers(text, [&](size_t place) { places.push_back(place); }, find);
  return places;
}

std::vector<FindTriggers> AllThatRunHere() {
  std::vector<FindTriggers> all = {BestFindTriggers()};
#ifdef __x86_64__
  all.push_back(FindTriggersSse2);
  if (__builtin_cpu_supports("avx2")) all.push_back(FindTriggersAvx2);
#endif
  return all;
}

TEST(PiiTriggers, AreThoseOfThePortableTwin) {
  const std::string letters = "@.+:/-0123456789 aefghiklnoprstuvwxyABGKSNPRT_\\\n\"=2f:";
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 300, ' ');
    for (char& c : text)
      c = random() % 50 == 0 ? static_cast<char>(random()) : letters[random() % letters.size()];
    // Not at the begin of an allocation, so that what stands before is not zero.
    const std::string padded = "a\\" + text + "BBBBBB";
    const std::string_view view = std::string_view(padded).substr(2, text.size());
    const auto expected = Places(view, FindTriggersPortable);
    for (const FindTriggers find : AllThatRunHere())
      ASSERT_EQ(Places(view, find), expected) << text;
  }
}

TEST(PiiTriggers, DoNotDependOnWhatStandsAroundTheText) {
  for (const std::string around : {"", "a", "@@", "99999999"}) {
    const std::string padded = around + "ghp_" + around;
    const std::string_view view = std::string_view(padded).substr(around.size(), 4);
    EXPECT_EQ(Places(view, FindTriggersPortable), std::vector<size_t>{0});
    EXPECT_EQ(Places(view, BestFindTriggers()), std::vector<size_t>{0});
  }
}

TEST(PiiTriggers, AreFoundAtEveryPlaceOfALongText) {
  for (size_t place = 0; place < 20'000; place += 61) {
    std::string text(20'000, ' ');
    text[place] = '@';
    EXPECT_EQ(Places(text, BestFindTriggers()), std::vector<size_t>{place});
  }
}

TEST(PiiTriggers, AreNotInPlainProse) {
  EXPECT_EQ(
      Places("Nothing of that sort in here, or there: 12 of 34 (a - b) = c.", BestFindTriggers()),
      std::vector<size_t>());
}

}  // namespace
}  // namespace tideway::pii::internal
