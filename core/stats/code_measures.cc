#include "core/stats/code_measures.h"

#include <algorithm>
#include <vector>

#include "core/stats/function_counter_internal.h"
#include "core/text/code_lexer.h"

namespace tideway::stats {
namespace {

using text::CodeLexer;
using text::IsBlank;
using text::Syntax;
using text::Token;
using text::TokenKind;

// Lines, and what is on them.
class LineCounter {
 public:
  explicit LineCounter(CodeMeasures& measures) : measures_(measures) {}
  void Code() { has_code_ = true; }
  void Comment() { has_comment_ = true; }
  // The line that begins at start() ends at `end`.
  void End(std::string_view text, size_t end) {
    size_t length = end - start_;
    if (length > 0 && text[end - 1] == '\r') --length;
    measures_.longest_line = std::max(measures_.longest_line, static_cast<int64_t>(length));
    ++measures_.lines;
    ++(has_code_      ? measures_.code_lines
       : has_comment_ ? measures_.comment_lines
                      : measures_.blank_lines);
    has_code_ = has_comment_ = false;
    start_ = end + 1;
  }
  size_t start() const { return start_; }
  bool has_code() const { return has_code_; }

 private:
  CodeMeasures& measures_;
  size_t start_ = 0;
  bool has_code_ = false;
  bool has_comment_ = false;
};

// Depth of blocks told by how far their lines are indented.
class Indentation {
 public:
  // A line of code whose first `width` bytes are white space.
  void Line(std::string_view space) {
    size_t column = 0;
    for (const char c : space) column = c == '\t' ? (column / 8 + 1) * 8 : column + 1;
    while (!open_.empty() && open_.back() >= column) open_.pop_back();
    if (column > 0) open_.push_back(column);
    deepest_ = std::max(deepest_, open_.size());
  }
  int64_t deepest() const { return static_cast<int64_t>(deepest_); }

 private:
  std::vector<size_t> open_;
  size_t deepest_ = 0;
};

class Measurer {
 public:
  Measurer(std::string_view text, const Syntax& syntax)
      : text_(text), options_(syntax.options()), lexer_(text, syntax), functions_(syntax) {}

  CodeMeasures Run() {
    for (Token token = lexer_.Next(); token.kind != TokenKind::kEnd; token = lexer_.Next()) {
      Take(token);
    }
    if (lines_.start() < text_.size()) lines_.End(text_, text_.size());
    measures_.bytes = static_cast<int64_t>(text_.size());
    measures_.functions = functions_.count();
    measures_.nesting = options_.braces ? functions_.deepest() : indentation_.deepest();
    return measures_;
  }

 private:
  void Take(const Token& token) {
    switch (token.kind) {
      case TokenKind::kWord: {
        const bool is_first = !lines_.has_code();
        Code(token.begin);
        return functions_.Word(text_.substr(token.begin, token.end - token.begin), is_first);
      }
      case TokenKind::kSign:
        return Sign(token.begin);
      case TokenKind::kString:
        Code(token.begin);
        EachLine(token, [&] { lines_.Code(); });
        return functions_.Sign('"');
      case TokenKind::kComment:
        return EachLine(token, [&] { lines_.Comment(); });
      case TokenKind::kLineEnd:
        return EndLine(token.begin);
      case TokenKind::kEnd:
        return;
    }
  }

  void EndLine(size_t end) {
    if (functions_.in_directive() && !continued_) functions_.EndDirective();
    lines_.End(text_, end);
  }

  // Calls `has` for each line on which the token has more than white space, and ends those that end
  // within it.
  template <typename Has>
  void EachLine(const Token& token, Has has) {
    const std::string_view upto = text_.substr(0, token.end);
    for (size_t begin = token.begin;;) {
      const size_t end = std::min(upto.find('\n', begin), upto.size());
      if (!std::all_of(upto.begin() + begin, upto.begin() + end, IsBlank)) has();
      if (end == upto.size()) return;
      EndLine(end);
      begin = end + 1;
    }
  }

  // What stands on a line first tells how far it is indented.
  void Code(size_t begin) {
    if (!lines_.has_code() && functions_.brackets() == 0 && !continued_) {
      indentation_.Line(text_.substr(lines_.start(), begin - lines_.start()));
    }
    continued_ = false;
    lines_.Code();
  }

  void Sign(size_t at) {
    const char c = text_[at];
    if (c == '#' && !lines_.has_code() && options_.directives) functions_.BeginDirective();
    Code(at);
    const std::string_view rest = text_.substr(at);
    if (rest.starts_with("\\\n")) continued_ = true;
    if (rest.starts_with("=>")) return functions_.Arrow();
    const bool ends_arrow = c == '>' && at > 0 && text_[at - 1] == '=';
    if (!ends_arrow) functions_.Sign(c);
  }

  const std::string_view text_;
  const text::SyntaxOptions& options_;
  CodeMeasures measures_;
  CodeLexer lexer_;
  LineCounter lines_{measures_};
  Indentation indentation_;
  FunctionCounter functions_;
  bool continued_ = false;  // the line before ended in a backslash
};

}  // namespace

CodeMeasures MeasureCode(std::string_view text, const Syntax& syntax) {
  return Measurer(text, syntax).Run();
}

CodeMeasures MeasureLines(std::string_view text) {
  CodeMeasures measures{.bytes = static_cast<int64_t>(text.size())};
  LineCounter lines(measures);
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') {
      lines.End(text, at);
    } else if (!IsBlank(text[at])) {
      lines.Code();
    }
  }
  if (lines.start() < text.size()) lines.End(text, text.size());
  return measures;
}

}  // namespace tideway::stats
