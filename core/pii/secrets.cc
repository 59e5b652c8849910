// Secrets that are assigned to a name: password = "...", DB_PASSWORD=..., "client_secret": "...",
// setenv("TOKEN", "..."), Authorization: Bearer ...
#include <algorithm>
#include <array>
#include <optional>

#include "core/pii/context_internal.h"
#include "core/pii/randomness_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr size_t kMostNameBytes = 64;
constexpr size_t kFewestValueBytes = 8;
constexpr size_t kMostValueBytes = 256;
constexpr size_t kMostTypeBytes = 32;
constexpr size_t kMostDefaultBytes = 80;

// What names end in, in small letters and without _ and -.
constexpr auto kPasswordNames =
    std::to_array<std::string_view>({"password", "passwd", "pwd", "passphrase", "secret"});
constexpr auto kTokenNames = std::to_array<std::string_view>(
    {"token", "apikey", "secretkey", "accesskey", "authkey", "accountkey", "signingkey",
     "encryptionkey", "masterkey", "privatekey", "servicekey", "clientkey", "appkey"});

struct Span {
  size_t begin;
  size_t end;
};

bool IsNameByte(char c) { return IsWord(c) || c == '-'; }

std::string PlainName(std::string_view name) {
  std::string plain;
  for (char c : name) {
    if (c != '_' && c != '-') plain += Lower(c);
  }
  return plain;
}

bool EndsWithOneOf(std::string_view name, Words endings) {
  return std::ranges::any_of(endings, [&](auto ending) { return name.ends_with(ending); });
}

enum class NameKind { kOther, kPassword, kToken };

NameKind KindOfName(const Scan& scan, std::string_view plain_name) {
  if (EndsWithOneOf(plain_name, kPasswordNames)) return NameKind::kPassword;
  const bool token = EndsWithOneOf(plain_name, kTokenNames);
  return scan.Fails(Check::kSecretName, token) ? NameKind::kOther : NameKind::kToken;
}

bool IsSecret(const Scan& scan, std::string_view value, NameKind kind) {
  if (value.size() < kFewestValueBytes) return false;
  const bool random = kind == NameKind::kPassword ? IsRandomPassword(value) : IsRandomToken(value);
  if (scan.Fails(Check::kRandomness, random)) return false;
  return !scan.Fails(Check::kPlaceholder, !IsPlaceholder(value));
}

size_t SkipBlanks(const Scan& scan, size_t i) {
  while (Is(scan.At(i), kSpaceByte) && i < scan.text.size()) ++i;
  return i;
}

// A string in quotes from `i` on, maybe with letters before it (r"", f"", R"( )"): what is in it.
std::optional<Span> QuotedAt(const Scan& scan, size_t i) {
  const std::string_view text = scan.text;
  for (int letters = 0; letters < 2 && Is(scan.At(i), kLetterByte); ++letters) ++i;
  if (scan.At(i) == '\\') ++i;
  if (!Is(scan.At(i), kQuoteByte) || i >= text.size()) return std::nullopt;
  const char quote = text[i++];
  const bool raw = i > 1 && text[i - 2] == 'R' && scan.At(i) == '(';
  if (raw) ++i;
  const char end = raw ? ')' : quote;
  const std::string_view rest = text.substr(i, kMostValueBytes);
  const size_t size = std::min(rest.find(end), rest.size());
  if (size == rest.size() || std::ranges::any_of(rest.substr(0, size), [](char c) {
        return Is(c, kSpaceByte) || c == '\n';
      })) {
    return std::nullopt;
  }
  // The string may be one inside of another: \"value\".
  const bool escaped = size > 0 && rest[size - 1] == '\\';
  return Span{.begin = i, .end = i + size - (escaped ? 1 : 0)};
}

