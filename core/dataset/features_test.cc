#include "core/dataset/features.h"

#include <arrow/extension/json.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "core/dataset/format/testing_internal.h"

namespace tideway::dataset {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using nlohmann::ordered_json;
using ::testing::HasSubstr;

std::string FeatureJson(const FieldPtr& field) {
  return PythonJson(Must(FeaturesOf(*arrow::schema({field})))[field->name()]);
}
std::string FeatureJson(const std::shared_ptr<arrow::DataType>& type) {
  return FeatureJson(arrow::field("x", type));
}
// A column of `type` with the feature `json` applied.
FieldPtr Applied(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  const auto schema = arrow::schema({arrow::field("x", type)});
  return Must(ApplyFeatures(schema, R"({"info": {"features": {"x": )" + json + "}}}"))->field(0);
}

TEST(FeaturesTest, ScalarsHaveTheHubsNames) {
  const std::vector<std::pair<std::shared_ptr<arrow::DataType>, std::string>> names = {
      {arrow::null(), "null"},
      {arrow::boolean(), "bool"},
      {arrow::int8(), "int8"},
      {arrow::uint64(), "uint64"},
      {arrow::float16(), "float16"},
      {arrow::float32(), "float32"},
      {arrow::float64(), "float64"},
      {arrow::utf8(), "string"},
      {arrow::large_utf8(), "large_string"},
      {arrow::utf8_view(), "string_view"},
      {arrow::binary(), "binary"},
      {arrow::large_binary(), "large_binary"},
      {arrow::fixed_size_binary(4), "fixed_size_binary[4]"},
      {arrow::date32(), "date32"},
      {arrow::date64(), "date64"},
      {arrow::time32(arrow::TimeUnit::SECOND), "time32[s]"},
      {arrow::time64(arrow::TimeUnit::NANO), "time64[ns]"},
      {arrow::timestamp(arrow::TimeUnit::MILLI), "timestamp[ms]"},
      {arrow::timestamp(arrow::TimeUnit::MICRO, "Asia/Kathmandu"),
       "timestamp[us, tz=Asia/Kathmandu]"},
      {arrow::duration(arrow::TimeUnit::SECOND), "duration[s]"},
      {arrow::decimal128(10, 2), "decimal128(10, 2)"},
      {arrow::decimal256(50, 2), "decimal256(50, 2)"},
      {arrow::dictionary(arrow::int8(), arrow::utf8()), "string"},
  };
  for (const auto& [type, name] : names) {
    EXPECT_EQ(FeatureJson(type), R"({"dtype": ")" + name + R"(", "_type": "Value"})");
  }
}

TEST(FeaturesTest, NestedTypesKeepTheirShape) {
  const std::string number = R"({"dtype": "int64", "_type": "Value"})";
  EXPECT_EQ(FeatureJson(arrow::list(arrow::int64())),
            R"({"feature": )" + number + R"(, "_type": "List"})");
  EXPECT_EQ(FeatureJson(arrow::large_list(arrow::int64())),
            R"({"feature": )" + number + R"(, "_type": "LargeList"})");
  EXPECT_EQ(FeatureJson(arrow::fixed_size_list(arrow::int64(), 3)),
            R"({"feature": )" + number + R"(, "length": 3, "_type": "List"})");
  EXPECT_EQ(FeatureJson(arrow::struct_({arrow::field("u", arrow::int64())})),
            R"({"u": )" + number + "}");
  EXPECT_EQ(FeatureJson(arrow::extension::json(arrow::utf8())), R"({"_type": "Json"})");
}

TEST(FeaturesTest, LabelsComeBackInOrder) {
  const std::vector<std::string> names = {"न", "b \"quoted\"", "a"};
  const auto field = WithLabels(arrow::field("x", arrow::int64()), names);
  EXPECT_EQ(LabelsOf(*field), names);
  EXPECT_EQ(LabelsOf(*arrow::field("x", arrow::int64())), std::nullopt);
  EXPECT_EQ(FeatureJson(field),
            R"({"names": ["\u0928", "b \"quoted\"", "a"], "_type": "ClassLabel"})");
}

