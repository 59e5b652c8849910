// E-mail addresses: letters, digits and . _ % + - before the @, a host name with a known top-level
// domain behind it.
#include <algorithm>
#include <array>

#include "core/pii/context_internal.h"
#include "core/pii/replacement_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr size_t kMostLocalBytes = 64;
constexpr size_t kMostHostBytes = 253;
constexpr size_t kMostUrlBytes = 256;

constexpr auto kTopLevelDomains = std::to_array<std::string_view>({
#include "core/pii/top_level_domains.inc"
});

// Those that are names of attributes in code, too.
constexpr auto kAttributes = std::to_array<std::string_view>(
    {"app", "at",   "cat", "data", "design", "dev",   "email", "group", "id",
     "in",  "info", "io",  "is",   "it",     "link",  "me",    "name",  "no",
     "one", "page", "py",  "re",   "rs",     "store", "to",    "top",   "work"});

constexpr auto kMailWords = std::to_array<std::string_view>(
    {"mail*", "email*", "e-mail", "contact*", "author*", "write*", "from", "to", "cc", "bcc", "by",
     "kontakt", "maintainer*", "reach", "send", "address"});

// Users of source repositories, who are no persons.
constexpr auto kRemoteUsers = std::to_array<std::string_view>({"git", "hg", "svn", "ssh"});

bool IsLocal(char c) { return IsWord(c) || IsOneOf(c, ".+-"); }
bool IsHost(char c) { return IsAlnum(c) || IsOneOf(c, ".-"); }

// Nobody writes a domain's end in both; code may, as x@W.mT.
bool IsInOneCase(std::string_view word) {
  const auto of = [&](int byte_class) {
    return std::ranges::any_of(word, [&](char c) { return Is(c, byte_class); });
  };
  return !of(kLowerByte) || !of(kUpperByte);
}

bool IsListed(std::span<const std::string_view> sorted, std::string_view word) {
  std::array<char, 16> lower;
  if (word.size() > lower.size()) return false;
  std::ranges::transform(word, lower.begin(), Lower);
  return std::ranges::binary_search(sorted, std::string_view(lower.data(), word.size()));
}

// Whether all labels are made of letters, digits and inner dashes.
bool AreLabels(std::string_view host) {
  for (size_t begin = 0; begin <= host.size();) {
    const size_t end = std::min(host.find('.', begin), host.size());
    if (begin == end || end - begin > 63 || host[begin] == '-' || host[end - 1] == '-')
      return false;
    begin = end + 1;
  }
  return true;
}

// Whether what stands before `local` is the scheme of a URL and no path: then user and password
// come.
bool IsUserOfUrl(std::string_view text, size_t local) {
  const size_t least = local > kMostUrlBytes ? local - kMostUrlBytes : 0;
  for (size_t i = local; i > least; --i) {
    const char c = text[i - 1];
    if (c == '/') return i > 2 && text[i - 2] == '/' && text[i - 3] == ':';
    if (Is(c, kSpaceByte | kQuoteByte) || IsOneOf(c, "\n<>(")) return false;
  }
  return false;
}

// Whether the path of a file on another machine follows: user@host:path/of/file.
bool IsRemotePath(std::string_view rest, std::string_view local) {
  if (!rest.starts_with(':') || rest.size() < 2 || Is(rest[1], kSpaceByte | kQuoteByte))
    return false;
  if (IsListed(kRemoteUsers, local)) return true;
  const size_t end = rest.find_first_of(" \t\n\"'`<>,;)");
  return rest.substr(0, end).find('/') != rest.npos;
}

bool IsName(std::string_view text) {
  return !text.empty() && !IsDigit(text[0]) && std::ranges::all_of(text, IsWord);
}

// Whether an operand may stand at `begin`: at the begin of a line, behind an operator or `return`,
// in brackets, unless a name stands before those: "Ana Ray (ana@ray.dev)".
bool StandsInCode(const Scan& scan, size_t begin) {
  const std::string_view text = scan.text;
  size_t end = begin;
  while (end > 0 && text[end - 1] == ' ') --end;
  if (end == 0 || IsOneOf(text[end - 1], "\n=+-*[")) return true;
  if (text[end - 1] != '(') return text.substr(0, end).ends_with("return");
  size_t word = end - 1;
  if (word == 0 || text[word - 1] != ' ') return true;
  --word;
  while (word > 0 && Is(text[word - 1], kLetterByte)) --word;
  return !Is(text[word], kUpperByte);
}

// Whether it may be a product of matrices, x@w.id, and nothing around it says otherwise.
bool IsProduct(Scan& scan, size_t begin, size_t at, size_t end) {
  const std::string_view host = scan.text.substr(at + 1, end - at - 1);
  const size_t dot = host.find('.');
  if (Is(host.back(), kUpperByte) || !IsListed(kAttributes, host.substr(dot + 1)) ||
      !IsName(host.substr(0, dot)) || !IsName(scan.text.substr(begin, at - begin))) {
    return false;
  }
  return StandsInCode(scan, begin) && LastWord(LeftContext(scan, begin), kMailWords) == 0 &&
         LastWord(scan.columns.NameAt(begin), kMailWords) == 0;
}

}  // namespace

void FindEmail(Scan& scan, size_t at) {
  const std::string_view text = scan.text;
  size_t begin = at;
  while (begin > 0 && at - begin <= kMostLocalBytes && IsLocal(text[begin - 1])) --begin;
  if (begin > 0 && text[begin - 1] == '\\' && IsOneOf(text[begin], "nrt")) ++begin;
  while (begin < at && !IsWord(text[begin])) ++begin;
  size_t end = at + 1;
  while (end < text.size() && end - at <= kMostHostBytes && IsHost(text[end])) ++end;
  while (end > at + 1 && !IsAlnum(text[end - 1])) --end;
  if (begin == at || at - begin > kMostLocalBytes || end - at > kMostHostBytes) return;

  const std::string_view local = text.substr(begin, at - begin);
  const std::string_view host = text.substr(at + 1, end - at - 1);
  const size_t dot = host.rfind('.');
  if (local.back() == '.' || local.find("..") != local.npos) return;
  if (dot == host.npos || !AreLabels(host)) return;
  const std::string_view domain = host.substr(dot + 1);
  if (scan.Fails(Check::kTopLevelDomain, IsListed(kTopLevelDomains, domain) && IsInOneCase(domain)))
    return;
  // A format string, or a part of an expression.
  if (begin > 0 && IsOneOf(text[begin - 1], "%${}")) return;
  const char behind = scan.At(end);
  if (IsOneOf(behind, "([@_") && behind != '\0') return;
  const bool address = !IsUserOfUrl(text, begin) && !IsRemotePath(text.substr(end), local) &&
                       !IsProduct(scan, begin, at, end);
  if (scan.Fails(Check::kAddressContext, address)) return;
  if (IsFakeEmail(text.substr(begin, end - begin))) return;
  scan.Add(Kind::kEmail, begin, end);
}

}  // namespace tideway::pii::internal
