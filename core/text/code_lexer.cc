#include "core/text/code_lexer.h"

#include <algorithm>
#include <array>

namespace tideway::text {
namespace {

constexpr std::array<bool, 256> kWordBytes = [] {
  std::array<bool, 256> bytes{};
  for (size_t c = 0; c < bytes.size(); ++c) {
    const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    bytes[c] = letter || (c >= '0' && c <= '9') || c == '_' || c == '$' || c >= 0x80;
  }
  return bytes;
}();

bool IsWord(char c) { return kWordBytes[static_cast<uint8_t>(c)]; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Token CodeLexer::Next() {
  close_ = TokenClose::kClosed;
  size_t begin = at_;
  if (ReadLinesComment()) return {TokenKind::kComment, close_, begin, at_};
  while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  begin = at_;
  const TokenKind kind = Read();
  const Token token{kind, close_, begin, at_};
  if (kind < TokenKind::kComment) last_ = token;
  return token;
}

TokenKind CodeLexer::Read() {
  if (at_ == text_.size()) {
    if (!holes_.empty()) close_ = TokenClose::kNever;
    return TokenKind::kEnd;
  }
  const char c = text_[at_];
  if (c == '\n') {
    ++at_;
    return TokenKind::kLineEnd;
  }
  const Syntax::Opener* opener = syntax_.may_open(c) ? syntax_.Find(Rest()) : nullptr;
  if (opener != nullptr && MayOpen(*opener)) return ReadOpened(*opener);
  return IsWord(c) ? ReadWord() : ReadSign();
}

bool CodeLexer::MayOpen(const Syntax::Opener& opener) const {
  if (opener.kind != Opening::kLineComment || !options_.spaced_comments || at_ == 0) return true;
  return IsBlank(text_[at_ - 1]) || text_[at_ - 1] == '\n';
}

TokenKind CodeLexer::ReadOpened(const Syntax::Opener& opener) {
  const std::string_view close = opener.close;
  at_ += opener.open.size();
  switch (opener.kind) {
    case Opening::kLineComment:
      ReadLineComment();
      return TokenKind::kComment;
    case Opening::kBlockComment:
      ReadBlockComment(opener);
      return TokenKind::kComment;
    case Opening::kString:
    case Opening::kLongString:
    case Opening::kTemplateString:
      ReadQuoted(close, opener.kind);
      break;
    case Opening::kRawString:
      SkipPast(close);
      break;
    case Opening::kVerbatimString:
      ReadVerbatim(close);
      break;
  }
  return TokenKind::kString;
}

TokenKind CodeLexer::ReadWord() {
  const size_t begin = at_;
  while (at_ < text_.size() && IsWord(text_[at_])) ++at_;
  if (at_ == text_.size()) return TokenKind::kWord;
  if (text_[at_] == '\'' && IsDigit(text_[begin])) {
    ReadDigits();
    return TokenKind::kWord;
  }
  const std::string_view word = text_.substr(begin, at_ - begin);
  if (options_.cpp_raw_strings && ReadCppRaw(word)) return TokenKind::kString;
  if (options_.rust_literals && ReadRustRaw(word)) return TokenKind::kString;
  return TokenKind::kWord;
}

// What is left of 1'000'000 behind the 1.
void CodeLexer::ReadDigits() {
  const auto is_digit = [&](size_t at) { return at < text_.size() && IsWord(text_[at]); };
  while (is_digit(at_) || (at_ < text_.size() && text_[at_] == '\'' && is_digit(at_ + 1))) ++at_;
}

TokenKind CodeLexer::ReadSign() {
  const char c = text_[at_];
  if (c == '\'' && options_.rust_literals && ReadCharacter()) return TokenKind::kString;
  if (c == '/' && options_.regexes && ReadRegex()) return TokenKind::kString;
  ++at_;
  if (c == '{') ++braces_;
  if (c == '}') {
    if (!holes_.empty() && holes_.back().braces == braces_) {
      const std::string_view quote = holes_.back().quote;
      holes_.pop_back();
      ReadQuoted(quote, Opening::kTemplateString);
      return TokenKind::kString;
    }
    --braces_;
  }
  return TokenKind::kSign;
}

void CodeLexer::ReadLineComment() {
  at_ = std::min(text_.find('\n', at_), text_.size());
  while (options_.continued_comments && at_ < text_.size() && IsContinued(text_.substr(0, at_))) {
    at_ = std::min(text_.find('\n', at_ + 1), text_.size());
  }
}

// One that begins with a line break in its text: it is of whole lines, and may go on up to the end.
bool CodeLexer::ReadLinesComment() {
  if (!syntax_.may_open('\n') || at_ == 0 || text_[at_ - 1] != '\n') return false;
  const Syntax::Opener* opener = syntax_.Find(text_.substr(at_ - 1));
  if (opener == nullptr) return false;
  at_ += opener->open.size() - 1;
  ReadBlockComment(*opener);
  return true;
}

void CodeLexer::ReadBlockComment(const Syntax::Opener& opener) {
  if (opener.close[0] == '\n') {
    const size_t end = text_.find(opener.close, at_);
    at_ = end == text_.npos ? end : text_.find('\n', end + 1);
    at_ = std::min(at_, text_.size());
    return;
  }
  if (!options_.nested_comments) return SkipPast(opener.close);
  for (int64_t depth = 1; at_ < text_.size();) {
    const char c = text_[at_];
    if (c == opener.close[0] && Rest().starts_with(opener.close)) {
      at_ += opener.close.size();
      if (--depth == 0) return;
    } else if (c == opener.open[0] && Rest().starts_with(opener.open)) {
      at_ += opener.open.size();
      ++depth;
    } else {
      ++at_;
    }
  }
  EndOfText();
}

}  // namespace tideway::text
