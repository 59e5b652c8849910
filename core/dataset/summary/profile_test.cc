#include "core/dataset/summary/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/dataset/features.h"
#include "core/dataset/testing_internal.h"

namespace tideway::dataset {
namespace {

using testing::CutEvery;
using testing::SourceOf;
using Json = nlohmann::ordered_json;

const SchemaPtr kSchema =
    arrow::schema({arrow::field("size", arrow::float64()), arrow::field("text", arrow::utf8()),
                   arrow::field("label", arrow::utf8())});

class ProfileTest : public testing::DatasetTest {
 protected:
  Result<Json> Of(const std::vector<BatchPtr>& batches, const ProfileColumns& columns,
                  int workers = 2) {
    RunContext run(Options(workers));
    return ProfileOf(SourceOf(batches), columns, "profile", run);
  }
};

BatchPtr Few() {
  return testing::Rows(kSchema,
                       {"[1, 2, null, 4.5, NaN, Inf]", R"(["a", "äö", null, "", "abc", "x"])",
                        R"(["x", "y", "x", null, "x", "y"])"});
}

TEST_F(ProfileTest, TellsNumbersAndLengthsOfTexts) {
  const auto json = Of({Few()}, {.numbers = {"size", "text"}});
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)["rows"], 6);
  const Json& size = (*json)["numbers"]["size"];
  EXPECT_EQ(size["count"], 3);
  EXPECT_EQ(size["nulls"], 1);
  EXPECT_EQ(size["nans"], 1);
  EXPECT_EQ(size["infinite"], 1);
  EXPECT_EQ(size["min"], 1.0);
  EXPECT_EQ(size["max"], 4.5);
  EXPECT_EQ(size["sum"], 7.5);
  EXPECT_EQ(size["mean"], 2.5);
  EXPECT_EQ(size["whole"], false);
  EXPECT_EQ((*json)["numbers"]["text"]["sum"], 1 + 2 + 0 + 3 + 1);
}

TEST_F(ProfileTest, CountsCombinationsTheMostFrequentFirst) {
  const auto json = Of({Few()}, {.categories = {{"label"}, {"label", "text"}}});
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)["categories"][0].dump(),
            R"({"columns":["label"],"values":[{"value":["x"],"count":3},)"
            R"({"value":["y"],"count":2},{"value":[null],"count":1}]})");
  EXPECT_EQ((*json)["categories"][1]["values"].size(), 6U);
}

TEST_F(ProfileTest, TellsNumbersByGroup) {
  const auto json = Of({Few()}, {.numbers = {"text"}, .by = {"label"}});
  ASSERT_TRUE(json.ok()) << json.status();
  const Json& groups = (*json)["groups"];
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0]["value"], Json::parse(R"(["x"])"));
  EXPECT_EQ(groups[0]["rows"], 3);
  EXPECT_EQ(groups[0]["numbers"]["text"]["sum"], 4);
  EXPECT_EQ((*json)["numbers"]["text"]["sum"], 7);
}

TEST_F(ProfileTest, IsTheSameForAnyBatchesAndWorkers) {
  const BatchPtr rows = testing::NumberedRows(5000);
  const ProfileColumns columns{
      .numbers = {"id", "label"}, .categories = {{"label"}, {"id"}}, .by = {"label"}};
  const auto whole = Of({rows}, columns, 1);
  ASSERT_TRUE(whole.ok()) << whole.status();
  for (const int workers : {1, 2, 8}) {
    const auto cut = Of(CutEvery(rows, 37), columns, workers);
    ASSERT_TRUE(cut.ok()) << cut.status();
    EXPECT_EQ(whole->dump(), cut->dump());
  }
}

TEST_F(ProfileTest, TooManyValuesAreNotCounted) {
  const auto rows = testing::NumberedRows(Profile::kMostCategories + 1);
  const auto json = Of(CutEvery(rows, 999), {.categories = {{"id"}, {"label"}}});
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_TRUE((*json)["categories"][0]["values"].is_null());
  EXPECT_EQ((*json)["categories"][1]["values"].size(), 4U);
}

TEST_F(ProfileTest, MoreGroupsThanAReportHoldsAreAnError) {
  const auto json = Of({testing::NumberedRows(2000)}, {.numbers = {"id"}, .by = {"id"}});
  EXPECT_EQ(json.status().message(), "profile: more than 1000 groups");
}

TEST_F(ProfileTest, ColumnsAreChecked) {
  EXPECT_EQ(Of({Few()}, {.numbers = {"sise"}}).status().message(),
            "profile: no column `sise`; did you mean `size`?");
  const auto schema = arrow::schema({arrow::field("s", arrow::struct_({}))});
  const auto rows = testing::Rows(schema, {"[{}]"});
  EXPECT_EQ(Of({rows}, {.numbers = {"s"}}).status().message(),
            "profile: column `s` has neither numbers nor lengths: struct<>");
}

TEST_F(ProfileTest, NumbersComeBackFromTheirJson) {
  const auto json = Of({testing::NumberedRows(5000)}, {.numbers = {"id"}});
  ASSERT_TRUE(json.ok()) << json.status();
  const auto sketch = SketchOfJson(Json::parse((*json)["numbers"]["id"].dump()));
  ASSERT_TRUE(sketch.ok()) << sketch.status();
  EXPECT_EQ(sketch->count(), 5000);
  for (const auto& [name, q] : {std::pair("p1", 0.01), {"p50", 0.5}, {"p99", 0.99}}) {
    EXPECT_EQ((*json)["numbers"]["id"][name], sketch->Quantile(q));
  }
}

TEST_F(ProfileTest, WhatIsNoProfileIsAnError) {
  for (const char* text :
       {"null", "[]", "{}", R"({"bins": 1})", R"({"bins": [[1]]})", R"({"bins": [[1, -1]]})",
        R"({"bins": [["a", 1]]})", R"({"bins": [[1, 1]]})", R"({"bins": [[1, 1]], "min": "a"})"}) {
    EXPECT_EQ(KindOf(SketchOfJson(Json::parse(text)).status()), ErrorKind::kData) << text;
  }
}

TEST_F(ProfileTest, LabelsGoByTheirNames) {
  const auto field = WithLabels(arrow::field("label", arrow::int64()), {"no", "yes"});
  const auto rows = testing::Rows(arrow::schema({field}), {"[1, 0, 1, 7]"});
  const auto json = Of({rows}, {.categories = {{"label"}}});
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)["categories"][0]["values"][0]["value"][0], "yes");
  EXPECT_EQ((*json)["categories"][0]["values"][2]["value"][0], 7);
}

}  // namespace
}  // namespace tideway::dataset
