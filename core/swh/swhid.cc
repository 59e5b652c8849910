#include "core/swh/swhid.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/hash.h"
#include "core/swh/sha1.h"

namespace tideway::swh {
namespace {

constexpr std::array<std::string_view, 5> kTypes = {"cnt", "dir", "rev", "rel", "snp"};
constexpr std::array<std::string_view, 6> kQualifiers = {"origin", "visit", "anchor",
                                                         "path",   "lines", "bytes"};

Error Wrong(std::string_view what, std::string_view value) {
  return Error(ErrorKind::kData, fmt::format("swh: {}: `{}`", what, value))
      .Hint("identifiers are of the form swh:1:cnt:<40 hex digits>;origin=...;path=/...");
}

std::string Encoded(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == ';' || c == '%') {
      text += c == ';' ? "%3B" : "%25";
    } else {
      text += c;
    }
  }
  return text;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Result<std::string> DecodedValue(std::string_view value) {
  std::string text;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      text += value[i];
      continue;
    }
    const int high = i + 2 < value.size() ? HexValue(value[i + 1]) : -1;
    const int low = i + 2 < value.size() ? HexValue(value[i + 2]) : -1;
    if (high < 0 || low < 0) return Wrong("no two hex digits after a `%`", value);
    text += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return text;
}

Result<Swhid> ParseCore(std::string_view text) {
  constexpr std::string_view kScheme = "swh:1:";
  if (!text.starts_with(kScheme)) return Wrong("no identifier of version 1", text);
  const std::string_view rest = text.substr(kScheme.size());
  const size_t colon = rest.find(':');
  const std::string_view type = rest.substr(0, colon);
  if (std::ranges::find(kTypes, type) == kTypes.end() || colon == rest.npos) {
    return Wrong("no type of an object (cnt, dir, rev, rel, snp)", type);
  }
  const std::string_view hash = rest.substr(colon + 1);
  if (!IsSha1(hash)) return Wrong("no 40 lower-case hex digits", hash);
  return Swhid{std::string(type), std::string(hash)};
}

bool IsSpan(std::string_view value) {
  const size_t dash = value.find('-');
  const auto is_number = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == part.npos;
  };
  return is_number(value.substr(0, dash)) &&
         (dash == value.npos || is_number(value.substr(dash + 1)));
}

Status CheckQualifier(std::string_view name, std::string_view value) {
  if (std::ranges::find(kQualifiers, name) == kQualifiers.end()) {
    return Wrong("unknown qualifier", name);
  }
  if (name == "visit" || name == "anchor") {
    ARROW_ASSIGN_OR_RAISE(const Swhid other, ParseCore(value));
    const bool fits = name == "visit" ? other.type == "snp" : other.type != "cnt";
    return fits ? Status::OK() : Wrong(fmt::format("no object for `{}`", name), value);
  }
  if (name == "path" && !value.starts_with('/')) return Wrong("no path from the root", value);
  const bool is_span = name == "lines" || name == "bytes";
  return is_span && !IsSpan(value) ? Wrong(fmt::format("no numbers for `{}`", name), value)
                                   : Status::OK();
}

Status Check(const Swhid& id) {
  RETURN_NOT_OK(ParseCore(fmt::format("swh:1:{}:{}", id.type, id.hash)).status());
  for (size_t i = 0; i < id.qualifiers.size(); ++i) {
    const auto& [name, value] = id.qualifiers[i];
    RETURN_NOT_OK(CheckQualifier(name, value));
    for (size_t j = 0; j < i; ++j) {
      if (id.qualifiers[j].first == name) return Wrong("a qualifier occurs twice", name);
    }
  }
  return Status::OK();
}

}  // namespace

Result<Swhid> ParseSwhid(std::string_view text) {
  const size_t end = text.find(';');
  ARROW_ASSIGN_OR_RAISE(Swhid id, ParseCore(text.substr(0, end)));
  std::string_view rest = end == text.npos ? "" : text.substr(end + 1);
  for (bool more = end != text.npos; more;) {
    const size_t stop = rest.find(';');
    const std::string_view part = rest.substr(0, stop);
    const size_t equals = part.find('=');
    if (equals == part.npos) return Wrong("a qualifier without a value", part);
    ARROW_ASSIGN_OR_RAISE(std::string value, DecodedValue(part.substr(equals + 1)));
    id.qualifiers.emplace_back(part.substr(0, equals), std::move(value));
    more = stop != rest.npos;
    if (more) rest.remove_prefix(stop + 1);
  }
  RETURN_NOT_OK(Check(id));
  return id;
}

Result<std::string> FormatSwhid(const Swhid& id) {
  Swhid full = id;
  std::erase_if(full.qualifiers, [](const auto& one) { return one.second.empty(); });
  RETURN_NOT_OK(Check(full));
  std::string text = fmt::format("swh:1:{}:{}", full.type, full.hash);
  for (const std::string_view name : kQualifiers) {
    for (const auto& [given, value] : full.qualifiers) {
      if (given == name) text += fmt::format(";{}={}", name, Encoded(value));
    }
  }
  return text;
}

std::string SwhidOfContent(std::string_view bytes) { return "swh:1:cnt:" + GitBlobHex(bytes); }

}  // namespace tideway::swh
