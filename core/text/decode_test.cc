#include "core/text/decode.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/base/encoding.h"
#include "core/base/error.h"
#include "core/dataset/testing_internal.h"
#include "core/text/detect.h"
#include "core/text/mojibake.h"

namespace tideway::text {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;

// The text, or what is wrong between brackets.
std::string Text(std::string_view bytes, const DecodeOptions& options = {}) {
  const DecodedText decoded = DecodeText(bytes, options);
  if (!decoded.problem.empty() && !decoded.text) return "[" + decoded.problem + "]";
  return decoded.text.value_or(std::string(bytes));
}
std::string Encoding(std::string_view bytes) { return DecodeText(bytes, {}).encoding; }

TEST(Detect, NeverCallsUtf8AnythingElse) {
  for (const char* text : {"", "plain", "é", "Ã", "Ğ", "Ð¿", "ʒ", "日本", "\U0001F44D", "\u0081"}) {
    EXPECT_EQ(Encoding(text), "utf-8") << text;
  }
}

TEST(Detect, NeverCallsRandomUtf8AnythingElse) {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::u16string units;
    for (size_t size = random() % 8; size > 0; --size) {
      units += static_cast<char16_t>(1 + random() % (random() % 2 == 0 ? 0x7FF : 0xD7FE));
    }
    std::string bytes(reinterpret_cast<const char*>(units.data()), units.size() * 2);
    const std::string text = DecodeBytes(bytes, "utf-16-le", /*replace=*/false)->text;
    EXPECT_EQ(Encoding(text), "utf-8") << text;
  }
}

TEST(Detect, GoesByMarksAndTakesThemAway) {
  EXPECT_EQ(Text("\xEF\xBB\xBFhi"), "hi");
  EXPECT_EQ(Text("\xFF\xFEh\0i\0"sv), "hi");
  EXPECT_EQ(Text("\xFE\xFF\0h\0i"sv), "hi");
  EXPECT_EQ(Text("\xFF\xFE\0\0h\0\0\0"sv), "h");
  EXPECT_EQ(Text("\0\0\xFE\xFF\0\0\0h"sv), "h");
  EXPECT_EQ(Encoding("\xFF\xFEh\0i\0"sv), "utf-16-le");
  EXPECT_EQ(Text("\xEF\xBB\xBF"), "");
}

TEST(Detect, AMarkBeforeOtherThingsIsNoMark) {
  EXPECT_EQ(Text("\xFF\xFE"), "");
  EXPECT_EQ(Encoding("\xFF\xFExyz"), "windows-1251");
  EXPECT_EQ(Text("\xFF\xFE\0\xD8"sv), "[binary]");
  EXPECT_EQ(Text("\xEF\xBB\xBFgr\xFCn"), "[ambiguous]");
}

TEST(Detect, TellsWideTextWithoutAMark) {
  for (const char* encoding : {"utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"}) {
    for (const char* text :
         {"int x = 1;\n", "// größe\nint groesse;\n", "# длина строки, 10 раз\n"}) {
      const std::string bytes = *EncodeText(text, encoding);
      EXPECT_EQ(Text(bytes), text) << encoding;
      EXPECT_EQ(Encoding(bytes), encoding);
    }
  }
}

TEST(Detect, ZerosAloneMakeNoWideText) {
  EXPECT_EQ(Text("\x7F"
                 "ELF\x02\x01\x01\0\0\0\0\0\0\0\xFF\0"sv),
            "[binary]");
  EXPECT_EQ(Text("a\0b\0\xFF\xFF"sv), "[binary]");
  EXPECT_EQ(Text("\xE9t\xE9\0"sv), "[binary]");
  // UTF-8 with a NUL in it is UTF-8; whether it is wanted is told by code_rules.
  EXPECT_EQ(Encoding("one\0two three"sv), "utf-8");
}

TEST(Detect, RefusesWhatIsDamaged) {
  EXPECT_EQ(Text("größe und l\xC3nge, schön"), "[damaged utf-8]");
  EXPECT_EQ(Text("日本\xE6\x97"), "[damaged utf-8]");
  EXPECT_EQ(Text("日本\xED\xA0\x80"), "[damaged utf-8]");
  EXPECT_EQ(Text("日本語\xC0\x80"), "[damaged utf-8]");
}

TEST(Detect, LinesOfAnotherEncodingAreReadAsThat) {
  const std::string_view bytes =
      "// größe\n// l\xE4nge der schn\xFCre\n// höhe und übermaß\r\nint x;";
  EXPECT_EQ(Text(bytes), "// größe\n// länge der schnüre\n// höhe und übermaß\r\nint x;");
  EXPECT_EQ(Encoding(bytes), "utf-8, windows-1252");
  // What is cut off at the end of such a line is no line of another encoding.
  EXPECT_EQ(Text("日本\n語\n本\xE6\x97"), "[damaged utf-8]");
  EXPECT_EQ(Text("日本\n語\n\xE6"), "[damaged utf-8]");
}

