#include "core/hub/yaml_read.h"

#include <fmt/format.h>
#include <yaml.h>

#include <array>
#include <charconv>
#include <map>
#include <string>

#include "core/base/among.h"
#include "core/hub/yaml.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMostLevels = 64;
constexpr size_t kMostValues = 1'000'000;

std::string TextOf(const yaml_char_t* text) {
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

// What an unquoted text stands for.
Json PlainValue(const std::string& text) {
  static constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};
  static constexpr std::array<std::string_view, 9> kTrue = {"yes",  "Yes", "YES", "true", "True",
                                                            "TRUE", "on",  "On",  "ON"};
  static constexpr std::array<std::string_view, 9> kFalse = {
      "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
  if (IsAmong(text, kNull)) return nullptr;
  if (IsAmong(text, kTrue)) return true;
  if (IsAmong(text, kFalse)) return false;
  if (!ReadsAsOtherType(text)) return text;
  int64_t whole = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, whole).ptr == end) return whole;
  double number = 0;
  if (std::from_chars(text.data(), end, number).ptr == end) return number;
  return 1;
}

class Reader {
 public:
  explicit Reader(std::string_view yaml) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(yaml.data()),
                                 yaml.size());
  }
  ~Reader() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  Reader(const Reader&) = delete;

  Result<Json> Run() {
    RETURN_NOT_OK(Next());  // the stream's start
    RETURN_NOT_OK(Next());
    if (event_.type == YAML_STREAM_END_EVENT) return Json();
    RETURN_NOT_OK(Next());
    ARROW_ASSIGN_OR_RAISE(Json value, Value(0));
    RETURN_NOT_OK(Next());  // the document's end
    RETURN_NOT_OK(Next());
    if (event_.type != YAML_STREAM_END_EVENT) return Broken("a second document begins");
    return value;
  }

 private:
  Error Broken(std::string_view why) const {
    const auto line =
        event_.type == YAML_NO_EVENT ? parser_.problem_mark.line : event_.start_mark.line;
    return Error(ErrorKind::kData, fmt::format("hub: broken YAML: line {}: {}", line + 1, why))
        .Hint("mend it in the repository");
  }

  Status Next() {
    yaml_event_delete(&event_);
    event_ = {};
    if (yaml_parser_parse(&parser_, &event_) != 0) return Status::OK();
    event_ = {};
    return Broken(parser_.problem == nullptr ? "it cannot be read" : parser_.problem);
  }

  // The value that begins with the event at hand; its last event stays at hand.
  Result<Json> Value(int level) {
    if (level > kMostLevels) return Broken("it is nested too deep");
    const size_t before = values_;
    if (++values_ > kMostValues) return Broken("it holds too many values");
    std::string anchor;
    Json value;
    if (event_.type == YAML_ALIAS_EVENT) return Alias(TextOf(event_.data.alias.anchor));
    if (event_.type == YAML_SCALAR_EVENT) {
      anchor = TextOf(event_.data.scalar.anchor);
      ARROW_ASSIGN_OR_RAISE(value, Scalar());
    } else if (event_.type == YAML_SEQUENCE_START_EVENT) {
      anchor = TextOf(event_.data.sequence_start.anchor);
      ARROW_ASSIGN_OR_RAISE(value, Sequence(level));
    } else {
      anchor = TextOf(event_.data.mapping_start.anchor);
      ARROW_ASSIGN_OR_RAISE(value, Mapping(level));
    }
    if (!anchor.empty()) anchors_[anchor] = {value, values_ - before};
    return value;
  }

  Result<Json> Alias(const std::string& name) {
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) return Broken(fmt::format("no anchor &{} before it", name));
    values_ += found->second.second;
    if (values_ > kMostValues) return Broken("it holds too many values");
    return found->second.first;
  }

  Result<Json> Scalar() {
    const auto& scalar = event_.data.scalar;
    const std::string text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    const std::string tag = TextOf(scalar.tag);
    if (tag == YAML_STR_TAG || tag == "!") return Json(text);
    if (!tag.empty()) return Broken(fmt::format("a value has the tag {}", tag));
    return scalar.plain_implicit != 0 ? PlainValue(text) : Json(text);
  }

  Result<Json> Sequence(int level) {
    if (event_.data.sequence_start.tag != nullptr) return Broken("a list has a tag");
    Json list = Json::array();
    for (;;) {
      RETURN_NOT_OK(Next());
      if (event_.type == YAML_SEQUENCE_END_EVENT) return list;
      ARROW_ASSIGN_OR_RAISE(Json item, Value(level + 1));
      list.push_back(std::move(item));
    }
  }

  Result<Json> Mapping(int level) {
    if (event_.data.mapping_start.tag != nullptr) return Broken("a mapping has a tag");
    Json map = Json::object();
    Json merged = Json::object();
    for (;;) {
      RETURN_NOT_OK(Next());
      if (event_.type == YAML_MAPPING_END_EVENT) break;
      if (event_.type != YAML_SCALAR_EVENT) return Broken("a key is no plain value");
      const std::string key(reinterpret_cast<const char*>(event_.data.scalar.value),
                            event_.data.scalar.length);
      const bool merges = key == "<<" && event_.data.scalar.plain_implicit != 0;
      RETURN_NOT_OK(Next());
      ARROW_ASSIGN_OR_RAISE(Json value, Value(level + 1));
      if (merges) {
        RETURN_NOT_OK(Merge(value, merged));
      } else {
        map[key] = std::move(value);
      }
    }
    for (auto& [key, value] : merged.items()) {
      if (!map.contains(key)) map[key] = value;
    }
    return map;
  }

  Status Merge(const Json& value, Json& merged) const {
    const Json list = value.is_array() ? value : Json::array({value});
    for (const Json& one : list) {
      if (!one.is_object()) return Broken("`<<` merges what is no mapping");
      for (const auto& [key, field] : one.items()) {
        if (!merged.contains(key)) merged[key] = field;
      }
    }
    return Status::OK();
  }

  yaml_parser_t parser_ = {};
  yaml_event_t event_ = {};
  size_t values_ = 0;
  std::map<std::string, std::pair<Json, size_t>> anchors_;  // and how many values they hold
};

}  // namespace

Result<Json> FromYaml(std::string_view yaml) { return Reader(yaml).Run(); }

}  // namespace tideway::hub
