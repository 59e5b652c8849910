#include "core/text/code_files.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "core/base/ascii.h"
#include "core/dataset/text_kernel.h"

namespace tideway::text {
namespace {

std::string_view NameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string Json(const Names& names) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const auto& [what, name] : names) json.push_back({what, name});
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class LanguageTable {
 public:
  explicit LanguageTable(const Names& names) {
    for (const auto& [what, language] : names) {
      exact_.emplace(what, language);
      any_case_.emplace(LowerAscii(what), language);
    }
  }

  std::optional<std::string> Of(std::string_view path) const {
    const std::string name(NameOf(path));
    if (auto language = In(exact_, name)) return language;
    return In(any_case_, LowerAscii(name));
  }

 private:
  using Table = std::unordered_map<std::string, std::string>;
  // The whole name, then what follows each dot, the longest first.
  static std::optional<std::string> In(const Table& table, const std::string& name) {
    for (size_t at = 0; at != name.npos; at = name.find('.', at + 1)) {
      const auto found = table.find(name.substr(at));
      if (found != table.end()) return found->second;
    }
    return std::nullopt;
  }

  Table exact_, any_case_;
};

bool IsPart(std::string_view part, std::string_view path) {
  if (part.ends_with('/')) {
    return path.starts_with(part) || path.find("/" + std::string(part)) != path.npos;
  }
  const std::string_view name = NameOf(path);
  if (part.starts_with('*')) return name.ends_with(part.substr(1));
  if (part.ends_with('*')) return name.starts_with(part.substr(0, part.size() - 1));
  return name == part;
}

// Letters and digits in lower case, with one space for all that stands between.
std::string Words(std::string_view text) {
  std::string words;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || byte >= 0x80 || c == '.') {
      words += static_cast<char>(std::tolower(byte));
    } else if (!words.empty() && words.back() != ' ') {
      words += ' ';
    }
  }
  return words;
}

std::optional<std::string> SpdxTag(std::string_view text) {
  constexpr std::string_view kTag = "SPDX-License-Identifier:";
  const size_t tag = text.find(kTag);
  if (tag == text.npos) return std::nullopt;
  std::string_view line = text.substr(tag + kTag.size());
  line = line.substr(0, line.find_first_of("\r\n"));
  for (const std::string_view end : {"*/", "-->"}) line = line.substr(0, line.find(end));
  const size_t begin = line.find_first_not_of(" \t\"'");
  if (begin == line.npos) return std::nullopt;
  return std::string(line.substr(begin, line.find_last_not_of(" \t\"',;") - begin + 1));
}

}  // namespace

dataset::KernelPtr MakeLanguage(const Names& names) {
  return dataset::MakeTextKernel(
      "code.language", Json(names),
      [table = LanguageTable(names)](std::string_view path) { return table.Of(path); });
}

dataset::KernelPtr MakePathKind(const Names& parts) {
  return dataset::MakeTextKernel("code.path_kind", Json(parts),
                                 [parts](std::string_view path) -> std::optional<std::string> {
                                   for (const auto& [part, kind] : parts) {
                                     if (IsPart(part, path)) return kind;
                                   }
                                   return std::nullopt;
                                 });
}

dataset::KernelPtr MakeLicense(const Names& phrases, int64_t bytes) {
  nlohmann::ordered_json options = {{"phrases", Json(phrases)}, {"bytes", bytes}};
  Names words;
  for (const auto& [phrase, license] : phrases) words.emplace_back(Words(phrase), license);
  const auto find = [words, bytes](std::string_view text) -> std::optional<std::string> {
    const std::string_view head = text.substr(0, static_cast<size_t>(bytes));
    if (auto tag = SpdxTag(head)) return tag;
    const std::string all = Words(head);
    for (const auto& [phrase, license] : words) {
      if (all.find(phrase) != all.npos) return license;
    }
    return std::nullopt;
  };
  return dataset::MakeTextKernel("code.license", options.dump(), find);
}

}  // namespace tideway::text