TEST(FeaturesTest, MetadataRoundTripsThroughASchema) {
  for (const std::string feature : {
           R"({"names": ["n", "p"], "_type": "ClassLabel"})",
           R"({"dtype": "int64", "_type": "Value"})",
       }) {
    EXPECT_EQ(FeatureJson(Applied(arrow::int64(), feature)), feature);
  }
  const auto media =
      arrow::struct_({arrow::field("bytes", arrow::binary()), arrow::field("path", arrow::utf8())});
  EXPECT_EQ(FeatureJson(Applied(media, R"({"sampling_rate": 16000, "_type": "Audio"})")),
            R"({"sampling_rate": 16000, "_type": "Audio"})");
  EXPECT_EQ(FeatureJson(Applied(arrow::list(arrow::list(arrow::float32())),
                                R"({"shape": [2, 2], "dtype": "float32", "_type": "Array2D"})")),
            R"({"shape": [2, 2], "dtype": "float32", "_type": "Array2D"})");
  const std::string labels = R"({"names": ["n"], "_type": "ClassLabel"})";
  EXPECT_EQ(FeatureJson(Applied(arrow::list(arrow::int64()),
                                R"({"feature": )" + labels + R"(, "_type": "List"})")),
            R"({"feature": )" + labels + R"(, "_type": "List"})");
}

TEST(FeaturesTest, SequenceOfAStructIsAStructOfLists) {
  const auto type = arrow::struct_({arrow::field("l", arrow::list(arrow::int64()))});
  const auto field = Applied(
      type, R"({"feature": {"l": {"names": ["n"], "_type": "ClassLabel"}}, "_type": "Sequence"})");
  EXPECT_EQ(LabelsOf(*field->type()->field(0)->type()->field(0)), (std::vector<std::string>{"n"}));
}

TEST(FeaturesTest, FeatureThatDoesNotFitItsColumnIsLeftOut) {
  EXPECT_EQ(LabelsOf(*Applied(arrow::utf8(), R"({"names": ["n"], "_type": "ClassLabel"})")),
            std::nullopt);
  for (const char* odd : {"1", "null", "[]", "{}", R"({"_type": 5})", R"({"_type": "List"})",
                          R"({"_type": "Nonsense"})", R"({"_type": "Image"})"}) {
    EXPECT_EQ(FeatureJson(Applied(arrow::int64(), odd)), R"({"dtype": "int64", "_type": "Value"})");
  }
}

TEST(FeaturesTest, BrokenMetadataIsAnErrorAndNeverACrash) {
  const auto schema = arrow::schema({arrow::field("x", arrow::int64())});
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& text : {std::string("{"), std::string(), std::string("\xff"), deep}) {
    EXPECT_EQ(KindOf(ApplyFeatures(schema, text).status()), ErrorKind::kData);
  }
  for (const char* text : {"1", "{}", R"({"info": 1})", R"({"info": {"features": null}})"}) {
    EXPECT_EQ(Must(ApplyFeatures(schema, text)), schema);
  }
}

TEST(FeaturesTest, PlantedFieldMetadataIsNotTrusted) {
  for (const char* planted :
       {"", "{", "[]", R"({"_type": 1})", R"({"names": 1, "_type": "ClassLabel"})",
        R"({"names": [1], "_type": "ClassLabel"})"}) {
    const auto field = arrow::field("x", arrow::int64())
                           ->WithMetadata(arrow::key_value_metadata({kFeatureKey}, {planted}));
    EXPECT_EQ(LabelsOf(*field), std::nullopt);
    EXPECT_TRUE(FeaturesOf(*arrow::schema({field})).ok());
  }
}

TEST(FeaturesTest, JsonIsSpelledAsPythonDoes) {
  EXPECT_EQ(PythonJson(ordered_json::parse(R"({"b":[1,2.5,true,null],"a":"é\u007f😀\n","e":{}})")),
            R"({"b": [1, 2.5, true, null], "a": "\u00e9\u007f\ud83d\ude00\n", "e": {}})");
}

TEST(FeaturesTest, StrippedSchemaHasNoFeaturesAtAnyDepth) {
  const auto item = WithLabels(arrow::field("item", arrow::int64()), {"n"});
  const auto other =
      arrow::field("y", arrow::utf8())->WithMetadata(arrow::key_value_metadata({"mine"}, {"kept"}));
  const auto plain = WithoutFeatures(*arrow::schema({arrow::field("x", arrow::list(item)), other}));
  EXPECT_FALSE(plain->field(0)->type()->field(0)->HasMetadata());
  EXPECT_TRUE(plain->field(1)->metadata()->Contains("mine"));
}

}  // namespace
}  // namespace tideway::dataset
