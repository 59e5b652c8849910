#include "core/hub/card.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "core/hub/card_key_internal.h"
#include "core/hub/front_matter.h"

namespace tideway::hub {
namespace {

using Json = nlohmann::ordered_json;
using Lines = std::vector<YamlLine>;

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
                     const Json& entry, const MergeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Block* block, FindBlock(blocks, key));
  ARROW_ASSIGN_OR_RAISE(std::string text, RewriteKey(yaml, key, block, entry, options));
  if (block != nullptr) RETURN_NOT_OK(CheckAnchors(yaml, *block, text));
  if (block == nullptr) return Edit{yaml.size(), yaml.size(), std::move(text)};
  return Edit{block->head.begin, block->end(), std::move(text)};
}

Result<std::string> EditYaml(const CardText& card, const Json& info, const Json& config,
                             const MergeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Lines lines, ScanYaml(card.yaml, card.first_line));
  ARROW_ASSIGN_OR_RAISE(const auto blocks, TopLevelBlocks(lines));
  ARROW_ASSIGN_OR_RAISE(Edit first, EditKey(card.yaml, blocks, "dataset_info", info, options));
  ARROW_ASSIGN_OR_RAISE(Edit second, EditKey(card.yaml, blocks, "configs", config, options));
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

Result<std::string> MergeCard(std::string_view card, const Json& info, const Json& config,
                              const MergeOptions& options) {
  const CardText parts = SplitCard(card);
  ARROW_ASSIGN_OR_RAISE(const std::string yaml, EditYaml(parts, info, config, options));
  if (parts.has_front_matter) {
    return std::string(parts.prefix) + yaml + std::string(parts.rest);
  }
  const std::string fence = "---" + std::string(parts.line_end);
  return fence + yaml + fence + std::string(parts.rest);
}

}  // namespace tideway::hub
