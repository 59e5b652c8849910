// One flipped bit in the binary form of a value is an error or a valid value.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/bit_flips_internal.h"
#include "core/sql/postgres/types.h"

namespace tideway::sql::postgres {
namespace {

using std::string_literals::operator""s;

struct Value {
  const char* type;
  Oid oid;
  int modifier;
  std::string bytes;
};

const std::string kNumeric = "\0\2\0\0\0\0\0\2\0\14\11\304"s;  // 12.25
const std::string kText = "नमस्ते";

// A list of one dimension: flags, type of the elements, length, lower bound, elements.
std::string List(Oid element, const std::string& bytes) {
  std::string list = "\0\0\0\1\0\0\0\1\0\0"s;
  list += {static_cast<char>(element >> 8), static_cast<char>(element & 0xFF)};
  list += "\0\0\0\3\0\0\0\1"s;
  const std::string item = "\0\0\0"s + static_cast<char>(bytes.size()) + bytes;
  return list + item + "\377\377\377\377" + item;
}

const Value kValues[] = {
    {"bool", 16, -1, "\1"s},
    {"bytea", 17, -1, "ab\0"s},
    {"int8", 20, -1, "\0\0\0\0\0\0\1\2"s},
    {"int2", 21, -1, "\1\2"s},
    {"int4", 23, -1, "\0\0\1\2"s},
    {"text", 25, -1, kText},
    {"json", 114, -1, "{\"a\": 1}"},
    {"jsonb", 3802, -1, "\1{\"a\": 1}"},
    {"float4", 700, -1, "\77\300\0\0"s},
    {"float8", 701, -1, "\77\370\0\0\0\0\0\0"s},
    {"macaddr", 829, -1, "\1\2\3\4\5\6"s},
    {"inet", 869, -1, "\2\40\0\4\177\0\0\1"s},
    {"date", 1082, -1, "\0\0\42\1"s},
    {"time", 1083, -1, "\0\0\0\1\2\3\4\5"s},
    {"timestamp", 1114, -1, "\0\2\3\4\5\6\7\10"s},
    {"timestamptz", 1184, -1, "\0\2\3\4\5\6\7\10"s},
    {"interval", 1186, -1, "\0\0\0\1\2\3\4\5\0\0\0\1\0\0\0\2"s},
    {"timetz", 1266, -1, "\0\0\0\1\2\3\4\5\0\0\16\20"s},
    {"numeric", 1700, -1, kNumeric},
    {"numeric(10, 2)", 1700, (10 << 16 | 2) + 4, kNumeric},
    {"uuid", 2950, -1, "0123456789abcdef"},
    {"int4[]", 1007, -1, List(23, "\0\0\1\2"s)},
    {"text[]", 1009, -1, List(25, kText)},
    {"numeric[]", 1231, -1, List(1700, kNumeric)},
};

TEST(PostgresBitFlips, AValueIsAnErrorOrOneThatArrowHolds) {
  for (const Value& value : kValues) {
    SCOPED_TRACE(value.type);
    const ColumnType column{.name = "x", .oid = value.oid, .modifier = value.modifier};
    const auto good = MakeDecoder(column, nullptr);
    ASSERT_TRUE(good.ok()) << good.status().ToString();
    EXPECT_TRUE((*good)->Append(value.bytes).ok());
    BitFlips flips(value.bytes);
    while (flips.Next()) {
      const auto decoder = MakeDecoder(column, nullptr).ValueOrDie();
      const Status status = decoder->Append(flips.bytes());
      if (!status.ok()) continue;
      const auto array = decoder->builder()->Finish();
      ASSERT_TRUE(array.ok()) << array.status().ToString();
      EXPECT_EQ((*array)->length(), 1);
      EXPECT_TRUE((*array)->Validate().ok()) << flips.at();
    }
  }
}

}  // namespace
}  // namespace tideway::sql::postgres
