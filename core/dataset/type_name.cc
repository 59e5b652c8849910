#include "core/dataset/type_name.h"

#include <arrow/type.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tideway::dataset {

namespace {

using FieldPtr = std::shared_ptr<arrow::Field>;
using TypePtr = std::shared_ptr<arrow::DataType>;

constexpr int kMaxDepth = 32;  // of lists and structs in each other

using Types = std::map<std::string, TypePtr, std::less<>>;

const Types& PlainTypes() {
  static const Types types = {
      {"int8", arrow::int8()},       {"int16", arrow::int16()},
      {"int32", arrow::int32()},     {"int64", arrow::int64()},
      {"uint8", arrow::uint8()},     {"uint16", arrow::uint16()},
      {"uint32", arrow::uint32()},   {"uint64", arrow::uint64()},
      {"float16", arrow::float16()}, {"float32", arrow::float32()},
      {"float64", arrow::float64()}, {"number", arrow::float64()},
      {"bool", arrow::boolean()},    {"boolean", arrow::boolean()},
      {"null", arrow::null()},       {"string", arrow::utf8()},
      {"text", arrow::utf8()},       {"large_string", arrow::large_utf8()},
      {"binary", arrow::binary()},   {"large_binary", arrow::large_binary()},
      {"date32", arrow::date32()},   {"date64", arrow::date64()},
      {"date", arrow::date32()},     {"timestamp", arrow::timestamp(arrow::TimeUnit::MICRO)},
  };
  return types;
}

// What Arrow prints of types that have no parameters of their own and another name above.
const Types& PrintedTypes() {
  static const Types types = [] {
    Types printed;
    for (const auto& [name, type] : PlainTypes()) printed[type->ToString()] = type;
    for (auto unit : {arrow::TimeUnit::SECOND, arrow::TimeUnit::MILLI}) {
      printed[arrow::time32(unit)->ToString()] = arrow::time32(unit);
    }
    for (auto unit : {arrow::TimeUnit::MICRO, arrow::TimeUnit::NANO}) {
      printed[arrow::time64(unit)->ToString()] = arrow::time64(unit);
    }
    for (auto unit : arrow::TimeUnit::values()) {
      printed[arrow::timestamp(unit)->ToString()] = arrow::timestamp(unit);
      printed[arrow::duration(unit)->ToString()] = arrow::duration(unit);
    }
    return printed;
  }();
  return types;
}

// Takes `start` and `end` off `name`, if it has both.
bool Strip(std::string_view& name, std::string_view start, std::string_view end) {
  if (!name.starts_with(start) || !name.ends_with(end) || name.size() < start.size() + end.size()) {
    return false;
  }
  name = name.substr(start.size(), name.size() - start.size() - end.size());
  return true;
}

bool IsOffset(std::string_view zone) {
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return false;
  for (size_t i : {1, 2, 4, 5}) {
    if (zone[i] < '0' || zone[i] > '9') return false;
  }
  return zone.substr(1, 2) < "24" && zone[4] < '6';
}

// "Area/Location", which is all that can be told where the machine has no time zone database.
bool LooksLikeZone(std::string_view zone) {
  const size_t slash = zone.find('/');
  if (slash == zone.npos || slash == 0 || zone.back() == '/') return false;
  constexpr auto kIsPart = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '+';
  };
  bool after_slash = true;
  for (char c : zone) {
    if (c == '/' ? after_slash : !kIsPart(c)) return false;
    after_slash = c == '/';
  }
  return true;
}

bool IsZone(std::string_view zone) {
  if (zone == "UTC" || zone == "GMT" || IsOffset(zone)) return true;
  const std::filesystem::path folder = "/usr/share/zoneinfo";
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return LooksLikeZone(zone);
  const bool plain = !zone.empty() && std::isupper(static_cast<unsigned char>(zone[0])) &&
                     (zone.find('/') == zone.npos || LooksLikeZone(zone));
  return plain && std::filesystem::is_regular_file(folder / zone, error);
}

// "timestamp[us, Asia/Kathmandu]", or as Arrow prints it, "timestamp[us, tz=Asia/Kathmandu]"; null
// when it is neither.
Result<TypePtr> ZonedTimestamp(std::string_view name) {
  const size_t comma = name.find(',');
  if (!name.starts_with("timestamp[") || !name.ends_with("]") || comma == name.npos) return nullptr;
  const auto unit = PrintedTypes().find(std::string(name.substr(0, comma)) + "]");
  std::string_view zone = name.substr(comma + 1, name.size() - comma - 2);
  zone.remove_prefix(std::min(zone.find_first_not_of(' '), zone.size()));
  if (zone.starts_with("tz=")) zone.remove_prefix(3);
  if (unit == PrintedTypes().end() || zone.empty()) return nullptr;
  if (!IsZone(zone)) {
    return Error(ErrorKind::kUsage, "unknown time zone `" + std::string(zone) + "`")
        .Hint("zones: UTC, an offset like +05:45, or a name like Asia/Kathmandu");
  }
  const auto& type = static_cast<const arrow::TimestampType&>(*unit->second);
  return arrow::timestamp(type.unit(), std::string(zone));
}

