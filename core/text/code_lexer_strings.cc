// The strings, characters and patterns of a CodeLexer.
#include <algorithm>
#include <array>
#include <string>

#include "core/base/among.h"
#include "core/text/code_lexer.h"

namespace tideway::text {
namespace {

constexpr std::array<std::string_view, 5> kCppRaw = {"R", "LR", "uR", "UR", "u8R"};
constexpr std::array<std::string_view, 3> kRustRaw = {"r", "br", "cr"};
// Words that no value ends with.
constexpr std::array<std::string_view, 14> kBeforeValues = {
    "return", "typeof", "instanceof", "case", "in",    "of",    "delete",
    "void",   "do",     "else",       "new",  "throw", "yield", "await"};

}  // namespace

void CodeLexer::EndOfText() {
  at_ = text_.size();
  close_ = TokenClose::kNever;
}

void CodeLexer::SkipPast(std::string_view close) {
  const size_t end = text_.find(close, at_);
  if (end == text_.npos) return EndOfText();
  at_ = end + close.size();
}

// CR LF is one line end.
void CodeLexer::SkipEscape() {
  const size_t length = text_.substr(at_ + 1).starts_with("\r\n") ? 3 : 2;
  at_ = std::min(at_ + length, text_.size());
}

void CodeLexer::ReadQuoted(std::string_view quote, Opening kind) {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '\\') {
      SkipEscape();
    } else if (c == quote[0] && Rest().starts_with(quote)) {
      at_ += quote.size();
      return;
    } else if (c == '\n' && kind == Opening::kString) {
      break;
    } else if (c == '$' && kind == Opening::kTemplateString && Rest().starts_with("${")) {
      at_ += 2;
      holes_.push_back({quote, braces_});
      return;
    } else {
      ++at_;
    }
  }
  close_ = kind == Opening::kString ? TokenClose::kLine : TokenClose::kNever;
}

void CodeLexer::ReadVerbatim(std::string_view close) {
  SkipPast(close);
  while (close_ == TokenClose::kClosed && Rest().starts_with(close)) {
    at_ += close.size();
    SkipPast(close);
  }
}

// R"delimiter( ... )delimiter", behind the R.
bool CodeLexer::ReadCppRaw(std::string_view word) {
  constexpr size_t kLongest = 16;
  if (text_[at_] != '"' || !IsAmong(word, kCppRaw)) return false;
  const size_t bracket = text_.find_first_of("( )\\\"\t\v\f\r\n", at_ + 1);
  if (bracket == text_.npos || text_[bracket] != '(' || bracket - at_ - 1 > kLongest) return false;
  const std::string close = ")" + std::string(text_.substr(at_ + 1, bracket - at_ - 1)) + "\"";
  at_ = bracket + 1;
  SkipPast(close);
  return true;
}

// r#" ... "#, behind the r.
bool CodeLexer::ReadRustRaw(std::string_view word) {
  if (!IsAmong(word, kRustRaw)) return false;
  const size_t quote = std::min(text_.find_first_not_of('#', at_), text_.size());
  if (quote == text_.size() || text_[quote] != '"') return false;
  const std::string close = "\"" + std::string(quote - at_, '#');
  at_ = quote + 1;
  SkipPast(close);
  return true;
}

// 'x' or '\n', where 'a is a lifetime.
bool CodeLexer::ReadCharacter() {
  size_t end = at_ + 1;
  if (end == text_.size() || text_[end] == '\n') return false;
  if (text_[end] == '\\') {
    ++at_;
    ReadQuoted("'", Opening::kString);
    return true;
  }
  do {
    ++end;
  } while (end < text_.size() && (text_[end] & 0xC0) == 0x80);
  if (end == text_.size() || text_[end] != '\'') return false;
  at_ = end + 1;
  return true;
}

// A slash divides behind a value, and begins a pattern elsewhere.
bool CodeLexer::FollowsValue() const {
  const std::string_view last = text_.substr(last_.begin, last_.end - last_.begin);
  switch (last_.kind) {
    case TokenKind::kWord:
      return !IsAmong(last, kBeforeValues);
    case TokenKind::kSign:
      return last == ")" || last == "]" || last == "}";
    default:
      return last_.kind == TokenKind::kString;
  }
}

bool CodeLexer::ReadRegex() {
  if (at_ < no_regex_before_ || FollowsValue()) return false;
  bool in_set = false;
  size_t end = at_ + 1;
  while (end < text_.size() && text_[end] != '\n') {
    const char c = text_[end];
    if (c == '/' && !in_set) {
      at_ = end + 1;
      return true;
    }
    if (c == '[' || c == ']') in_set = c == '[';
    end += c == '\\' && end + 1 < text_.size() && text_[end + 1] != '\n' ? 2 : 1;
  }
  no_regex_before_ = end;
  return false;
}

}  // namespace tideway::text