// What stands without quotes: up to a blank or a sign that ends values.
Span BareAt(const Scan& scan, size_t i, bool in_query) {
  const std::string_view ends = in_query ? " \t\r\n\"'`<>;,)}]&" : " \t\r\n\"'`<>;,)}]";
  const std::string_view rest = scan.text.substr(i, kMostValueBytes);
  size_t size = std::min(rest.find_first_of(ends), rest.size());
  while (size > 0 && IsOneOf(rest[size - 1], ".:\\")) --size;
  return {.begin = i, .end = i + size};
}

// The string in quotes behind the || of an expression, or in the brackets of a call.
std::optional<Span> QuotedIn(const Scan& scan, size_t i) {
  const std::string_view line = scan.text.substr(i, kMostDefaultBytes);
  const std::string_view rest = line.substr(0, line.find_first_of("\n;"));
  for (std::string_view before : {"|| ", "?? ", " or "}) {
    const size_t found = rest.find(before);
    if (found != rest.npos) return QuotedAt(scan, i + found + before.size());
  }
  size_t end = 0;
  while (end < rest.size() && (IsWord(rest[end]) || rest[end] == '.')) ++end;
  if (end == 0 || end == rest.size() || rest[end] != '(') return std::nullopt;
  return QuotedAt(scan, i + end + 1);
}

// Where the value begins that is given to the name which ends at `i`; and how.
struct Given {
  size_t begin;
  bool quoted_only;  // only a string in quotes is a value here
};

std::optional<Given> ValueOf(const Scan& scan, size_t name, size_t i) {
  bool quoted = false;
  if (scan.At(i) == '\\' && Is(scan.At(i + 1), kQuoteByte)) ++i;
  if (Is(scan.At(i), kQuoteByte)) quoted = true, ++i;
  if (scan.At(i) == ']') ++i;
  i = SkipBlanks(scan, i);
  const char c = scan.At(i), next = scan.At(i + 1);
  if ((c == '(' || c == '{') && Is(next, kQuoteByte)) return Given{i + 1, true};
  if (c == ',' && quoted) return Given{SkipBlanks(scan, i + 1), true};
  if (Is(c, kQuoteByte) && scan.text.substr(0, name).ends_with("#define ")) return Given{i, true};
  if (c == '=' && next == '>') return Given{SkipBlanks(scan, i + 2), true};
  if (c == ':' && next == '=') return Given{SkipBlanks(scan, i + 2), true};
  if ((c != '=' && c != ':') || next == c) return std::nullopt;
  i = SkipBlanks(scan, i + 1);
  if (c == ':') {  // a type may follow: password: str = "..."
    size_t end = i;
    while (end - i < kMostTypeBytes && (IsWord(scan.At(end)) || IsOneOf(scan.At(end), " .[]|?")))
      ++end;
    if (end > i && scan.At(end) == '=' && scan.At(end - 1) == ' ')
      return Given{SkipBlanks(scan, end + 1), true};
  }
  return Given{i, false};
}

// Whether the name is a part of "Server=...;Password=...;" or of the query of a URL.
bool IsInConnection(const Scan& scan, size_t name, size_t value_end) {
  size_t before = name;
  while (before > 0 && scan.text[before - 1] == ' ') --before;
  const char c = before > 0 ? scan.text[before - 1] : '\0';
  if (c == ';') return true;
  if (c == '?' || c == '&') return true;
  if (scan.At(value_end) != ';') return false;
  size_t i = value_end + 1;
  while (Is(scan.At(i), kLetterByte) || scan.At(i) == ' ') ++i;
  return i > value_end + 2 && scan.At(i) == '=';
}

bool IsBasic(std::string_view value) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (char c : value) {
    if (c == '=') break;
    const uint32_t digit = Is(c, kUpperByte)   ? static_cast<uint32_t>(c - 'A')
                           : Is(c, kLowerByte) ? static_cast<uint32_t>(c - 'a' + 26)
                           : IsDigit(c)        ? static_cast<uint32_t>(c - '0' + 52)
                           : c == '+'          ? 62
                                               : 63;
    bits = bits << 6 | digit;
    count += 6;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  return bytes.find(':') != bytes.npos && bytes.find(':') > 0 && !IsPlaceholder(bytes) &&
         std::ranges::all_of(bytes, [](char c) { return c >= ' ' && c < 127; });
}