std::optional<int32_t> Number(std::string_view text) {
  int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

// "decimal128(10, 2)", "decimal(10, 2)", "decimal256(50, 0)"; null when it is none or out of range.
TypePtr DecimalType(std::string_view name) {
  const bool wide = Strip(name, "decimal256(", ")");
  if (!wide && !Strip(name, "decimal128(", ")") && !Strip(name, "decimal(", ")")) return nullptr;
  const size_t comma = name.find(',');
  if (comma == name.npos) return nullptr;
  std::string_view after = name.substr(comma + 1);
  if (after.starts_with(' ')) after.remove_prefix(1);
  const auto precision = Number(name.substr(0, comma)), scale = Number(after);
  if (!precision || !scale) return nullptr;
  auto type = wide ? arrow::Decimal256Type::Make(*precision, *scale)
                   : arrow::Decimal128Type::Make(*precision, *scale);
  return type.ok() ? *type : nullptr;
}

TypePtr FixedSizeBinary(std::string_view name) {
  if (!Strip(name, "fixed_size_binary[", "]")) return nullptr;
  const auto width = Number(name);
  return width && *width >= 0 ? arrow::fixed_size_binary(*width) : nullptr;
}

TypePtr FixedSizeList(std::string_view name, int depth);
Result<TypePtr> Parse(std::string_view name, int depth);

// "item: int64" and "item: int64 not null".
FieldPtr FieldFrom(std::string_view text, int depth) {
  const size_t colon = text.find(": ");
  if (colon == text.npos) return nullptr;
  std::string_view name = text.substr(colon + 2);
  const bool nullable = !Strip(name, "", " not null");
  auto type = Parse(name, depth + 1);
  if (!type.ok() || *type == nullptr) return nullptr;
  return arrow::field(std::string(text.substr(0, colon)), *type, nullable);
}

// Fields between commas that stand in no bracket.
std::optional<arrow::FieldVector> FieldsFrom(std::string_view text, int depth) {
  arrow::FieldVector fields;
  int open = 0;
  size_t start = 0;
  for (size_t i = 0; i <= text.size() && !text.empty(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c == '<' || c == '[' || c == '(') ++open;
    if (c == '>' || c == ']' || c == ')') --open;
    if (c != ',' || open != 0) continue;
    FieldPtr field = FieldFrom(text.substr(start, i - start), depth);
    if (field == nullptr) return {};
    fields.push_back(std::move(field));
    start = std::min(i + 2, text.size());
  }
  return fields;
}

// "list<item: int64>", "fixed_size_list<item: float>[3]", "struct<a: int64, b: string>"; null when
// it is none.
TypePtr NestedType(std::string_view name, int depth) {
  if (TypePtr type = FixedSizeList(name, depth)) return type;
  if (!name.ends_with(">")) return nullptr;
  const size_t bracket = name.find('<');
  if (bracket == name.npos) return nullptr;
  const std::string_view kind = name.substr(0, bracket);
  const auto fields = FieldsFrom(name.substr(bracket + 1, name.size() - bracket - 2), depth);
  if (!fields) return nullptr;
  if (kind == "struct") return arrow::struct_(*fields);
  if (fields->size() != 1) return nullptr;
  if (kind == "list") return arrow::list(fields->front());
  return kind == "large_list" ? arrow::large_list(fields->front()) : nullptr;
}

TypePtr FixedSizeList(std::string_view name, int depth) {
  if (!Strip(name, "fixed_size_list<", "]")) return nullptr;
  const size_t close = name.rfind(">[");
  if (close == name.npos) return nullptr;
  const auto size = Number(name.substr(close + 2));
  FieldPtr item = FieldFrom(name.substr(0, close), depth);
  return size && *size >= 0 && item ? arrow::fixed_size_list(item, *size) : nullptr;
}

// The type, or null when the name is none.
Result<TypePtr> Parse(std::string_view name, int depth) {
  if (depth > kMaxDepth) return nullptr;
  if (auto found = PlainTypes().find(name); found != PlainTypes().end()) return found->second;
  if (auto found = PrintedTypes().find(name); found != PrintedTypes().end()) return found->second;
  if (TypePtr type = DecimalType(name)) return type;
  if (TypePtr type = FixedSizeBinary(name)) return type;
  if (TypePtr type = NestedType(name, depth)) return type;
  return ZonedTimestamp(name);
}

}  // namespace

Result<TypePtr> TypeFromName(std::string_view name) {
  ARROW_ASSIGN_OR_RAISE(TypePtr type, Parse(name, 0));
  if (type != nullptr) return type;
  std::vector<std::string> names;
  for (const auto& [known, plain] : PlainTypes()) names.push_back(known);
  return Error(ErrorKind::kUsage,
               "unknown type `" + std::string(name) + "`" + DidYouMean(name, names))
      .Hint(
          "types: bool, int8 to int64, uint8 to uint64, float32, float64, string, large_string, "
          "binary, date32, timestamp[us], timestamp[us, UTC], time64[us], duration[us], "
          "decimal128(10, 2), list<item: int64>");
}

}  // namespace tideway::dataset
