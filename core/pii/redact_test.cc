#include "core/pii/redact.h"

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/base/clock.h"
#include "core/dataset/dataset.h"
#include "core/dataset/testing_internal.h"
#include "core/pii/report.h"
#include "core/pii/testing_internal.h"

namespace tideway::pii {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using testing::Texts;

const std::vector<RedactOptions> kModes = {{},
                                           {.mode = Mode::kFake},
                                           {.mode = Mode::kFake, .key = "k"},
                                           {.mode = Mode::kHash, .key = "k"}};

std::string Redacted(const std::string& text, const RedactOptions& options = {}) {
  Counts counts;
  return Redactor::Make(options).ValueOrDie().Redact(text, counts).value_or(text);
}

TEST(PiiRedact, PutsTagsInThePlaceOfValues) {
  EXPECT_EQ(Redacted("a <ana@site.org>, \"415-273-9164\""), "a <<EMAIL>>, \"<PHONE>\"");
  EXPECT_EQ(Redacted("nothing"), "nothing");
  EXPECT_EQ(Redacted(""), "");
  EXPECT_EQ(Redacted("postgresql://app:s7Kd92mX@db/x"), "postgresql://<CONNECTION_STRING>@db/x");
}

TEST(PiiRedact, CountsByKind) {
  Counts counts;
  const auto redactor = Redactor::Make({}).ValueOrDie();
  redactor.Redact("ana@site.org ben@site.org 212-34-5678", counts);
  redactor.Redact("eva@site.org", counts);
  EXPECT_EQ(redactor.Redact("none", counts), std::nullopt);
  EXPECT_THAT(counts, ElementsAre(Pair("email", 3), Pair("ssn", 1)));
}

TEST(PiiRedact, HashesAreEqualForEqualValuesAndOneKey) {
  const RedactOptions one{.mode = Mode::kHash, .key = "one"},
      other{.mode = Mode::kHash, .key = "other"};
  const std::string hash = Redacted("ana@site.org", one);
  EXPECT_THAT(hash, ::testing::MatchesRegex("<EMAIL_[0-9a-f]{16}>"));
  EXPECT_EQ(Redacted("ana@site.org", one), hash);
  EXPECT_NE(Redacted("ben@site.org", one), hash);
  EXPECT_NE(Redacted("ana@site.org", other), hash);
}

TEST(PiiRedact, HashIsAnHmac) {
  // printf 'email\0ana@site.org' | openssl dgst -sha256 -hmac one
  EXPECT_EQ(Redacted("ana@site.org", {.mode = Mode::kHash, .key = "one"}),
            "<EMAIL_b05e004bcc3a0a32>");
}

TEST(PiiRedact, FakesAreOfTheSameKindAndOneForEachValue) {
  const RedactOptions fake{.mode = Mode::kFake};
  const auto matches = [&](const std::string& value, const std::string& pattern) {
    const std::string text = Redacted(value, fake);
    EXPECT_THAT(text, ::testing::MatchesRegex(pattern)) << value;
    EXPECT_EQ(Redacted(value, fake), text);
    EXPECT_NE(Redacted(value, {.mode = Mode::kFake, .seed = 1}), text);
  };
  matches("ana@site.org", "user-[0-9a-f]{12}@example.com");
  matches("host 93.184.216.34", "host (192.0.2|198.51.100|203.0.113).[0-9]+");
  matches("2606:4700::1111", "2001:db8:[0-9a-f]{4}:[0-9a-f]{4}::[0-9a-f]");
  matches("212-34-5678", "000-[0-9]{2}-[0-9]{4}");
  matches("4111 1111 1111 1111", "4[0-9]{3} [0-9]{4} [0-9]{4} [0-9]{4}");
  matches("(415) 273-9164", "\\([2-9][0-9]{2}\\) 555-01[0-9]{2}");
  matches("password = \"q7Zk3M2xH5nV4tB6yR8w\"", "password = \"FAKE[0-9A-Za-z]{16}\"");
  matches(std::string("ghp") + "_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5", "ghp_FAKE[0-9A-Za-z]{32}");
  matches("x://ana:s7Kd92mX@h", "x://user:FAKE[0-9A-Za-z]{8}@h");
}

TEST(PiiRedact, OverlapsAreOneFindingTheLongest) {
  EXPECT_EQ(Redacted("https://ana@site.org:s7Kd92mX@host.org/"),
            "https://<CONNECTION_STRING>@host.org/");
  EXPECT_EQ(
      Redacted("api_key = \"" + (std::string("ghp") + "_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5\"")),
      "api_key = \"<API_KEY>\"");
}

TEST(PiiRedact, AllowedValuesStay) {
  const RedactOptions options{.find = {.allow = {"Ana@site.org", "@example.com"}}};
  EXPECT_EQ(Redacted("ana@SITE.org ben@site.org", options), "ana@SITE.org <EMAIL>");
  EXPECT_EQ(Redacted("a@example.com b@mail.example.com c@anexample.com", options),
            "a@example.com b@mail.example.com <EMAIL>");
}

TEST(PiiRedact, PatternsOfUsersAreKindsOfTheirOwn) {
  const FindOptions find{.patterns = {{"ticket", "TCK-[0-9]{4,}"}, {"badge", "(?i)badge [a-z]+"}}};
  EXPECT_EQ(Redacted("TCK-12345 Badge xy TCK-1", {.find = find}), "<TICKET> <BADGE> TCK-1");
  EXPECT_THAT(Redacted("TCK-12345", {.find = find, .mode = Mode::kFake}),
              ::testing::MatchesRegex("<TICKET_[0-9a-f]{16}>"));
  EXPECT_EQ(Redacted("\xff\xfe caf\xe9 TCK-12345",
                     {.find = {.patterns = {{"ticket", "\xe9 TCK-[0-9]+"}}}}),
            "\xff\xfe caf<TICKET>");
}

TEST(PiiRedact, PatternsThatMatchNothingOrEverythingEnd) {
  EXPECT_EQ(Redacted("abc", {.find = {.patterns = {{"p", "x*"}}}}), "abc");
  EXPECT_EQ(Redacted("abc\ndef", {.find = {.patterns = {{"p", ".*"}}}}), "<P>\n<P>");
  EXPECT_EQ(Redacted("<EMAIL> ABC", {.find = {.patterns = {{"p", "[A-Z]+"}}}}), "<EMAIL> <P>");
}

TEST(PiiRedact, RefusesWhatIsNoOption) {
  const auto message = [](const RedactOptions& options) {
    return Redactor::Make(options).status().message();
  };
  EXPECT_EQ(message({.find = {.kinds = {"emails"}}}),
            "pii: unknown kind: emails; did you mean `email`?");
  EXPECT_EQ(message({.mode = Mode::kHash}), "pii.redact: mode `hash` needs a key");
  EXPECT_THAT(message({.find = {.patterns = {{"p", "(a"}}}}),
              HasSubstr("pattern `p` is no regular expression"));
  EXPECT_THAT(message({.find = {.patterns = {{"email", "a"}}}}),
              HasSubstr("a kind has this name already: email"));
  EXPECT_THAT(message({.find = {.patterns = {{"No", "a"}}}}),
              HasSubstr("not a name for a pattern: No"));
}

// Documents, lines, and parts of both shuffled together.
Texts Mixtures() {
  Texts texts, parts;
  for (const auto& document : testing::LabelledDocuments()) {
    texts.push_back(document.text);
    for (const auto& [kind, place] : document.labels) {
      const auto begin = static_cast<size_t>(place.begin), end = static_cast<size_t>(place.end);
      parts.push_back(document.text.substr(begin > 12 ? begin - 12 : 0, end - begin + 20));
    }
  }
  for (const std::string& line : testing::HostileLines()) parts.push_back(line.substr(0, 60));
  const Texts glue = {"",   "",  " ", "-", ".", ",", ":", "@", "\n",
                      "\"", "=", "+", "<", ">", "(", "/", "1", "a"};
  std::mt19937_64 random(11);
  for (int i = 0; i < 4000; ++i) {
    std::string text;
    for (uint64_t part = 0; part < 2 + random() % 8; ++part) {
      const std::string& one = parts[random() % parts.size()];
      const size_t begin = one.empty() ? 0 : random() % one.size() / 3;
      text += one.substr(begin, random() % 90) + glue[random() % glue.size()];
    }
    texts.push_back(text);
  }
  return texts;
}

TEST(PiiRedact, OfARedactedTextChangesNothing) {
  const Texts texts = Mixtures();
  for (const RedactOptions& options : kModes) {
    const Redactor redactor = Redactor::Make(options).ValueOrDie();
    Counts counts;
    for (const std::string& text : texts) {
      const auto once = redactor.Redact(text, counts);
      if (!once) continue;
      ASSERT_EQ(redactor.Redact(*once, counts), std::nullopt) << text << "\n---\n" << *once;
    }
  }
}

TEST(PiiRedact, LeavesNoLabelledValue) {
  for (const RedactOptions& options : kModes) {
    for (const auto& document : testing::LabelledDocuments()) {
      const std::string redacted = Redacted(document.text, options);
      for (const auto& [kind, place] : document.labels) {
        const std::string value = document.text.substr(
            static_cast<size_t>(place.begin), static_cast<size_t>(place.end - place.begin));
        ASSERT_THAT(redacted, Not(HasSubstr(value))) << kind;
      }
    }
  }
}

TEST(PiiRedact, EndsInHostileTextsOfMegabytes) {
  const Texts parts = {"@",
                       "a@",
                       "a@b.",
                       "1.",
                       "1 ",
                       "12 ",
                       "123-",
                       "+1",
                       "+",
                       "2abc:",
                       ":",
                       "2001:",
                       "://",
                       "a://b:",
                       "-----BEGIN PRIVATE KEY-----",
                       "-----BEGIN PRIVATE KEY-----\nAAAA",
                       "eyJ",
                       "eyJ.",
                       "eyJa.eyJ",
                       "password",
                       "password=",
                       "password=\"",
                       "key_",
                       "sk-",
                       "ghp_a",
                       "token: ",
                       "Authorization: ",
                       "4111 ",
                       "4111",
                       "(",
                       "\"",
                       "a,"};
  const Finder finder = testing::MakeFinder();
  for (const std::string& part : parts) {
    std::string text;
    while (text.size() < 2'000'000) text += part;
    finder.Find(text);  // in a time that grows with the square of the text it would take hours
  }
}

std::shared_ptr<arrow::Array> Strings(const std::string& json) {
  return arrow::json::ArrayFromJSONString(arrow::utf8(), json).ValueOrDie();
}

TEST(PiiKernel, RedactsColumnsAndCounts) {
  dataset::Worker worker(0);
  const auto kernel = MakeRedact({}).ValueOrDie();
  const auto column =
      Strings(R"(["x", null, "ana@site.org", "y", "tel 020 7946 0958", ""])")->Slice(1);
  const auto redacted = kernel->Apply(column, worker).ValueOrDie();
  EXPECT_TRUE(redacted->Equals(Strings(R"([null, "<EMAIL>", "y", "tel <PHONE>", ""])")))
      << redacted->ToString();
  worker.CountStep({}, 5, 5);
  EXPECT_THAT(worker.TakeCounts()[0].changed, ElementsAre(Pair("email", 1), Pair("phone", 1)));
}

TEST(PiiKernel, GivesBackACleanColumnAsItIs) {
  dataset::Worker worker(0);
  const auto column = Strings(R"(["x", null, "y"])");
  EXPECT_EQ(MakeRedact({}).ValueOrDie()->Apply(column, worker).ValueOrDie(), column);
}

TEST(PiiKernel, RefusesOtherTypes) {
  const auto kernel = MakeRedact({}).ValueOrDie();
  EXPECT_EQ(kernel->OutputType(*arrow::int64()).status().message(),
            "pii.redact: column must be string: int64");
  EXPECT_TRUE(kernel->OutputType(*arrow::large_utf8()).ValueOrDie()->Equals(arrow::large_utf8()));
}

TEST(PiiKernel, ListsFindings) {
  dataset::Worker worker(0);
  const auto kernel = MakeFindings({}).ValueOrDie();
  const auto lists = kernel->Apply(Strings(R"(["a ana@site.org", null, ""])"), worker).ValueOrDie();
  const auto expected =
      arrow::json::ArrayFromJSONString(kernel->OutputType(*arrow::utf8()).ValueOrDie(),
                                       R"([[["email", 2, 14]], null, []])")
          .ValueOrDie();
  EXPECT_TRUE(lists->Equals(expected)) << lists->ToString();
}

TEST(PiiReport, HasARowForEachFinding) {
  const auto schema =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("text", arrow::utf8())});
  const auto batch = dataset::testing::Rows(
      schema, {"[7, 8, 9]", R"(["ana@site.org 212-34-5678", null, "x ben@site.org"])"});
  const auto source =
      std::make_shared<dataset::testing::BatchSource>(schema, dataset::testing::CutEvery(batch, 1));
  FakeClock clock;
  dataset::RunContext run({}, clock);
  const auto report = MakeReport(source, "n", "text", {}).ValueOrDie();
  const auto rows = dataset::Dataset(report).Collect(run).ValueOrDie();
  const auto expected = dataset::testing::Rows(
      report->schema(run).ValueOrDie(),
      {"[7, 7, 9]", R"(["email", "ssn", "email"])", "[0, 13, 2]", "[12, 24, 14]"});
  EXPECT_TRUE(rows->CombineChunksToBatch().ValueOrDie()->Equals(*expected)) << rows->ToString();
  EXPECT_EQ(report->Origins(1, run).ValueOrDie().rows[0].row, 0);
  EXPECT_EQ(report->Origins(2, run).ValueOrDie().rows[0].row, 2);
}

