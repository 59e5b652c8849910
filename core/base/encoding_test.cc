#include "core/base/encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideway {
namespace {

using testing::HasSubstr;

std::string Text(std::string_view bytes, std::string_view encoding) {
  const auto decoded = DecodeBytes(bytes, encoding, /*replace=*/false);
  return decoded.ok() ? decoded->text : decoded.status().ToString();
}

std::string Replaced(std::string_view bytes, std::string_view encoding, int64_t units) {
  const auto decoded = DecodeBytes(bytes, encoding, /*replace=*/true);
  if (!decoded.ok()) return decoded.status().ToString();
  EXPECT_EQ(decoded->replaced, units);
  return decoded->text;
}

TEST(Decode, KnowsPythonsNames) {
  for (const char* name : {"latin-1", "latin1", "L1", "ISO-8859-1", "iso8859_1", "Latin 1"}) {
    EXPECT_EQ(Text("caf\xe9", name), "café") << name;
  }
  for (const char* name : {"", "utf-8", "UTF8", "utf_8", "U8", "utf-8-sig"}) {
    EXPECT_EQ(Text("café", name), "café") << name;
  }
  EXPECT_EQ(Text("\x93q\x94", "cp1252"), "“q”");
  EXPECT_EQ(Text("\x93q\x94", "Windows-1252"), "“q”");
  EXPECT_EQ(Text("\xef\xf0\xe8", "windows-1251"), "при");
  EXPECT_EQ(Text("\xc6\xfc", "EUC-JP"), "日");
  for (const char* name : {"1252", "iso_8859_1_1987", "utf_16_le", "iso2022_jp", "utf_32_be"}) {
    EXPECT_EQ(Text("", name), "") << name;
  }
  EXPECT_EQ(Text("\x93\xfa\x96{", "Shift_JIS"), "日本");
  EXPECT_EQ(Text("\xd6\xd0", "gb2312"), "中");
}

TEST(Decode, GoesByTheMarkOfUtf16) {
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(Text("\xff\xfeh\0i\0"sv, "UTF-16"), "hi");
  EXPECT_EQ(Text("\xfe\xff\0h\0i"sv, "utf_16"), "hi");
  EXPECT_EQ(Text("h\0i\0"sv, "utf-16"), "hi");
  EXPECT_EQ(Text("\0h\0i"sv, "UTF-16BE"), "hi");
  EXPECT_EQ(Text("\xef\xbb\xbfhi", "utf-8-sig"), "hi");
  EXPECT_EQ(Text("\xef\xbb\xbfhi", "utf-8"), "\xef\xbb\xbfhi");
}

TEST(Decode, TellsTheFirstByteThatIsNoText) {
  EXPECT_THAT(Text("ab\xff", "utf-8"), HasSubstr("no UTF-8 from byte 2 on"));
  EXPECT_THAT(Text("abc\x81", "cp1252"), HasSubstr("from byte 3 on"));
  EXPECT_THAT(Text("abc\x80", "ascii"), HasSubstr("from byte 3 on"));
  EXPECT_THAT(Text(std::string_view("h\0\0\xd8", 4), "utf-16-le"), HasSubstr("from byte 2 on"));
  EXPECT_THAT(Text("a\xe2\x82", "utf-8"), HasSubstr("from byte 1 on"));
}

TEST(Decode, PutsAMarkInPlaceOfEachUnitThatIsNoText) {
  EXPECT_EQ(Replaced("a\xff\xfe"
                     "b",
                     "utf-8", 2),
            "a\uFFFD\uFFFDb");
  EXPECT_EQ(Replaced("a\x81"
                     "b",
                     "cp1252", 1),
            "a\uFFFDb");
  EXPECT_EQ(Replaced(std::string_view("h\0\0\xd8i\0", 6), "utf-16-le", 1), "h\uFFFDi");
  EXPECT_EQ(Replaced("a\xe2\x82", "utf-8", 1), "a\uFFFD");
  EXPECT_EQ(Replaced(std::string_view("h\0i", 3), "utf-16-le", 1), "h\uFFFD");
}

TEST(Decode, RefusesAnEncodingThatNobodyKnows) {
  EXPECT_THAT(Text("a", "klingon"), HasSubstr("encoding: unknown: `klingon`"));
  EXPECT_THAT(Text("a", "UTF-8//IGNORE"), HasSubstr("encoding: unknown"));
}

TEST(Decode, LongTextsComeWhole) {
  const std::string bytes(100'000, '\xe9');
  EXPECT_EQ(Text(bytes, "latin-1").size(), 200'000);
  EXPECT_EQ(Text("", "utf-16"), "");
}

TEST(Encode, UndoesDecoding) {
  for (const char* name : {"windows-1251", "koi8-r", "utf-16-le", "gb18030"}) {
    const auto bytes = EncodeText("при", name);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    EXPECT_EQ(Text(*bytes, name), "при") << name;
  }
}

TEST(Encode, RefusesACharacterThatTheEncodingDoesNotHave) {
  EXPECT_FALSE(EncodeText("日", "latin-1").ok());
  EXPECT_FALSE(EncodeText("a", "klingon").ok());
}

}  // namespace
}  // namespace tideway
