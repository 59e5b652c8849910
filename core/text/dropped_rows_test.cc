#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/dataset/testing_internal.h"
#include "core/text/code_rules.h"
#include "core/text/decode.h"

namespace tideway::text {
namespace {

using dataset::testing::SourceOf;
using std::string_literals::operator""s;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

using NullableText = std::optional<std::string>;

// Rows of one column, `content`.
dataset::NodePtr Contents(const std::vector<NullableText>& texts) {
  arrow::BinaryBuilder builder;
  for (const NullableText& text : texts) {
    EXPECT_TRUE((text ? builder.Append(*text) : builder.AppendNull()).ok());
  }
  const auto schema = arrow::schema({arrow::field("content", arrow::binary())});
  const auto rows = static_cast<int64_t>(texts.size());
  return SourceOf({arrow::RecordBatch::Make(schema, rows, {builder.Finish().ValueOrDie()})});
}

class DroppedRowsTest : public dataset::testing::DatasetTest {
 protected:
  std::string Identity(const std::string& table) {
    CheckCodeOptions options{.column = "content", .language = "language"};
    options.syntaxes.identity = table;
    return MakeCheckCode(Contents({}), std::move(options))->Identity(run_).ValueOrDie();
  }
  std::map<std::string, int64_t> DroppedBy(const dataset::NodePtr& plan) {
    EXPECT_NE(dataset::testing::Collect(*plan, run_), nullptr);
    return run_.steps().back().dropped;
  }
  dataset::RunContext run_{dataset::testing::DatasetTest::Options()};
};

TEST_F(DroppedRowsTest, CodeCountsByTheFirstRuleThatItBreaks) {
  const auto input = Contents({"ok", "a\0b"s, "longer", "longer\0"s, std::nullopt});
  CheckCodeOptions options{.rules = {.max_bytes = 4, .nul = true}, .column = "content"};
  EXPECT_THAT(DroppedBy(MakeCheckCode(input, std::move(options))),
              ElementsAre(Pair("nul", 1), Pair("too_large", 2)));
}

TEST_F(DroppedRowsTest, BytesThatAreNoTextCountByTheirProblem) {
  const auto input = Contents({"ok", "\xE9t\xE9\0"s, std::nullopt, "\xFF\xFE\0\xD8"s});
  EXPECT_THAT(DroppedBy(MakeDecodeRows(input, "content", {.on_unknown = OnUnknown::kDrop}, {})),
              ElementsAre(Pair("binary", 2)));
}

TEST_F(DroppedRowsTest, BytesThatAreNoTextStayAsNulls) {
  const auto input = Contents({"\xE9t\xE9\0"s, "ok"});
  EXPECT_THAT(DroppedBy(MakeDecodeRows(input, "content", {.on_unknown = OnUnknown::kNull}, {})),
              IsEmpty());
}

TEST_F(DroppedRowsTest, AnotherTableOfLanguagesIsAnotherOperator) {
  EXPECT_EQ(Identity("one"), Identity("one"));
  EXPECT_NE(Identity("one"), Identity("another"));
}

}  // namespace
}  // namespace tideway::text
