// What the Hugging Face Hub knows about a column beyond its Arrow type: ClassLabel names, images,
// fixed shapes. Kept on the Arrow field, so that it travels through every operator that keeps the
// field; written to and read from the `huggingface` key of Parquet files.
//
//   field = WithLabels(field, {"negative", "neutral", "positive"});       // encode does this
//   ARROW_ASSIGN_OR_RAISE(auto features, FeaturesOf(*schema));            // for a dataset card
//   ARROW_ASSIGN_OR_RAISE(auto read, ApplyFeatures(schema, metadata));    // after reading a file
//
// The field's metadata key kFeatureKey holds the feature as JSON, only where the Arrow type alone
// does not say it (`{"names": [...], "_type": "ClassLabel"}`, `{"_type": "Image"}`). Nested fields
// (list items, struct members) carry their own. Thread safety: pure functions.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/stream.h"

namespace tideway::dataset {

inline constexpr const char* kFeatureKey = "tideway.feature";
// The schema's own metadata key in Parquet files.
inline constexpr const char* kHuggingFaceKey = "huggingface";

using FieldPtr = std::shared_ptr<arrow::Field>;

// `field` (int64) as a class label: value k stands for names[k].
FieldPtr WithLabels(const FieldPtr& field, const std::vector<std::string>& names);
// The label names of `field`; nothing when it is no class label.
std::optional<std::vector<std::string>> LabelsOf(const arrow::Field& field);

// The features in column order, as the Hub writes them: {"id": {"dtype": "int64", "_type":
// "Value"}, ...}. An error of kind data names the column whose type the Hub has no name for (map,
// union, dictionary, interval).
Result<nlohmann::ordered_json> FeaturesOf(const arrow::Schema& schema);

// The value of the `huggingface` key: {"info": {"features": {...}}}, in Python's spelling (", " and
// ": " between, non-ASCII as \uXXXX).
Result<std::string> HuggingFaceMetadata(const arrow::Schema& schema);

// `schema` with the features of a `huggingface` value on its fields. Columns that the value does
// not name, or whose type its feature does not fit, stay as they are; a value that is no JSON is an
// error of kind data. Accepts the old "Sequence" spelling.
Result<SchemaPtr> ApplyFeatures(const SchemaPtr& schema, std::string_view huggingface);

// JSON in Python's spelling (json.dumps with its defaults).
std::string PythonJson(const nlohmann::ordered_json& value);

// `schema` without kFeatureKey anywhere and without metadata of its own: what other programs see.
SchemaPtr WithoutFeatures(const arrow::Schema& schema);

}  // namespace tideway::dataset
