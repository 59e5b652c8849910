#include "core/swh/file_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace tideway::swh {
namespace {

constexpr size_t kMostNameBytes = 180, kMostExtensionBytes = 20;

// Not in a name anywhere: on Windows, in a shell, or in a list of checksums.
bool IsAwkward(unsigned char c) {
  return c < 0x20 || c == 0x7f ||
         std::string_view("\\:*?\"<>|").find(static_cast<char>(c)) != std::string_view::npos;
}

std::string Plain(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c == '/') {
      plain += "__";
    } else {
      plain += IsAwkward(static_cast<unsigned char>(c)) ? '_' : c;
    }
  }
  return plain;
}

std::string Cut(std::string text, size_t most) {
  if (text.size() <= most) return text;
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

std::string Ending(std::string_view extension) {
  const bool sound = !extension.empty() && extension.size() <= kMostExtensionBytes &&
                     std::ranges::all_of(extension, [](unsigned char c) {
                       return c < 0x80 && (std::isalnum(c) || c == '+' || c == '-' || c == '_');
                     });
  return sound ? "." + std::string(extension) : "";
}

}  // namespace

std::string LanguageName(std::string_view language) {
  std::string name;
  for (const char c : language) {
    name += c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '_' : c;
  }
  return name.empty() || name.starts_with('.') ? "_" + name : name;
}

std::string FilePath(const FileFacts& facts, Names names) {
  const std::string ending = Ending(facts.extension);
  std::string name = facts.blob_id;
  if (names == Names::kPath) {
    std::string whole =
        Plain(facts.repo_name + (facts.path.starts_with('/') ? "" : "/") + facts.path);
    if (!ending.empty() && whole.ends_with(ending)) whole.resize(whole.size() - ending.size());
    if (whole.starts_with('.')) whole.insert(0, "_");
    name = Cut(std::move(whole), kMostNameBytes) + "-" + facts.blob_id;
  }
  return fmt::format("raw/{}/{}/{}{}", LanguageName(facts.language), facts.blob_id.substr(0, 2),
                     name, ending);
}

}  // namespace tideway::swh