// Authorization: Bearer <token>, whatever quotes and signs stand between.
void FindAuthorization(Scan& scan, size_t i) {
  for (int skipped = 0; skipped < 10 && (Is(scan.At(i), kQuoteByte | kSpaceByte) ||
                                         IsOneOf(scan.At(i), "]:=,({>\\"));
       ++skipped) {
    if (i >= scan.text.size()) return;
    ++i;
  }
  const std::string scheme = PlainName(scan.text.substr(i, 7));
  const bool basic = scheme.starts_with("basic ");
  const size_t begin = i + (basic                          ? 6
                            : scheme == "bearer "          ? 7
                            : scheme.starts_with("token ") ? 6
                                                           : 0);
  if (begin == i) return;
  size_t end = begin;
  while (end - begin < kMostValueBytes &&
         (IsAlnum(scan.At(end)) || IsOneOf(scan.At(end), "._~+/=-"))) {
    if (end >= scan.text.size()) break;
    ++end;
  }
  const std::string_view value = scan.text.substr(begin, end - begin);
  if (value.empty() || scan.Fails(Check::kPlaceholder, !IsPlaceholder(value))) return;
  if (scan.Fails(Check::kRandomness, basic ? IsBasic(value) : IsRandomToken(value))) return;
  scan.Add(Kind::kSecret, begin, end);
}

}  // namespace

void FindAssignment(Scan& scan, size_t in_name) {
  if (in_name < scan.names_end) return;
  const std::string_view text = scan.text;
  size_t begin = in_name, end = in_name;
  while (begin > 0 && in_name - begin < kMostNameBytes && IsNameByte(text[begin - 1])) --begin;
  while (end < text.size() && end - in_name < kMostNameBytes && IsNameByte(text[end])) ++end;
  scan.names_end = end;
  const std::string name = PlainName(text.substr(begin, end - begin));
  if (name.ends_with("authorization")) return FindAuthorization(scan, end);
  const NameKind kind = KindOfName(scan, name);
  if (kind == NameKind::kOther) return;

  const auto given = ValueOf(scan, begin, end);
  if (!given) {
    scan.has_secret_column |= scan.columns.IsInHeader(begin);
    return;
  }
  const bool in_query = begin > 0 && (text[begin - 1] == '?' || text[begin - 1] == '&');
  auto value = QuotedAt(scan, given->begin);
  const bool quoted = value.has_value();
  if (!quoted) value = QuotedIn(scan, given->begin);
  const bool bare = !value && !given->quoted_only;
  if (bare) value = BareAt(scan, given->begin, in_query);
  if (!value || value->end - value->begin < kFewestValueBytes) return;
  const std::string_view secret = text.substr(value->begin, value->end - value->begin);
  if (bare && secret.find_first_of("([{") != secret.npos) return;
  if (bare && IsInConnection(scan, begin, value->end)) {
    if (scan.Fails(Check::kPlaceholder, !IsPlaceholder(secret))) return;
    return scan.Add(Kind::kConnectionString, value->begin, value->end);
  }
  if (IsSecret(scan, secret, kind)) scan.Add(Kind::kSecret, value->begin, value->end);
}

void FindSecretsInColumns(Scan& scan) {
  std::vector<NameKind> kinds;
  for (std::string_view name : scan.columns.names()) {
    kinds.push_back(KindOfName(scan, PlainName(name)));
  }
  scan.columns.VisitCells([&](size_t column, size_t begin, size_t end) {
    if (kinds[column] == NameKind::kOther) return;
    if (IsSecret(scan, scan.text.substr(begin, end - begin), kinds[column])) {
      scan.Add(Kind::kSecret, begin, end);
    }
  });
}

}  // namespace tideway::pii::internal
