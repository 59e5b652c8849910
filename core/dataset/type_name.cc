#include "core/dataset/type_name.h"

#include <arrow/type.h>

#include <map>
#include <string>
#include <vector>

namespace tideway::dataset {

namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;

const std::map<std::string, TypePtr, std::less<>>& PlainTypes() {
  static const std::map<std::string, TypePtr, std::less<>> types = {
      {"int8", arrow::int8()},       {"int16", arrow::int16()},
      {"int32", arrow::int32()},     {"int64", arrow::int64()},
      {"uint8", arrow::uint8()},     {"uint16", arrow::uint16()},
      {"uint32", arrow::uint32()},   {"uint64", arrow::uint64()},
      {"float32", arrow::float32()}, {"float64", arrow::float64()},
      {"number", arrow::float64()},  {"bool", arrow::boolean()},
      {"boolean", arrow::boolean()}, {"string", arrow::utf8()},
      {"text", arrow::utf8()},       {"large_string", arrow::large_utf8()},
      {"binary", arrow::binary()},   {"date32", arrow::date32()},
      {"date", arrow::date32()},     {"timestamp", arrow::timestamp(arrow::TimeUnit::MICRO)},
  };
  return types;
}

// "timestamp[us]" and "timestamp[us, Asia/Kathmandu]"; null when it is neither.
TypePtr TimestampFromName(std::string_view name) {
  constexpr std::string_view kStart = "timestamp[";
  if (!name.starts_with(kStart) || !name.ends_with("]")) return nullptr;
  name = name.substr(kStart.size(), name.size() - kStart.size() - 1);
  const size_t comma = name.find(',');
  const std::string_view unit = name.substr(0, comma);
  std::string zone;
  if (comma != std::string_view::npos) {
    zone = name.substr(comma + 1);
    zone.erase(0, zone.find_first_not_of(' '));
    if (zone.empty()) return nullptr;
  }
  if (unit == "s") return arrow::timestamp(arrow::TimeUnit::SECOND, zone);
  if (unit == "ms") return arrow::timestamp(arrow::TimeUnit::MILLI, zone);
  if (unit == "us") return arrow::timestamp(arrow::TimeUnit::MICRO, zone);
  if (unit == "ns") return arrow::timestamp(arrow::TimeUnit::NANO, zone);
  return nullptr;
}

}  // namespace

Result<TypePtr> TypeFromName(std::string_view name) {
  const auto& plain = PlainTypes();
  if (auto found = plain.find(name); found != plain.end()) return found->second;
  if (TypePtr type = TimestampFromName(name)) return type;
  std::vector<std::string> names;
  for (const auto& [known, type] : plain) names.push_back(known);
  return Error(ErrorKind::kUsage,
               "unknown type `" + std::string(name) + "`" + DidYouMean(name, names))
      .Hint(
          "types: bool, int8 to int64, uint8 to uint64, float32, float64, string, large_string, "
          "binary, date32, timestamp[us]");
}

}  // namespace tideway::dataset
