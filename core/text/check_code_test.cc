#include <gtest/gtest.h>

#include "core/dataset/testing_internal.h"
#include "core/text/code_rules.h"

namespace tideway::text {
namespace {

class CheckCodeTest : public dataset::testing::DatasetTest {
 protected:
  std::string Identity(const std::string& table) {
    CheckCodeOptions options{.column = "content", .language = "language"};
    options.syntaxes.identity = table;
    const auto input = dataset::testing::SourceOf({dataset::testing::NumberedRows(1)});
    return MakeCheckCode(input, std::move(options))->Identity(run_).ValueOrDie();
  }
  dataset::RunContext run_{dataset::testing::DatasetTest::Options()};
};

TEST_F(CheckCodeTest, AnotherTableOfLanguagesIsAnotherOperator) {
  EXPECT_EQ(Identity("one"), Identity("one"));
  EXPECT_NE(Identity("one"), Identity("another"));
}

}  // namespace
}  // namespace tideway::text
