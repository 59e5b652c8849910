#include "core/tokens/replace_all.h"

#include <nlohmann/json.hpp>

namespace tideway::tokens {

std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to) {
  if (from.empty()) return std::string(text);
  std::string replaced;
  size_t begin = 0;
  for (size_t at = 0; (at = text.find(from, begin)) != std::string_view::npos;) {
    replaced.append(text.substr(begin, at - begin)).append(to);
    begin = at + from.size();
  }
  return replaced.append(text.substr(begin));
}

Result<ReplaceRule> ReadReplace(Fields& fields) {
  const nlohmann::json& pattern = fields.Get("pattern");
  ReplaceRule rule{.from = {}, .to = fields.String("content", "")};
  RETURN_NOT_OK(fields.Finish());
  Fields strings(pattern, fields.where() + ": pattern");
  rule.from = strings.String("String", "");
  const std::string regex = strings.String("Regex", "");
  RETURN_NOT_OK(strings.Finish());
  if (!rule.from.empty()) return rule;
  return Unfit(fields.where(), "Replace of a regular expression is not known here: " + regex);
}

}  // namespace tideway::tokens
