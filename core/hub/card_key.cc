#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "core/hub/card_key_internal.h"
#include "core/hub/yaml.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;
using Lines = std::vector<YamlLine>;

// `text` with `indent` spaces before each of its lines that is not blank.
std::string Indented(std::string_view text, size_t indent) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t next = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view line = text.substr(at, next - at);
    if (line.find_first_not_of("\r\n") != line.npos) out.append(indent, ' ');
    out += line;
    at = next;
  }
  return out;
}

bool IsCommentOrEmpty(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  return first == text.npos || text[first] == '#';
}

std::optional<std::string> QuotedText(std::string_view value) {
  const char quote = value[0];
  std::string text;
  for (size_t i = 1; i < value.size(); ++i) {
    const bool doubled = quote == '\'' && value.substr(i).starts_with("''");
    if (doubled) ++i;
    if (value[i] == quote && !doubled) {
      return IsCommentOrEmpty(value.substr(i + 1)) ? std::optional(text) : std::nullopt;
    }
    if (value[i] == '\n' || (value[i] == '\\' && quote == '"')) return std::nullopt;
    text += value[i];
  }
  return std::nullopt;
}

// A plain or quoted text without quotes and comment; nothing where that needs a real parser.
std::optional<std::string> PlainText(std::string_view value) {
  if (value.starts_with('\'') || value.starts_with('"')) return QuotedText(value);
  std::string text(value.substr(0, value.find(" #")));
  text.erase(text.find_last_not_of(' ') + 1);
  const bool special = text.empty() || std::string_view("&*!|>{[").find(text[0]) != text.npos;
  return special || text.find('\n') != text.npos ? std::nullopt : std::optional(text);
}

// Whether `value` is an empty list, an empty mapping or null.
bool IsNothing(std::string_view value) {
  const std::string_view text = value.substr(0, value.find(" #"));
  const std::string_view trimmed = text.substr(0, text.find_last_not_of(' ') + 1);
  return trimmed == "[]" || trimmed == "{}" || trimmed == "null" || trimmed == "~";
}

constexpr const char* kDefaultKey = "default";

// Whether the line of the key `default` says yes.
bool SaysYes(const YamlLine& line) {
  if (!line.has_key || line.key != kDefaultKey) return false;
  const auto value = PlainText(line.value);
  return value != "false" && value != "no";
}

Error TwoDefaults(const std::string& ours, const std::string& other) {
  return Error(ErrorKind::kConflict,
               fmt::format("hub: the configuration `{}` is the default of this dataset: `{}` would "
                           "be a second one",
                           other, ours))
      .Hint(ours == kConfigName
                ? "name another configuration, or push with set_default"
                : "push without set_default, or rename that one in README.md first");
}

// Rewrites one of our two keys, keeping the entries of other configurations.
class KeyEditor {
 public:
  KeyEditor(std::string_view yaml, std::string_view key, const MergeOptions& options)
      : yaml_(yaml), key_(key), options_(options) {}

  // The new text of the key. `single`: a lone entry of ours stands as a mapping, without the name
  // `default`.
  Result<std::string> Rewrite(const Block* block, Json entry, bool single) {
    if (block != nullptr) RETURN_NOT_OK(ReadEntries(*block));
    const std::string& name = options_.name;
    if (key_ == "configs") RETURN_NOT_OK(SettleDefault(entry));
    others_.erase(name);
    if (others_.empty() && single && name == kConfigName) return ToYaml({{key_, entry}});

    Json named = {{"config_name", name}};
    named.update(entry);
    if (others_.empty() && single) return ToYaml({{key_, named}});
    others_[name] = Item(named);
    std::string out = key_ + ":\n";
    for (const auto& [_, text] : others_) out += text;
    return out;
  }

 private:
  Status ReadEntries(const Block& block) {
    const YamlLine& head = block.head;
    const bool bare = IsCommentOrEmpty(head.value);
    if (block.lines.empty() && (bare || IsNothing(head.value))) return Status::OK();
    if (!bare) {
      return CardError(head.number, fmt::format("`{}` is not in block style", key_));
    }
    const YamlLine& first = block.lines.front();
    return first.dash_column == YamlLine::kNone ? ReadMapping(block) : ReadList(block);
  }

  std::string Item(const Json& entry) const {
    return Indented(ToYaml(Json::array({entry})), indent_);
  }

  // Sees to it that one configuration at most is the default, and that ours is when it should be.
  Status SettleDefault(Json& entry) {
    const std::string& name = options_.name;
    if (others_.empty() && name != kConfigName && !options_.unnamed.is_null()) {
      Json named = {{"config_name", kConfigName}};
      named.update(options_.unnamed);
      others_[std::string(kConfigName)] = Item(named);
    }
    if (name == kConfigName) {
      if (default_.empty() || default_ == name || options_.make_default) return Status::OK();
      return TwoDefaults(name, default_);
    }
    if (!options_.make_default && default_ != name) return Status::OK();
    if (options_.make_default && others_.contains(std::string(kConfigName))) {
      return TwoDefaults(name, std::string(kConfigName));
    }
    entry[kDefaultKey] = true;
    return Status::OK();
  }

