#include "core/hub/card.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "core/hub/front_matter.h"
#include "core/hub/yaml.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;
using Lines = std::vector<YamlLine>;

// One top-level key with all its lines.
struct Block {
  YamlLine head;
  Lines lines;  // below the key's own
  size_t end() const { return lines.empty() ? head.end : lines.back().end; }
};

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

Result<std::vector<Block>> TopLevelBlocks(const Lines& lines) {
  std::vector<Block> blocks;
  for (const YamlLine& line : lines) {
    const bool starts_key = line.has_key && line.column == 0;
    if (starts_key) {
      blocks.push_back({line, {}});
    } else if (blocks.empty()) {
      return CardError(line.number, "it belongs to no key");
    } else if (line.column == 0) {
      return CardError(line.number, "it is no `key: value` and not indented");
    } else {
      blocks.back().lines.push_back(line);
    }
  }
  return blocks;
}

// The block of `key`, or null. Twice the same key is an error.
Result<const Block*> FindBlock(const std::vector<Block>& blocks, std::string_view key) {
  const Block* found = nullptr;
  for (const Block& block : blocks) {
    if (block.head.key != key) continue;
    if (found != nullptr) {
      return CardError(block.head.number, fmt::format("`{}` is there twice", key));
    }
    found = &block;
  }
  return found;
}

// Rewrites one of our two keys, keeping the entries of other configurations.
class KeyEditor {
 public:
  KeyEditor(std::string_view yaml, std::string_view key) : yaml_(yaml), key_(key) {}

  // The new text of the key. `single`: a lone entry of ours stands as a mapping, without its name.
  Result<std::string> Rewrite(const Block* block, const Json& entry, bool single) {
    if (block != nullptr) RETURN_NOT_OK(ReadEntries(*block));
    const std::string name(kConfigName);
    others_.erase(name);
    if (others_.empty() && single) return ToYaml({{key_, entry}});

    Json named = {{"config_name", name}};
    named.update(entry);
    others_[name] = Indented(ToYaml(Json::array({named})), indent_);
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

  Status ReadMapping(const Block& block) {
    ARROW_ASSIGN_OR_RAISE(auto name, NameIn(block.lines, 0, block.lines.size()));
    if (key_ == "configs") {
      return CardError(block.head.number, "`configs` is not a list");
    }
    const YamlLine& first = block.lines.front();
    const std::string_view text = yaml_.substr(first.begin, block.end() - first.begin);
    others_[name.value_or(std::string(kConfigName))] = AsItem(text, first.column);
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
    std::string text(yaml_.substr(first.begin, stop - first.begin));
    if (!text.ends_with('\n')) text += '\n';
    if (!others_.emplace(*name, std::move(text)).second) {
      return CardError(first.number, fmt::format("the configuration `{}` is there twice", *name));
    }
    return Status::OK();
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
  size_t indent_ = 0;                          // of the list's dashes
  std::map<std::string, std::string> others_;  // config_name -> its item; sorted, as on the Hub
};

// Refuses to put `text` in the place of `block` where that removes an anchor (`&name`) that is
// still used (`*name`).
Status CheckAnchors(std::string_view yaml, const Block& block, std::string_view text) {
  std::string rest(yaml.substr(0, block.head.begin));
  rest.append(text).append(yaml.substr(block.end()));
  for (const YamlLine& line : block.lines) {
    if (!line.value.starts_with('&')) continue;
    const std::string name(line.value.substr(1, line.value.find_first_of(" \r\n") - 1));
    if (text.find("&" + name) != text.npos || rest.find("*" + name) == rest.npos) continue;
    return CardError(line.number, fmt::format("other entries refer to the anchor &{}", name));
  }
  return Status::OK();
}

std::string WithLineEnd(const std::string& text, std::string_view line_end) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool bare = text[i] == '\n' && (i == 0 || text[i - 1] != '\r');
    if (bare) {
      out += line_end;
    } else {
      out += text[i];
    }
  }
  return out;
}

// What stands in `yaml` between begin and end becomes `text`.
struct Edit {
  size_t begin = 0;
  size_t end = 0;
  std::string text;
};

Result<Edit> EditKey(std::string_view yaml, const std::vector<Block>& blocks, const char* key,
                     const Json& entry, bool single) {
  ARROW_ASSIGN_OR_RAISE(const Block* block, FindBlock(blocks, key));
  ARROW_ASSIGN_OR_RAISE(std::string text, KeyEditor(yaml, key).Rewrite(block, entry, single));
  if (block != nullptr) RETURN_NOT_OK(CheckAnchors(yaml, *block, text));
  if (block == nullptr) return Edit{yaml.size(), yaml.size(), std::move(text)};
  return Edit{block->head.begin, block->end(), std::move(text)};
}

Result<std::string> EditYaml(const CardText& card, const Json& info, const Json& config) {
  ARROW_ASSIGN_OR_RAISE(const Lines lines, ScanYaml(card.yaml, card.first_line));
  ARROW_ASSIGN_OR_RAISE(const auto blocks, TopLevelBlocks(lines));
  ARROW_ASSIGN_OR_RAISE(Edit first, EditKey(card.yaml, blocks, "dataset_info", info, true));
  ARROW_ASSIGN_OR_RAISE(Edit second, EditKey(card.yaml, blocks, "configs", config, false));
  if (second.begin < first.begin) std::swap(first, second);
  std::string out;
  size_t at = 0;
  for (const Edit& edit : {first, second}) {
    out += card.yaml.substr(at, edit.begin - at);
    out += WithLineEnd(edit.text, card.line_end);
    at = edit.end;
  }
  return out + std::string(card.yaml.substr(at));
}

}  // namespace

Result<std::string> MergeCard(std::string_view card, const Json& info, const Json& config) {
  const CardText parts = SplitCard(card);
  ARROW_ASSIGN_OR_RAISE(const std::string yaml, EditYaml(parts, info, config));
  if (parts.has_front_matter) {
    return std::string(parts.prefix) + yaml + std::string(parts.rest);
  }
  const std::string fence = "---" + std::string(parts.line_end);
  return fence + yaml + fence + std::string(parts.rest);
}

}  // namespace tideway::hub
