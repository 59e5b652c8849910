#include "core/sql/postgres/numeric.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace tideway::sql::postgres {
namespace {

// The binary form of hexadecimal digits, blanks ignored.
std::string Bytes(std::string_view hex) {
  std::string bytes;
  std::string digits;
  for (char c : hex) {
    if (c != ' ') digits += c;
  }
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string Text(std::string_view hex) {
  auto value = Numeric::Parse(Bytes(hex));
  return value.ok() ? value->ToString() : value.status().message();
}

std::string Decimal(std::string_view hex, int precision, int scale) {
  auto decimal = Numeric::Parse(Bytes(hex))->ToDecimal(precision, scale);
  return decimal.ok() ? decimal->ToString(scale) : decimal.status().message();
}

// As PostgreSQL 15 sent them.
constexpr const char* kPrice = "0003 0001 0000 0006 0001 0929 1a85";  // 12345.678900
constexpr const char* kSmall = "0001 ffff 4000 0003 000a";            // -0.001
constexpr const char* kNan = "0000 0000 c000 0000";
constexpr const char* kInfinity = "0000 0000 d000 0020";
constexpr const char* kMinusInfinity = "0000 0000 f000 0020";
constexpr const char* kZero = "0000 0000 0000 0002";          // 0.00
constexpr const char* kMillion = "0001 0001 0000 0000 0064";  // 1000000

TEST(Numeric, PrintsAsTheServerDoes) {
  EXPECT_EQ(Text(kPrice), "12345.678900");
  EXPECT_EQ(Text(kSmall), "-0.001");
  EXPECT_EQ(Text(kNan), "NaN");
  EXPECT_EQ(Text(kInfinity), "Infinity");
  EXPECT_EQ(Text(kMinusInfinity), "-Infinity");
  EXPECT_EQ(Text(kZero), "0.00");
  EXPECT_EQ(Text(kMillion), "1000000");
}

TEST(Numeric, BecomesADecimalOfTheColumnsScale) {
  EXPECT_EQ(Decimal(kPrice, 12, 6), "12345.678900");
  EXPECT_EQ(Decimal(kPrice, 38, 4), "12345.6789");
  EXPECT_EQ(Decimal(kSmall, 12, 3), "-0.001");
  EXPECT_EQ(Decimal(kZero, 5, 2), "0.00");
  EXPECT_EQ(Decimal(kMillion, 7, 0), "1000000");
}

TEST(Numeric, FillsThirtyEightDigits) {
  // 38 nines, and the same with a point in the middle.
  EXPECT_EQ(Decimal("000a 0009 0000 0000 0063 270f 270f 270f 270f 270f 270f 270f 270f 270f", 38, 0),
            std::string(38, '9'));
  EXPECT_EQ(
      Decimal("000a 0004 0000 0013 03e7 270f 270f 270f 270f 270f 270f 270f 270f 2706", 38, 19),
      std::string(19, '9') + "." + std::string(19, '9'));
}

TEST(Numeric, RefusesWhatTheDecimalCannotHold) {
  EXPECT_THAT(Decimal(kPrice, 10, 6), testing::HasSubstr("cannot: 12345.678900"));
  EXPECT_THAT(Decimal(kPrice, 38, 3), testing::HasSubstr("cannot"));
  EXPECT_THAT(Decimal(kMillion, 6, 0), testing::HasSubstr("cannot"));
  EXPECT_THAT(Decimal(kNan, 38, 0), testing::HasSubstr("cannot: NaN"));
  EXPECT_THAT(Decimal(kMinusInfinity, 38, 0), testing::HasSubstr("cannot: -Infinity"));
}

TEST(Numeric, BecomesTheNearestDouble) {
  EXPECT_EQ(Numeric::Parse(Bytes(kPrice))->ToDouble(), 12345.6789);
  EXPECT_EQ(Numeric::Parse(Bytes(kSmall))->ToDouble(), -0.001);
  EXPECT_TRUE(std::isnan(Numeric::Parse(Bytes(kNan))->ToDouble()));
  EXPECT_EQ(Numeric::Parse(Bytes(kMinusInfinity))->ToDouble(),
            -std::numeric_limits<double>::infinity());
  // 10^400 and 10^-400.
  EXPECT_EQ(Numeric::Parse(Bytes("0001 0064 0000 0000 0001"))->ToDouble(),
            std::numeric_limits<double>::infinity());
  EXPECT_EQ(Numeric::Parse(Bytes("0001 ff9c 4000 0190 0001"))->ToDouble(), 0.0);
}

TEST(Numeric, RefusesMalformedBytes) {
  for (const char* hex : {"", "0001", "0001 0000 0000 0000", "0001 0000 0000 0000 2710",
                          "0001 0000 0000 0000 ffff", "0000 0000 0000 0000 0001"}) {
    EXPECT_EQ(Text(hex), "sent malformed bytes") << hex;
  }
}

// What FromText() makes of `text`: as the server would print it, its form read back.
std::string Reread(std::string_view text) {
  const auto value = Numeric::FromText(text);
  if (!value) return "no number";
  std::string bytes;
  value->AppendTo(bytes);
  return Numeric::Parse(bytes)->ToString();
}

TEST(Numeric, ReadsTextAsTheServerDoes) {
  for (const char* text : {"0", "0.00", "7", "-7", "12345.678900", "-0.001", "1000000", "0.0001",
                           "99999999999999999999.5", "NaN", "Infinity", "-Infinity", "10000"}) {
    EXPECT_EQ(Reread(text), text);
  }
  EXPECT_EQ(Reread("+1.5"), "1.5");
  EXPECT_EQ(Reread("1e3"), "1000");
  EXPECT_EQ(Reread("1.5E-7"), "0.00000015");
  EXPECT_EQ(Reread("12.34e1"), "123.4");
  EXPECT_EQ(Reread(".5"), "0.5");
  EXPECT_EQ(Reread("5."), "5");
  EXPECT_EQ(Reread("-0"), "0");
  EXPECT_EQ(Reread("000123"), "123");
  EXPECT_EQ(Reread("nan"), "NaN");
  EXPECT_EQ(Reread("-inf"), "-Infinity");
}

TEST(Numeric, WritesTheBytesThatTheServerSends) {
  const auto bytes = [](std::string_view text) {
    std::string out;
    Numeric::FromText(text)->AppendTo(out);
    return out;
  };
  EXPECT_EQ(bytes("12345.678900"), Bytes(kPrice));
  EXPECT_EQ(bytes("-0.001"), Bytes(kSmall));
  EXPECT_EQ(bytes("NaN"), Bytes(kNan));
  EXPECT_EQ(bytes("-Infinity"), Bytes(kMinusInfinity));
  EXPECT_EQ(bytes("0.00"), Bytes(kZero));
  EXPECT_EQ(bytes("1000000"), Bytes(kMillion));
}

TEST(Numeric, TextThatIsNoNumberGivesNothing) {
  for (const char* text : {"", "-", ".", "1x", "1e", "1e+", "e5", "1.2.3", " 1", "1 ", "1e99999",
                           "1e-99999", "--1", "0x10", "nano"}) {
    EXPECT_EQ(Reread(text), "no number") << text;
  }
}

TEST(Numeric, KnowsWhetherAScaleCutsDigits) {
  EXPECT_TRUE(Numeric::FromText("1.2300")->FitsScale(2));
  EXPECT_FALSE(Numeric::FromText("1.235")->FitsScale(2));
  EXPECT_TRUE(Numeric::FromText("0.00")->FitsScale(0));
  EXPECT_TRUE(Numeric::FromText("1200")->FitsScale(-2));
  EXPECT_FALSE(Numeric::FromText("1250")->FitsScale(-2));
  EXPECT_TRUE(Numeric::FromText("NaN")->FitsScale(0));
}

}  // namespace
}  // namespace tideway::sql::postgres
