#include "core/hub/path_glob.h"

#include <fmt/format.h>

#include <algorithm>

namespace tideway::hub {
namespace {

constexpr std::string_view kMagic = "*?[";
constexpr char32_t kSlash = U'/';

// Malformed bytes stand for themselves.
std::u32string CodePoints(std::string_view text) {
  std::u32string out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = size == 1 ? lead : lead & (0xff >> (size + 1));
    for (size_t k = 1; k < size && i + k < text.size(); ++k) c = (c << 6) | (text[i + k] & 0x3f);
    out += c;
    i += size;
  }
  return out;
}

// The bounds of what Python's `_translate` makes of the text between brackets: the pieces between
// hyphens that make ranges. Ranges from a greater to a smaller character are left out.
std::vector<std::u32string> Pieces(std::u32string_view inside) {
  std::vector<std::u32string> pieces;
  size_t begin = 0;
  for (size_t at = inside.find(U'-', 1); at != inside.npos; at = inside.find(U'-', at + 3)) {
    pieces.emplace_back(inside.substr(begin, at - begin));
    begin = at + 1;
  }
  if (begin < inside.size() || pieces.empty()) {
    pieces.emplace_back(inside.substr(begin));
  } else {
    pieces.back() += U'-';
  }
  for (size_t k = pieces.size(); k-- > 1;) {
    if (pieces[k - 1].empty() || pieces[k].empty()) continue;
    if (pieces[k - 1].back() <= pieces[k].front()) continue;
    pieces[k - 1] = pieces[k - 1].substr(0, pieces[k - 1].size() - 1) + pieces[k].substr(1);
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(k));
  }
  return pieces;
}

// The offset of the bracket that closes the set whose text begins at `at`; npos when none does.
size_t SetEnd(std::u32string_view part, size_t at) {
  if (at < part.size() && part[at] == U'!') ++at;
  if (at < part.size() && part[at] == U']') ++at;
  return part.find(U']', at);
}

}  // namespace

bool HasMagic(std::string_view pattern) { return pattern.find_first_of(kMagic) != pattern.npos; }

PathGlob::Token PathGlob::SetOf(std::u32string_view inside) {
  Token token{Kind::kSet};
  token.negated = inside.starts_with(U'!');
  if (token.negated) inside.remove_prefix(1);
  if (inside.empty()) return token;
  const std::vector<std::u32string> pieces = Pieces(inside);
  for (size_t k = 0; k < pieces.size(); ++k) {
    for (const char32_t c : pieces[k]) token.ranges.emplace_back(c, c);
    if (k > 0 && !pieces[k - 1].empty() && !pieces[k].empty()) {
      token.ranges.emplace_back(pieces[k - 1].back(), pieces[k].front());
    }
  }
  return token;
}

void PathGlob::AddPart(std::u32string_view part) {
  for (size_t i = 0; i < part.size(); ++i) {
    const size_t end = part[i] == U'[' ? SetEnd(part, i + 1) : part.npos;
    if (part[i] == U'*') {
      tokens_.push_back({Kind::kStar});
    } else if (part[i] == U'?') {
      tokens_.push_back({Kind::kAnyOne});
    } else if (end != part.npos) {
      tokens_.push_back(SetOf(part.substr(i + 1, end - i - 1)));
      i = end;
    } else {
      tokens_.push_back({Kind::kCharacter, part[i]});
    }
  }
}

Result<PathGlob> PathGlob::Parse(std::string_view pattern) {
  PathGlob glob;
  glob.pattern_ = pattern;
  if (!HasMagic(pattern)) return glob;
  const size_t slash = pattern.rfind('/', pattern.find_first_of(kMagic));
  glob.root_ = slash == pattern.npos ? "" : pattern.substr(0, slash + 1);
  const std::string_view below = pattern.substr(glob.root_.size());
  const bool deep = below.find("**") != below.npos;
  glob.depth_ = deep ? 0 : static_cast<size_t>(std::ranges::count(below, '/')) + 1;

  const std::u32string text = CodePoints(pattern);
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(kSlash, begin), text.size());
    const std::u32string_view part = std::u32string_view(text).substr(begin, end - begin);
    const bool last = end == text.size();
    begin = end + 1;
    if (part == U"**") {
      glob.tokens_.push_back({last ? Kind::kRest : Kind::kFolders});
      continue;
    }
    if (part.find(U"**") != part.npos) {
      return Error(ErrorKind::kUsage,
                   fmt::format("hub: `**` is no whole part of the pattern {}", pattern))
          .Hint("write **/*.csv for all files of all folders that end in .csv");
    }
    if (part == U"*") {
      glob.tokens_.push_back({Kind::kOneOrMore});
    } else {
      glob.AddPart(part);
    }
    if (!last) glob.tokens_.push_back({Kind::kCharacter, kSlash});
  }
  return glob;
}

bool PathGlob::Takes(const Token& token, char32_t c) {
  if (token.kind == Kind::kCharacter) return c == token.character;
  if (token.kind != Kind::kSet) return c != kSlash;
  const bool in = std::ranges::any_of(
      token.ranges, [c](const auto& range) { return range.first <= c && c <= range.second; });
  return in != token.negated;
}

// Where in `text` the token may end, given where it may begin.
std::vector<bool> PathGlob::Step(const Token& token, std::u32string_view text,
                                 const std::vector<bool>& from) const {
  std::vector<bool> to(text.size() + 1, false);
  const bool one =
      token.kind == Kind::kCharacter || token.kind == Kind::kSet || token.kind == Kind::kAnyOne;
  const bool none_too = token.kind == Kind::kStar || token.kind == Kind::kFolders;
  size_t open = text.npos;  // the first place from which a run may have begun
  for (size_t at = 0; at <= text.size(); ++at) {
    if (from[at] && none_too) to[at] = true;
    if (from[at] && open == text.npos) open = at;
    if (token.kind == Kind::kRest) to[at] = open != text.npos;
    if (at == text.size()) break;
    if (one && from[at] && Takes(token, text[at])) to[at + 1] = true;
    if (one || open == text.npos) continue;
    if (token.kind == Kind::kFolders) {
      if (text[at] == kSlash && at > open) to[at + 1] = true;
    } else if (token.kind != Kind::kRest && text[at] == kSlash) {
      open = text.npos;
    } else if (token.kind != Kind::kRest) {
      to[at + 1] = true;
    }
  }
  return to;
}

bool PathGlob::Matches(std::string_view path) const {
  if (tokens_.empty()) return path == pattern_;
  if (!path.starts_with(root_)) return false;
  const auto parts = std::ranges::count(path.substr(root_.size()), '/') + 1;
  if (depth_ != 0 && static_cast<size_t>(parts) > depth_) return false;
  const std::u32string text = CodePoints(path);
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (const Token& token : tokens_) reached = Step(token, text, reached);
  return reached[text.size()];
}

}  // namespace tideway::hub