  Status ReadMapping(const Block& block) {
    ARROW_ASSIGN_OR_RAISE(auto name, NameIn(block.lines, 0, block.lines.size()));
    if (key_ == "configs") {
      return CardError(block.head.number, "`configs` is not a list");
    }
    const YamlLine& first = block.lines.front();
    const std::string_view text = yaml_.substr(first.begin, block.end() - first.begin);
    if (name) {
      others_[*name] = AsItem(text, first.column);
    } else {
      const std::string head(first.column, ' ');
      others_[std::string(kConfigName)] =
          AsItem(fmt::format("{}config_name: {}\n{}", head, kConfigName, text), first.column);
    }
    return Status::OK();
  }

  // The mapping `text`, whose keys stand at `column`, as a list item that is not indented.
  static std::string AsItem(std::string_view text, size_t column) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const size_t next = std::min(text.find('\n', at), text.size() - 1) + 1;
      std::string_view line = text.substr(at, next - at);
      const size_t spaces = std::min(line.find_first_not_of(' '), line.size());
      line.remove_prefix(std::min(spaces, column));
      out += at == 0 ? "- " : "  ";
      out += line;
      at = next;
    }
    return out;
  }

  Status ReadList(const Block& block) {
    const size_t dash = block.lines.front().dash_column;
    indent_ = dash;
    for (size_t begin = 0; begin < block.lines.size();) {
      const YamlLine& first = block.lines[begin];
      if (first.dash_column != dash) return CardError(first.number, "it is no item of the list");
      size_t end = begin + 1;
      while (end < block.lines.size() && Inside(block.lines[end], first.column)) ++end;
      RETURN_NOT_OK(ReadItem(block.lines, begin, end));
      begin = end;
    }
    return Status::OK();
  }
  // Whether `line` belongs to the item whose text begins at `column`.
  static bool Inside(const YamlLine& line, size_t column) {
    return std::min(line.dash_column, line.column) >= column;
  }

  Status ReadItem(const Lines& lines, size_t begin, size_t end) {
    const YamlLine& first = lines[begin];
    ARROW_ASSIGN_OR_RAISE(auto name, NameIn(lines, begin, end));
    if (!name) {
      return CardError(first.number, fmt::format("an entry of `{}` has no config_name", key_));
    }
    const size_t stop = end < lines.size() ? lines[end].begin : lines[end - 1].end;
    ARROW_ASSIGN_OR_RAISE(std::string text, TextOf(lines, begin, end, stop, *name));
    if (!text.ends_with('\n')) text += '\n';
    if (!others_.emplace(*name, std::move(text)).second) {
      return CardError(first.number, fmt::format("the configuration `{}` is there twice", *name));
    }
    return Status::OK();
  }

  // The item of the configuration `name`; without its line `default: true` when ours becomes that.
  Result<std::string> TextOf(const Lines& lines, size_t begin, size_t end, size_t stop,
                             const std::string& name) {
    std::string text;
    size_t at = lines[begin].begin;
    for (size_t i = begin; i < end; ++i) {
      const YamlLine& line = lines[i];
      if (line.column != lines[begin].column || !SaysYes(line) || key_ != "configs") continue;
      default_ = name;
      if (!options_.make_default || name == options_.name) continue;
      if (i == begin) return CardError(line.number, "`default` is the first key of its entry");
      text += yaml_.substr(at, line.begin - at);
      at = line.end;
    }
    return text.append(yaml_.substr(at, stop - at));
  }

  // The value of config_name among the keys of the mapping that begins at line `begin`.
  Result<std::optional<std::string>> NameIn(const Lines& lines, size_t begin, size_t end) const {
    const size_t column = lines[begin].column;
    for (size_t i = begin; i < end; ++i) {
      const YamlLine& line = lines[i];
      const bool of_mapping =
          line.column == column && (i == begin || line.dash_column == YamlLine::kNone);
      if (!of_mapping || !line.has_key || line.key != "config_name") continue;
      auto name = PlainText(line.value);
      if (!name) return CardError(line.number, "config_name is not plain text");
      return name;
    }
    return std::optional<std::string>();
  }

  const std::string_view yaml_;
  const std::string key_;
  const MergeOptions& options_;
  std::string default_;                        // the configuration that the card calls so
  size_t indent_ = 0;                          // of the list's dashes
  std::map<std::string, std::string> others_;  // config_name -> its item; sorted, as on the Hub
};

}  // namespace

Result<std::string> RewriteKey(std::string_view yaml, std::string_view key, const Block* block,
                               const Json& entry, const MergeOptions& options) {
  return KeyEditor(yaml, key, options).Rewrite(block, entry, key == "dataset_info");
}

}  // namespace tideway::hub
