#include "core/dataset/type_name.h"

#include <arrow/type.h>
#include <gmock/gmock.h>

#include <filesystem>

namespace tideway::dataset {
namespace {

std::string NameOf(std::string_view name) {
  auto type = TypeFromName(name);
  return type.ok() ? (*type)->ToString() : type.status().message();
}

TEST(TypeName, ArrowNamesGiveThatType) {
  for (const char* name :
       {"int8", "int64", "uint32", "bool", "string", "large_string", "binary", "timestamp[ns]"}) {
    EXPECT_EQ(NameOf(name), name);
  }
  EXPECT_EQ(NameOf("float64"), "double");
}

TEST(TypeName, EverydayNamesAreKnown) {
  EXPECT_EQ(NameOf("number"), "double");
  EXPECT_EQ(NameOf("boolean"), "bool");
  EXPECT_EQ(NameOf("text"), "string");
  EXPECT_EQ(NameOf("timestamp"), "timestamp[us]");
}

TEST(TypeName, TimestampTakesAZone) {
  EXPECT_EQ(NameOf("timestamp[ms, Asia/Kathmandu]"), "timestamp[ms, tz=Asia/Kathmandu]");
}

TEST(TypeName, WhatATypePrintsGivesThatType) {
  std::vector<std::shared_ptr<arrow::DataType>> types = {
      arrow::null(),
      arrow::boolean(),
      arrow::float16(),
      arrow::float32(),
      arrow::float64(),
      arrow::utf8(),
      arrow::large_utf8(),
      arrow::binary(),
      arrow::large_binary(),
      arrow::fixed_size_binary(16),
      arrow::date32(),
      arrow::date64(),
      arrow::time32(arrow::TimeUnit::SECOND),
      arrow::time32(arrow::TimeUnit::MILLI),
      arrow::time64(arrow::TimeUnit::MICRO),
      arrow::time64(arrow::TimeUnit::NANO),
      arrow::decimal128(10, 2),
      arrow::decimal128(38, -3),
      arrow::decimal256(76, 4),
  };
  for (const auto& type : arrow::IntTypes()) types.push_back(type);
  for (auto unit : arrow::TimeUnit::values()) {
    types.push_back(arrow::duration(unit));
    types.push_back(arrow::timestamp(unit));
    types.push_back(arrow::timestamp(unit, "UTC"));
    types.push_back(arrow::timestamp(unit, "-05:30"));
  }
  for (size_t i = 0, plain = types.size(); i < plain; ++i) {
    types.push_back(arrow::list(types[i]));
    types.push_back(arrow::large_list(arrow::field("element", types[i], false)));
    types.push_back(arrow::fixed_size_list(arrow::list(types[i]), 3));
    types.push_back(arrow::struct_({arrow::field("a", types[i]), arrow::field("b", types[i])}));
  }
  types.push_back(arrow::struct_({}));
  for (const auto& type : types) {
    auto parsed = TypeFromName(type->ToString());
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_TRUE((*parsed)->Equals(type)) << type->ToString() << " gave " << (*parsed)->ToString();
  }
}

TEST(TypeName, AZoneThatIsNoneIsAnError) {
  for (const char* zone : {"Mars", "tz", "mars/base", "../etc/passwd", "Asia/", "+5:45", "+24:00",
                           "/Asia/Kathmandu", "Asia//Kathmandu"}) {
    EXPECT_EQ(NameOf("timestamp[us, " + std::string(zone) + "]"),
              "unknown time zone `" + std::string(zone) + "`");
  }
  if (std::filesystem::is_directory("/usr/share/zoneinfo")) {
    EXPECT_EQ(NameOf("timestamp[us, Mars/Base]"), "unknown time zone `Mars/Base`");
  }
}

TEST(TypeName, MisspeltNameIsCorrected) {
  EXPECT_EQ(NameOf("strng"), "unknown type `strng`; did you mean `string`?");
}

TEST(TypeName, BrokenNamesAreErrors) {
  for (const char* name :
       {"", "timestamp[", "timestamp[]", "timestamp[m]", "timestamp[us,]", "timestamp[us, ]",
        "timestamp[us, tz=]", "int64 ", "INT64", "decimal128(39, 2)", "decimal128(10)", "list<>",
        "list<int64>", "list<item: int46>", "list<item: int64", "struct<a: int64, >",
        "fixed_size_list<item: int64>[-1]", "fixed_size_binary[x]", "time64[s]"}) {
    EXPECT_THAT(NameOf(name), ::testing::StartsWith("unknown type")) << name;
  }
}

}  // namespace
}  // namespace tideway::dataset
