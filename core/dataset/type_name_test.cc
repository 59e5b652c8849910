#include "core/dataset/type_name.h"

#include <arrow/type.h>
#include <gmock/gmock.h>

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

TEST(TypeName, MisspeltNameIsCorrected) {
  EXPECT_EQ(NameOf("strng"), "unknown type `strng`; did you mean `string`?");
}

TEST(TypeName, BrokenNamesAreErrors) {
  for (const char* name : {"", "timestamp[", "timestamp[]", "timestamp[m]", "timestamp[us,]",
                           "timestamp[us, ]", "int64 ", "INT64"}) {
    EXPECT_THAT(NameOf(name), testing::StartsWith("unknown type")) << name;
  }
}

}  // namespace
}  // namespace tideway::dataset
