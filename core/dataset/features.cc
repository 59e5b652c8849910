#include "core/dataset/features.h"

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace tideway::dataset {
namespace {

using arrow::Type;
using nlohmann::ordered_json;

constexpr int kMaxDepth = 64;  // of JSON that a file brings

// Discarded when `text` is no JSON or nested too deeply.
ordered_json Parse(std::string_view text) {
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, ordered_json::parse_event_t, ordered_json&) {
    too_deep |= depth > kMaxDepth;
    return !too_deep;
  };
  ordered_json value = ordered_json::parse(text, watch, false);
  return too_deep ? ordered_json(ordered_json::value_t::discarded) : value;
}

std::string KindOfFeature(const ordered_json& feature) {
  const auto kind = feature.is_object() ? feature.find("_type") : feature.end();
  return kind != feature.end() && kind->is_string() ? kind->get<std::string>() : "";
}

Error NoName(const std::string& column, const arrow::DataType& type) {
  return Error(ErrorKind::kData, fmt::format("features: the Hub has no name for this type: column "
                                             "`{}`: {}",
                                             column, type.ToString()))
      .Hint("cast the column, or leave it out with select");
}

// The types whose Arrow spelling is the Hub's: int8 ... uint64, bool, string, binary, their large
// and view forms, timestamp[us, tz=UTC], time32[s], duration[ms], decimal128(10, 2).
const std::set<Type::type>& SameName() {
  static const std::set<Type::type> same = {Type::NA,
                                            Type::BOOL,
                                            Type::INT8,
                                            Type::INT16,
                                            Type::INT32,
                                            Type::INT64,
                                            Type::UINT8,
                                            Type::UINT16,
                                            Type::UINT32,
                                            Type::UINT64,
                                            Type::STRING,
                                            Type::LARGE_STRING,
                                            Type::STRING_VIEW,
                                            Type::BINARY,
                                            Type::BINARY_VIEW,
                                            Type::LARGE_BINARY,
                                            Type::TIMESTAMP,
                                            Type::TIME32,
                                            Type::TIME64,
                                            Type::DURATION,
                                            Type::DECIMAL128,
                                            Type::DECIMAL256,
                                            Type::FIXED_SIZE_BINARY};
  return same;
}

Result<std::string> DtypeName(const std::string& column, const arrow::DataType& type) {
  switch (type.id()) {
    case Type::HALF_FLOAT:
      return "float16";
    case Type::FLOAT:
      return "float32";
    case Type::DOUBLE:
      return "float64";
    case Type::DATE32:
      return "date32";
    case Type::DATE64:
      return "date64";
    case Type::DICTIONARY:
      return DtypeName(column, *static_cast<const arrow::DictionaryType&>(type).value_type());
    default:
      if (SameName().contains(type.id())) return type.ToString();
      return NoName(column, type);
  }
}

Result<ordered_json> FeatureOf(const arrow::Field& field, const std::string& path);

Result<ordered_json> ListFeature(const arrow::Field& field, const std::string& path) {
  const arrow::DataType& type = *field.type();
  ARROW_ASSIGN_OR_RAISE(ordered_json item, FeatureOf(*type.field(0), path + "[]"));
  ordered_json feature = {{"feature", std::move(item)}};
  if (type.id() == Type::FIXED_SIZE_LIST) {
    feature["length"] = static_cast<const arrow::FixedSizeListType&>(type).list_size();
  }
  feature["_type"] = type.id() == Type::LARGE_LIST ? "LargeList" : "List";
  return feature;
}

Result<ordered_json> FeatureOf(const arrow::Field& field, const std::string& path) {
  if (field.HasMetadata()) {
    const auto stored = field.metadata()->Get(kFeatureKey);
    if (auto feature = Parse(stored.ok() ? *stored : ""); feature.is_object()) return feature;
  }
  const arrow::DataType& type = *field.type();
  switch (type.id()) {
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST:
      return ListFeature(field, path);
    case Type::STRUCT: {
      ordered_json members = ordered_json::object();
      for (const FieldPtr& member : type.fields()) {
        ARROW_ASSIGN_OR_RAISE(members[member->name()],
                              FeatureOf(*member, path + "." + member->name()));
      }
      return members;
    }
    case Type::EXTENSION: {
      const auto& extension = static_cast<const arrow::ExtensionType&>(type);
      if (extension.extension_name() == "arrow.json") return ordered_json{{"_type", "Json"}};
      return FeatureOf(*arrow::field(field.name(), extension.storage_type()), path);
    }
    default: {
      ARROW_ASSIGN_OR_RAISE(std::string dtype, DtypeName(path, type));
      return ordered_json{{"dtype", std::move(dtype)}, {"_type", "Value"}};
    }
  }
}

FieldPtr WithFeature(const FieldPtr& field, const ordered_json& feature) {
  return field->WithMergedMetadata(arrow::key_value_metadata({kFeatureKey}, {PythonJson(feature)}));
}

bool IsMediaStorage(const arrow::DataType& type) {
  return type.id() == Type::STRUCT && type.num_fields() == 2 && type.field(0)->name() == "bytes" &&
         type.field(1)->name() == "path";
}

// Whether a feature of this `kind` may stand on a column of this `type`.
bool Fits(const std::string& kind, const arrow::DataType& type) {
  if (kind == "ClassLabel") return type.id() == Type::INT64;
  if (kind == "Image" || kind == "Audio" || kind == "Video" || kind == "Pdf") {
    return IsMediaStorage(type);
  }
  if (kind == "Translation") return type.id() == Type::STRUCT;
  if (kind == "Json") return type.id() == Type::STRING;
  return kind.starts_with("Array") && (type.id() == Type::LIST || type.id() == Type::EXTENSION);
}

FieldPtr Attach(const FieldPtr& field, const ordered_json& feature);

FieldPtr AttachToMembers(const FieldPtr& field, const ordered_json& members, bool as_lists) {
  arrow::FieldVector fields;
  for (const FieldPtr& member : field->type()->fields()) {
    const auto found = members.find(member->name());
    if (found == members.end()) {
      fields.push_back(member);
    } else if (as_lists) {
      fields.push_back(Attach(member, {{"feature", *found}, {"_type", "List"}}));
    } else {
      fields.push_back(Attach(member, *found));
    }
  }
  return field->WithType(arrow::struct_(std::move(fields)));
}

FieldPtr AttachToItems(const FieldPtr& field, const ordered_json& feature) {
  const arrow::DataType& type = *field->type();
  if (type.num_fields() != 1 || !feature.contains("feature")) return field;
  const FieldPtr item = Attach(type.field(0), feature["feature"]);
  switch (type.id()) {
    case Type::LIST:
      return field->WithType(arrow::list(item));
    case Type::LARGE_LIST:
      return field->WithType(arrow::large_list(item));
    case Type::FIXED_SIZE_LIST:
      return field->WithType(arrow::fixed_size_list(
          item, static_cast<const arrow::FixedSizeListType&>(type).list_size()));
    default:
      return field;
  }
}

// `field` with what `feature` says beyond its type; as it is where the two do not fit, which is how
// the Hub's own readers treat a file rewritten by another program.
FieldPtr Attach(const FieldPtr& field, const ordered_json& feature) {
  if (!feature.is_object()) return field;
  const bool is_struct = field->type()->id() == Type::STRUCT;
  const std::string kind = KindOfFeature(feature);
  if (kind.empty()) return is_struct ? AttachToMembers(field, feature, false) : field;
  if (kind == "Sequence" && is_struct && feature.contains("feature")) {
    return AttachToMembers(field, feature["feature"], true);
  }
  if (kind == "List" || kind == "LargeList" || kind == "Sequence") {
    return AttachToItems(field, feature);
  }
  return Fits(kind, *field->type()) ? WithFeature(field, feature) : field;
}

FieldPtr Strip(const FieldPtr& field) {
  FieldPtr plain = field;
  if (field->HasMetadata() && field->metadata()->Contains(kFeatureKey)) {
    auto metadata = field->metadata()->Copy();
    (void)metadata->Delete(kFeatureKey);  // it is there
    plain = metadata->size() == 0 ? field->RemoveMetadata() : field->WithMetadata(metadata);
  }
  const arrow::DataType& type = *field->type();
  switch (type.id()) {
    case Type::STRUCT: {
      arrow::FieldVector members;
      for (const FieldPtr& member : type.fields()) members.push_back(Strip(member));
      return plain->WithType(arrow::struct_(std::move(members)));
    }
    case Type::LIST:
      return plain->WithType(arrow::list(Strip(type.field(0))));
    case Type::LARGE_LIST:
      return plain->WithType(arrow::large_list(Strip(type.field(0))));
    case Type::FIXED_SIZE_LIST:
      return plain->WithType(arrow::fixed_size_list(
          Strip(type.field(0)), static_cast<const arrow::FixedSizeListType&>(type).list_size()));
    default:
      return plain;
  }
}

void AppendPython(const ordered_json& value, std::string& out) {
  if (!value.is_structured()) {
    out += value.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
    return;
  }
  out += value.is_object() ? '{' : '[';
  bool first = true;
  for (const auto& [key, element] : value.items()) {
    if (!std::exchange(first, false)) out += ", ";
    if (value.is_object()) {
      AppendPython(key, out);
      out += ": ";
    }
    AppendPython(element, out);
  }
  out += value.is_object() ? '}' : ']';
}

}  // namespace