TEST(Detect, RefusesRandomBytes) {
  std::mt19937 random(1);
  int texts = 0;
  for (int i = 0; i < 500; ++i) {
    std::string bytes;
    for (int n = 0; n < 400; ++n) bytes += static_cast<char>(random());
    texts += DecodeText(bytes, {}).problem.empty();
  }
  EXPECT_EQ(texts, 0);
}

TEST(Detect, RefusesRandomHighBytes) {
  std::mt19937 random(1);
  int texts = 0;
  for (int i = 0; i < 500; ++i) {
    std::string bytes;
    for (int n = 0; n < 100; ++n) bytes += static_cast<char>(0x80 + random() % 0x80);
    texts += DecodeText(bytes, {}).problem.empty();
  }
  EXPECT_EQ(texts, 0);
}

TEST(Detect, GuessesNothingOfOneLetter) {
  for (const char* bytes : {"\xE9", "\xFF", "\xD1\xEF", "1 \xB3 2", "\xA4"}) {
    EXPECT_EQ(Text(bytes), "[ambiguous]") << bytes;
  }
}

TEST(Decode, DoesWhatIsWantedOfNoText) {
  const std::string_view bytes = "größe l\xE4nge schön";
  EXPECT_EQ(Text(bytes, {.on_unknown = OnUnknown::kReplace}), "größe l\uFFFDnge schön");
  EXPECT_EQ(Text("\x7F\0\xE9\x01"sv, {.on_unknown = OnUnknown::kLatin1}), "\x7F\0é\x01"s);
  EXPECT_EQ(Text(bytes, {.on_unknown = OnUnknown::kNull}), "[damaged utf-8]");
}

TEST(Decode, ANamedEncodingIsTaken) {
  EXPECT_EQ(Text("\xE9", {.encoding = "latin-1"}), "é");
  EXPECT_EQ(Text("é", {.encoding = "latin-1", .mojibake = false}), "Ã©");
  EXPECT_EQ(Text("\x81", {.encoding = "cp1252"}), "[no cp1252]");
  EXPECT_EQ(Text("\xE9", {.encoding = "utf-8"}), "[no utf-8]");
  EXPECT_EQ(KindOf(CheckDecodeOptions({.encoding = "klingon"})), ErrorKind::kUsage);
}

TEST(Decode, MakesLineEndsOne) {
  const std::string_view mixed = "a\r\nb\nc\rd\r\r\n\n";
  EXPECT_EQ(Text(mixed, {.newlines = Newlines::kLf}), "a\nb\nc\nd\n\n\n");
  EXPECT_EQ(Text(mixed, {.newlines = Newlines::kCrlf}), "a\r\nb\r\nc\r\nd\r\n\r\n\r\n");
  EXPECT_EQ(Text(mixed), mixed);
  EXPECT_TRUE(DecodeText(mixed, {}).mixed_newlines);
  EXPECT_FALSE(DecodeText("a\r\nb\r\n", {}).mixed_newlines);
  EXPECT_FALSE(DecodeText("a\nb\n", {}).mixed_newlines);
}

TEST(Decode, CountsWhatIsLost) {
  const DecodedText decoded = DecodeText("caf\uFFFD \uFFFD ????? why??", {});
  EXPECT_EQ(decoded.lost, 2);
  EXPECT_EQ(decoded.question_marks, 5);
}

TEST(Mojibake, ALostNoBreakSpaceIsMadeGood) {
  EXPECT_EQ(MendMojibake("voilÃ  la clÃ© perdue")->text, "voilà la clé perdue");
  EXPECT_EQ(MendMojibake("voilÃ  la clÃ© perdue")->guessed, 1);
  EXPECT_EQ(MendMojibake("Ã  cÃ´tÃ© de l'Ã©glise")->text, "à côté de l'église");
  EXPECT_FALSE(MendMojibake("Ã la carte"));
}

TEST(Mojibake, ASpaceAloneIsNoLostByte) {
  EXPECT_FALSE(MendMojibake("a ¬ = b | c ¬ = d"));
  EXPECT_FALSE(MendMojibake("Â  = 4"));
}

TEST(Mojibake, SignsOfLatin1ComeBackOneByOne) {
  EXPECT_EQ(MendMojibake("Copyright Â© 2020 Someone")->text, "Copyright © 2020 Someone");
  EXPECT_EQ(MendMojibake("at 20 Â°C")->text, "at 20 °C");
}

