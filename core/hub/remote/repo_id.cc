#include "core/hub/remote/repo_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "core/net/url.h"

namespace tideway::hub {
namespace {

constexpr std::array<std::pair<RepoType, std::string_view>, 3> kPlurals{
    {{RepoType::kModel, "models"}, {RepoType::kDataset, "datasets"}, {RepoType::kSpace, "spaces"}}};

bool IsPart(std::string_view part) {
  const auto is_name = [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '_' || c == '-';
  };
  const auto is_edge = [](char c) { return c == '.' || c == '-'; };
  return !part.empty() && std::ranges::all_of(part, is_name) && !is_edge(part.front()) &&
         !is_edge(part.back());
}

// "%2F" and its kin; nothing when one is cut short.
std::optional<std::string> Decoded(std::string_view text) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    const auto is_hex = [&](size_t i) {
      return i < text.size() && std::isxdigit(static_cast<unsigned char>(text[i]));
    };
    if (!is_hex(at + 1) || !is_hex(at + 2)) return std::nullopt;
    decoded += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
    at += 2;
  }
  return decoded;
}

// How long the revision at the beginning of `text` is.
size_t RevisionLength(std::string_view text) {
  for (const std::string_view special : {"refs/pr/", "refs/convert/"}) {
    if (text.starts_with(special)) return std::min(text.find('/', special.size()), text.size());
  }
  return std::min(text.find('/'), text.size());
}

Error NotAPath(std::string_view uri) {
  return Error(ErrorKind::kUsage, fmt::format("hub: not a path on the Hub: {}", uri))
      .Hint("write hf://datasets/namespace/name, then @revision and /path where they are meant");
}

}  // namespace

bool IsCommit(const std::string& revision) {
  return revision.size() == 40 && std::ranges::all_of(revision, [](unsigned char c) {
           return std::isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

bool IsContentHash(const std::string& text) {
  return IsCommit(text) ||
         (text.size() == 64 && IsCommit(text.substr(0, 40)) && IsCommit(text.substr(24)));
}

Result<RepoId> RepoId::Make(RepoType type, std::string id) {
  constexpr size_t kMostCharacters = 96;
  const auto refuse = [&](std::string_view rule) {
    return Error(ErrorKind::kUsage, fmt::format("hub: not a repository: `{}`: {}", id, rule))
        .Hint("write namespace/name");
  };
  if (id.empty() || id.size() > kMostCharacters) return refuse("a name has 1 to 96 characters");
  const size_t slash = id.find('/');
  const std::string_view whole = id;
  const bool parts = slash == id.npos
                         ? IsPart(whole)
                         : IsPart(whole.substr(0, slash)) && IsPart(whole.substr(slash + 1));
  if (!parts) {
    return refuse(
        "a name is of letters, digits and `-._`, with one `/`, and neither begins nor ends with "
        "`-` "
        "or `.`");
  }
  if (id.find("--") != id.npos || id.find("..") != id.npos || id.ends_with(".git")) {
    return refuse("a name has no `--` and no `..`, and does not end with .git");
  }
  return RepoId{type, std::move(id)};
}

std::string_view RepoId::plural() const {
  return std::ranges::find(kPlurals, type, &std::pair<RepoType, std::string_view>::first)->second;
}

std::string_view RepoId::noun() const { return plural().substr(0, plural().size() - 1); }

std::string RepoId::web_path() const {
  return type == RepoType::kModel ? id : fmt::format("{}/{}", plural(), id);
}

std::string RepoId::api_path() const { return fmt::format("/api/{}/{}", plural(), id); }

std::string RepoId::file_path(const std::string& revision, const std::string& path) const {
  return fmt::format("/{}/resolve/{}/{}", web_path(), net::EncodeSegment(revision),
                     net::EncodePath(path));
}

std::string RepoId::cache_name() const {
  std::string name = fmt::format("{}--", plural());
  for (const char c : id) name += c == '/' ? std::string("--") : std::string(1, c);
  return name;
}

Result<HubPath> HubPath::Parse(std::string_view uri) {
  constexpr std::string_view kScheme = "hf://";
  std::string_view rest = uri;
  if (!rest.starts_with(kScheme)) return NotAPath(uri);
  rest.remove_prefix(kScheme.size());
  HubPath parsed;
  parsed.repo.type = RepoType::kModel;
  for (const auto& [type, plural] : kPlurals) {
    if (!rest.starts_with(plural) || rest.size() == plural.size() || rest[plural.size()] != '/')
      continue;
    parsed.repo.type = type;
    rest.remove_prefix(plural.size() + 1);
    break;
  }
  const size_t first = rest.find('/');
  if (first == rest.npos) return NotAPath(uri);
  const size_t end = std::min(rest.find_first_of("/@", first + 1), rest.size());
  ARROW_ASSIGN_OR_RAISE(parsed.repo,
                        RepoId::Make(parsed.repo.type, std::string(rest.substr(0, end))));
  rest.remove_prefix(end);
  if (rest.starts_with('@')) {
    rest.remove_prefix(1);
    const size_t length = RevisionLength(rest);
    const auto revision = Decoded(rest.substr(0, length));
    if (!revision || revision->empty()) return NotAPath(uri);
    parsed.revision = *revision;
    rest.remove_prefix(length);
  }
  if (rest.starts_with('/')) rest.remove_prefix(1);
  parsed.path = rest;
  return parsed;
}

}  // namespace tideway::hub