FieldPtr WithLabels(const FieldPtr& field, const std::vector<std::string>& names) {
  return WithFeature(field, {{"names", names}, {"_type", "ClassLabel"}});
}

std::optional<std::vector<std::string>> LabelsOf(const arrow::Field& field) {
  if (!field.HasMetadata()) return std::nullopt;
  const auto stored = field.metadata()->Get(kFeatureKey);
  if (!stored.ok()) return std::nullopt;
  const auto feature = Parse(*stored);
  if (KindOfFeature(feature) != "ClassLabel") return std::nullopt;
  const auto names = feature.find("names");
  if (names == feature.end() || !names->is_array()) return std::nullopt;
  std::vector<std::string> labels;
  for (const auto& name : *names) {
    if (!name.is_string()) return std::nullopt;
    labels.push_back(name.get<std::string>());
  }
  return labels;
}

Result<ordered_json> FeaturesOf(const arrow::Schema& schema) {
  ordered_json features = ordered_json::object();
  for (const FieldPtr& field : schema.fields()) {
    if (features.contains(field->name())) {
      return Error(ErrorKind::kData,
                   fmt::format("features: two columns have one name: `{}`", field->name()));
    }
    ARROW_ASSIGN_OR_RAISE(features[field->name()], FeatureOf(*field, field->name()));
  }
  return features;
}