TEST(Mojibake, OneRightCharacterLeavesAllAlone) {
  EXPECT_FALSE(MendMojibake("GrÃ¶ÃŸe heißt Größe"));
  EXPECT_FALSE(MendMojibake("Größe heißt GrÃ¶ÃŸe"));
}

TEST(Mojibake, UpToFourTimesAreUndone) {
  std::string text = "Größe";
  for (int times = 0; times < 4; ++times) text = DecodeBytes(text, "latin-1", false)->text;
  const auto mended = MendMojibake(text);
  EXPECT_EQ(mended->text, "Größe");
  EXPECT_EQ(mended->read_as, "latin-1, latin-1, latin-1, latin-1");
}

TEST(Mojibake, NamesThePages) {
  EXPECT_EQ(MendMojibake("â€œquotedâ€\u009d")->read_as, "windows-1252");
  EXPECT_EQ(MendMojibake("РџСЂРёРІРµС‚")->read_as, "windows-1251");
}

class DecodeColumnTest : public ::testing::Test {
 protected:
  std::shared_ptr<arrow::Array> Binary(const std::vector<std::optional<std::string>>& cells) {
    arrow::BinaryBuilder builder;
    for (const auto& cell : cells) {
      EXPECT_TRUE((cell ? builder.Append(*cell) : builder.AppendNull()).ok());
    }
    return builder.Finish().ValueOrDie();
  }
  std::shared_ptr<arrow::Array> Strings(const std::string& json) {
    return dataset::testing::Column(arrow::utf8(), json);
  }
  std::shared_ptr<arrow::Array> Apply(const std::shared_ptr<arrow::Array>& column,
                                      const DecodeOptions& options = {}) {
    return MakeDecode(options)->Apply(column, worker_).ValueOrDie();
  }
  dataset::Worker worker_{0};
};

TEST_F(DecodeColumnTest, MakesStringsOfBytes) {
  const auto column = Binary({"plain", std::nullopt,
                              "gr\xF6\xDF"
                              "e",
                              "", "日本"});
  EXPECT_TRUE(Apply(column)->Equals(*Strings(R"(["plain", null, "größe", "", "日本"])")));
}

TEST_F(DecodeColumnTest, CopiesNothingOfCleanUtf8) {
  const auto column = Binary({"plain", std::nullopt, "größe", "日本"});
  const auto decoded = Apply(column);
  EXPECT_EQ(decoded->type_id(), arrow::Type::STRING);
  EXPECT_EQ(decoded->data()->buffers[2], column->data()->buffers[2]);
  const auto strings = Strings(R"(["a", "é"])");
  EXPECT_EQ(Apply(strings), strings);
}

// Rows that are no UTF-8 each, and one behind the other are.
TEST_F(DecodeColumnTest, LooksAtRowsApart) {
  const auto column = Binary({"\xE6", "\x97\xA5"});
  const auto decoded = Apply(column, {.on_unknown = OnUnknown::kNull});
  EXPECT_EQ(decoded->null_count(), 2);
}

TEST_F(DecodeColumnTest, ServesEverySlice) {
  const auto column = Binary({"a", std::nullopt,
                              "gr\xF6\xDF"
                              "e",
                              "GrÃ¶ÃŸe", "x\r\ny"});
  const auto expected = Strings(R"(["a", null, "größe", "Größe", "x\ny"])");
  for (int64_t begin = 0; begin <= column->length(); ++begin) {
    for (int64_t length = 0; begin + length <= column->length(); ++length) {
      const auto decoded = Apply(column->Slice(begin, length), {.newlines = Newlines::kLf});
      EXPECT_TRUE(decoded->Equals(*expected->Slice(begin, length))) << begin << " " << length;
    }
  }
}

TEST_F(DecodeColumnTest, NamesRowAndReasonOfWhatIsNoText) {
  const Status status = MakeDecode({})->Apply(Binary({"a", "\0\x01\xFF"s}), worker_).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kData);
  EXPECT_EQ(status.message(), "text.decode: no text: binary");
  const auto nulls = Apply(Binary({"a", "\0\x01\xFF"s}), {.on_unknown = OnUnknown::kNull});
  EXPECT_TRUE(nulls->Equals(*Strings(R"(["a", null])")));
}

TEST_F(DecodeColumnTest, RefusesOtherTypesByName) {
  EXPECT_EQ(MakeDecode({})->OutputType(*arrow::int64()).status().message(),
            "text.decode: column must be binary or string: int64");
  EXPECT_EQ((*MakeDecode({})->OutputType(*arrow::large_binary()))->id(), arrow::Type::LARGE_STRING);
}

}  // namespace
}  // namespace tideway::text
