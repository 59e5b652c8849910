// The quality that the guide promises, on labels that were written before the detectors; and that
// every step of validation is needed for it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/pii/testing_internal.h"

namespace tideway::pii {
namespace {

using internal::Check;
using testing::Found;
using ::testing::IsEmpty;
using ::testing::Not;

struct Score {
  int right = 0, wrong = 0, missed = 0;
  double precision() const { return right / static_cast<double>(std::max(1, right + wrong)); }
  double recall() const { return right / static_cast<double>(std::max(1, right + missed)); }
  double f1() const { return 2.0 * right / std::max(1, 2 * right + wrong + missed); }
};

TEST(PiiQuality, EveryKindIsFoundAndNothingElse) {
  const Finder finder = testing::MakeFinder();
  std::map<std::string, Score> scores;
  for (const auto& document : testing::LabelledDocuments()) {
    std::vector<std::pair<std::string, Finding>> found;
    for (Finding one : finder.Find(document.text)) {
      const std::string kind(finder.NameOf(std::exchange(one.kind, 0)));
      found.emplace_back(kind, one);
      const bool right = std::ranges::find(document.labels, found.back()) != document.labels.end();
      ++(right ? scores[kind].right : scores[kind].wrong);
    }
    for (const auto& label : document.labels) {
      scores[label.first].missed += std::ranges::find(found, label) == found.end();
    }
  }
  EXPECT_EQ(scores.size(), static_cast<size_t>(kKinds));
  for (const auto& [kind, score] : scores) {
    fmt::print("{:18} precision {:.4f}  recall {:.4f}  F1 {:.4f}\n", kind, score.precision(),
               score.recall(), score.f1());
    EXPECT_GE(score.f1(), 0.98) << kind;
  }
}

TEST(PiiQuality, HostileLinesHoldNothing) {
  const auto lines = testing::HostileLines();
  ASSERT_GE(lines.size(), 2000u);
  size_t wrong = 0;
  for (const std::string& line : lines) wrong += Found(line).size();
  EXPECT_LE(wrong, lines.size() / 1000);
}

// A text that holds nothing of the kind; without the check it seems to.
struct Witness {
  Check check;
  std::string text;
};

class PiiCheck : public ::testing::TestWithParam<Witness> {};

TEST_P(PiiCheck, IsNeeded) {
  const auto& [check, text] = GetParam();
  EXPECT_THAT(Found(text), IsEmpty()) << text;
  EXPECT_THAT(Found(text, {.skipped_checks = 1u << static_cast<int>(check)}), Not(IsEmpty()))
      << text;
}

INSTANTIATE_TEST_SUITE_P(
    Each, PiiCheck,
    ::testing::Values(Witness{Check::kTopLevelDomain, "foo@bar.service"},
                      Witness{Check::kAddressContext, "git@github.com:a/b.git"},
                      Witness{Check::kPublicAddress, "bind 10.1.200.3"},
                      Witness{Check::kVersionContext, "version 4.33.200.1"},
                      Witness{Check::kIpv6Form, "2001:470:1:2"},
                      Witness{Check::kLuhn, "card 4111 1111 1111 1112"},
                      Witness{Check::kIssuer, "card 1234 5678 9012 3452"},
                      Witness{Check::kWholeNumber, "set-212-34-5678-9"},
                      Witness{Check::kNumberContext, "4111111111111111"},
                      Witness{Check::kNumberCounter, "order 212-34-5678"},
                      Witness{Check::kSsnArea, "ssn 666-34-5678"},
                      Witness{Check::kPhonePlan, "112-211-2345"},
                      Witness{Check::kTokenBody, "ghp_short"},
                      Witness{Check::kJwtHeader, "eyJhIjoxfQ.eyJhIjoxfQ.c2ln"},
                      Witness{Check::kKeyBody,
                              "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"},
                      Witness{Check::kRandomness, "client_secret = \"sunflower\""},
                      Witness{Check::kPlaceholder, "password = \"Changeme-2024!\""},
                      Witness{Check::kSecretName, "tokenizer = \"aB3dE5fG7hJ9kL1mN3pQ\""}),
    [](const auto& test) { return fmt::format("Check{}", static_cast<int>(test.param.check)); });

TEST(PiiChecks, AllHaveAWitness) {
  EXPECT_EQ(internal::kChecks, 18) << "a check was added: give it a witness above";
}

}  // namespace
}  // namespace tideway::pii
