#include <algorithm>
#include <string>

#include "core/text/code_lexer.h"
#include "core/text/truncated_internal.h"

namespace tideway::text::internal {
namespace {

class Reader {
 public:
  Reader(std::string_view text, const Syntax& syntax)
      : text_(text), syntax_(syntax), lexer_(text, syntax) {}

  bool EndsEarly() {
    Token token = lexer_.Next();
    while (token.kind != TokenKind::kEnd && token.close != TokenClose::kNever) {
      if (!Understands(token)) return false;
      token = lexer_.Next();
    }
    return token.close == TokenClose::kNever || (!open_.empty() && !has_branches_);
  }

 private:
  bool Understands(const Token& token) {
    if (token.kind == TokenKind::kLineEnd) {
      is_first_ = true;
      in_directive_ = in_directive_ && IsContinued(text_.substr(0, token.begin));
      return true;
    }
    const bool is_sign = token.kind == TokenKind::kSign;
    const char c = text_[token.begin];
    if (is_sign && c == '#' && is_first_ && syntax_.options().directives) BeginDirective(token.end);
    is_first_ = is_first_ && token.kind == TokenKind::kComment;
    if (in_directive_) return true;
    if (is_sign) return Bracket(c);
    return token.close != TokenClose::kLine || token.end == text_.size();
  }

  void BeginDirective(size_t at) {
    in_directive_ = true;
    const std::string_view rest = text_.substr(at);
    const size_t word = std::min(rest.find_first_not_of(" \t"), rest.size());
    has_branches_ |= rest.substr(word).starts_with("el");
  }

  bool Bracket(char c) {
    switch (c) {
      case '(':
        open_ += ')';
        return true;
      case '[':
        open_ += ']';
        return true;
      case '{':
        open_ += '}';
        return true;
      case ')':
      case ']':
      case '}':
        if (open_.empty() || open_.back() != c) return has_branches_;
        open_.pop_back();
        return true;
      default:
        return true;
    }
  }

  const std::string_view text_;
  const Syntax& syntax_;
  CodeLexer lexer_;
  std::string open_;      // the brackets that close what is open
  bool is_first_ = true;  // of its line
  bool in_directive_ = false;
  bool has_branches_ = false;
};

}  // namespace

bool IsTruncated(std::string_view text, const Syntax& syntax) {
  return syntax.options().complete && Reader(text, syntax).EndsEarly();
}

}  // namespace tideway::text::internal