TEST(PiiReport, RefusesColumnsThatAreNotThere) {
  const auto schema =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("text", arrow::utf8())});
  const auto source =
      std::make_shared<dataset::testing::BatchSource>(schema, std::vector<dataset::BatchPtr>());
  FakeClock clock;
  dataset::RunContext run({}, clock);
  const auto message = [&](const char* file, const char* column) {
    return MakeReport(source, file, column, {}).ValueOrDie()->schema(run).status().message();
  };
  EXPECT_THAT(message("m", "text"), HasSubstr("pii.report: no column `m`"));
  EXPECT_THAT(message("n", "texts"), HasSubstr("did you mean `text`?"));
  EXPECT_THAT(message("n", "n"), HasSubstr("column must be string: int64"));
}

TEST(PiiKernel, OptionsTellPlansApartAndShowNoValues) {
  const auto json = [](const RedactOptions& options) {
    return MakeRedact(options).ValueOrDie()->OptionsJson();
  };
  const RedactOptions secret{.find = {.allow = {"ana@site.org"}, .patterns = {{"p", "hunter2"}}},
                             .mode = Mode::kHash,
                             .key = "hunter3"};
  for (const char* value : {"ana@site.org", "hunter2", "hunter3"})
    EXPECT_THAT(json(secret), Not(HasSubstr(value)));
  RedactOptions other = secret;
  other.key = "hunter4";
  EXPECT_NE(json(other), json(secret));
  other = secret;
  other.find.allow = {"ben@site.org"};
  EXPECT_NE(json(other), json(secret));
  other = secret;
  other.find.patterns["p"] = "x";
  EXPECT_NE(json(other), json(secret));
  EXPECT_NE(json({.mode = Mode::kFake}), json({.mode = Mode::kFake, .seed = 1}));
}

}  // namespace
}  // namespace tideway::pii
