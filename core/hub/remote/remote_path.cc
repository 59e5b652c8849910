#include "core/hub/remote/remote_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "core/base/utf8.h"

namespace tideway::hub {
namespace {

constexpr size_t kMostPathBytes = 3000, kMostPartBytes = 255;

std::string_view RuleBrokenBy(std::string_view part) {
  if (part.empty()) return "it has an empty part";
  if (part == "." || part == "..") return "it has a part `.` or `..`";
  if (part.size() > kMostPartBytes) return "a part is longer than 255 bytes";
  return "";
}

std::string_view RuleBrokenByAll(const std::string& path) {
  if (path.empty()) return "it is empty";
  if (path.size() > kMostPathBytes) return "it is longer than 3000 bytes";
  if (path.front() == '/') return "it is absolute";
  if (!IsUtf8(path)) return "it is not UTF-8";
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(path, is_control)) return "it has a control character";
  if (path.find('\\') != path.npos) return "it has a `\\`";
  if (path.size() > 1 && path[1] == ':' && std::isalpha(static_cast<unsigned char>(path[0]))) {
    return "it begins with a drive";
  }
  if (path == ".cache/huggingface" || path.starts_with(".cache/huggingface/")) {
    return "downloads keep their own files there";
  }
  return "";
}

// For a log: nothing that a terminal would obey.
std::string Shown(const std::string& path) {
  std::string shown;
  for (const unsigned char c : path.substr(0, 200)) {
    shown +=
        c < 0x20 || c >= 0x7f ? fmt::format("\\x{:02x}", c) : std::string(1, static_cast<char>(c));
  }
  return shown;
}

std::string_view PathRuleBroken(const std::string& path) {
  std::string_view rule = RuleBrokenByAll(path);
  for (size_t at = 0; rule.empty() && at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    rule = RuleBrokenBy(std::string_view(path).substr(at, end - at));
    at = end + 1;
  }
  return rule;
}

bool HasGitPart(const std::string& path) {
  return ("/" + path + "/").find("/.git/") != std::string::npos;
}

}  // namespace

Status CheckRemotePath(const std::string& path) {
  const std::string_view rule = PathRuleBroken(path);
  if (rule.empty()) return Status::OK();
  return Error(ErrorKind::kData,
               fmt::format("hub: the name of a file is refused: `{}`: {}", Shown(path), rule))
      .Hint("leave it out with `exclude`, or have it renamed in the repository");
}

Status CheckUploadPath(const std::string& path) {
  constexpr size_t kMostUploadBytes = 1000;
  std::string_view rule = PathRuleBroken(path);
  if (rule.empty() && HasGitPart(path)) rule = "a part `.git` is git's own";
  if (rule.empty() && path.size() > kMostUploadBytes) rule = "it is longer than 1000 bytes";
  if (rule.empty()) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("hub: not a name in a repository: `{}`: {}", Shown(path), rule))
      .Hint("give it another name there with --to, or leave it out");
}

Status CheckBlobName(const std::string& etag) {
  constexpr size_t kMostTagBytes = 150;  // what is added to it still fits in a file's name
  std::string_view rule = PathRuleBroken(etag);
  if (rule.empty() && etag.find('/') != etag.npos) rule = "it has a `/`";
  if (rule.empty() && etag.front() == '.') rule = "it begins with `.`";
  if (rule.empty() && etag.ends_with(".incomplete")) rule = "downloads on their way end so";
  if (rule.empty() && etag.size() > kMostTagBytes) rule = "it is longer than 150 bytes";
  if (rule.empty()) return Status::OK();
  return Error(ErrorKind::kData,
               fmt::format("hub: an ETag that is no name of a file: `{}`: {}", Shown(etag), rule))
      .Hint("is HF_ENDPOINT the address of a Hub?");
}

}  // namespace tideway::hub
