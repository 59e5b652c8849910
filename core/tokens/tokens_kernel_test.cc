#include "core/tokens/tokens_kernel.h"

#include <arrow/api.h>
#include <arrow/json/from_string.h>

#include "core/dataset/row_error.h"
#include "core/tokens/testing_internal.h"

namespace tideway::tokens {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::HasSubstr;
using ArrayPtr = std::shared_ptr<arrow::Array>;

ArrayPtr Json(const std::shared_ptr<arrow::DataType>& type, const std::string& text) {
  return Must(arrow::json::ArrayFromJSONString(type, text));
}

std::string Texts(const dataset::ColumnKernel& kernel, const ArrayPtr& column) {
  dataset::Worker worker(0);
  const ArrayPtr made = Must(kernel.Apply(column, worker));
  EXPECT_TRUE(made->ValidateFull().ok()) << made->ValidateFull();
  EXPECT_TRUE(made->type()->Equals(Must(kernel.OutputType(*column->type()))));
  return made->ToString();
}

class TokensKernelTest : public ::testing::Test {
 protected:
  const std::shared_ptr<const Tokenizer> tokenizer_ = Load(ByteLevelJson({{"a", "b"}}));
};

TEST_F(TokensKernelTest, NullsStayNullAndPartsOfColumnsAreTheirOwn) {
  for (const auto& type : {arrow::utf8(), arrow::large_utf8()}) {
    const ArrayPtr column = Json(type, R"(["x", "ab", null, "", "abc", "y"])")->Slice(1, 4);
    const auto ids = MakeIdsKernel(tokenizer_, {});
    EXPECT_EQ(Texts(*ids, column),
              Json(arrow::list(arrow::int32()), "[[258], null, [], [258, 99]]")->ToString());
    const auto counts = MakeCountsKernel(tokenizer_, {.special = true});
    EXPECT_EQ(Texts(*counts, column), Json(arrow::int64(), "[3, null, 2, 4]")->ToString());
    EXPECT_EQ(Texts(*ids, column->Slice(0, 0)),
              Json(arrow::list(arrow::int32()), "[]")->ToString());
  }
}

TEST_F(TokensKernelTest, BrokenTextIsAnErrorOfItsRowOrReplaced) {
  arrow::StringBuilder builder;
  for (const char* text : {"ab", "a\xFFz", "b"}) ASSERT_TRUE(builder.Append(text).ok());
  const ArrayPtr column = Must(builder.Finish());
  dataset::Worker worker(0);
  const auto refused = MakeIdsKernel(tokenizer_, {})->Apply(column, worker);
  EXPECT_EQ(KindOf(refused.status()), ErrorKind::kData);
  EXPECT_THAT(dataset::ResolveRow(refused.status()).message(), HasSubstr("byte 1"));
  const auto replaced = MakeIdsKernel(tokenizer_, {.invalid = InvalidText::kReplace});
  EXPECT_EQ(
      Texts(*replaced, column),
      Json(arrow::list(arrow::int32()), "[[258], [97, 239, 191, 189, 122], [98]]")->ToString());
}

TEST_F(TokensKernelTest, OtherColumnsAreRefusedAndOptionsAreTold) {
  const auto kernel = MakeIdsKernel(tokenizer_, {});
  EXPECT_EQ(kernel->OutputType(*arrow::int64()).status().message(),
            "tokens.ids: column must be string: int64");
  EXPECT_THAT(kernel->OptionsJson(), HasSubstr(tokenizer_->sha256()));
  EXPECT_NE(kernel->OptionsJson(), MakeIdsKernel(tokenizer_, {.special = true})->OptionsJson());
}

}  // namespace
}  // namespace tideway::tokens