Result<std::string> HuggingFaceMetadata(const arrow::Schema& schema) {
  ARROW_ASSIGN_OR_RAISE(ordered_json features, FeaturesOf(schema));
  return PythonJson({{"info", {{"features", std::move(features)}}}});
}

Result<SchemaPtr> ApplyFeatures(const SchemaPtr& schema, std::string_view huggingface) {
  const auto value = Parse(huggingface);
  if (value.is_discarded()) {
    return Error(ErrorKind::kData, "features: the `huggingface` metadata is no JSON");
  }
  if (!value.is_object() || !value.contains("info") || !value["info"].is_object()) return schema;
  const ordered_json& info = value["info"];
  if (!info.contains("features") || !info["features"].is_object()) return schema;
  arrow::FieldVector fields;
  for (const FieldPtr& field : schema->fields()) {
    const auto feature = info["features"].find(field->name());
    fields.push_back(feature == info["features"].end() ? field : Attach(field, *feature));
  }
  return arrow::schema(std::move(fields), schema->metadata());
}

std::string PythonJson(const ordered_json& value) {
  std::string out;
  AppendPython(value, out);
  return out;
}

SchemaPtr WithoutFeatures(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const FieldPtr& field : schema.fields()) fields.push_back(Strip(field));
  return arrow::schema(std::move(fields));
}

}  // namespace tideway::dataset
