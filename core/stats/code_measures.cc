#include "core/stats/code_measures.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/stats/function_counter_internal.h"

namespace tideway::stats {
namespace {

enum class ByteKind : uint8_t { kOther, kSpace, kWord };

constexpr ByteKind KindOfByte(uint8_t c) {
  if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') return ByteKind::kSpace;
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (letter || (c >= '0' && c <= '9') || c == '_' || c == '$' || c >= 0x80) return ByteKind::kWord;
  return ByteKind::kOther;
}

bool IsSpace(char c) { return KindOfByte(static_cast<uint8_t>(c)) == ByteKind::kSpace; }
bool IsWord(char c) { return KindOfByte(static_cast<uint8_t>(c)) == ByteKind::kWord; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

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

class Lexer {
 public:
  Lexer(std::string_view text, const Syntax& syntax)
      : text_(text), syntax_(syntax), options_(syntax.options()), functions_(syntax) {}

  CodeMeasures Run() {
    while (at_ < text_.size()) Step();
    if (lines_.start() < text_.size()) lines_.End(text_, text_.size());
    measures_.bytes = static_cast<int64_t>(text_.size());
    measures_.functions = functions_.count();
    measures_.nesting = options_.braces ? functions_.deepest() : indentation_.deepest();
    return measures_;
  }

 private:
  void Step() {
    const char c = text_[at_];
    if (c == '\n') {
      EndLine();
      OpenLine();
    } else if (IsSpace(c)) {
      ++at_;
    } else if (!syntax_.may_open(c) || !Open()) {
      IsWord(c) ? Word() : Sign(c);
    }
  }

  void EndLine() {
    if (functions_.in_directive() && !continued_) functions_.EndDirective();
    lines_.End(text_, at_);
    ++at_;
  }

  // What opens at the beginning of a line only has the line break before it in its text.
  void OpenLine() {
    if (!syntax_.may_open('\n')) return;
    const Syntax::Opener* opener = syntax_.Find(text_.substr(at_ - 1));
    if (opener == nullptr) return;
    --at_;
    Comment(*opener);
  }

  // What stands on a line first tells how far it is indented.
  void Code() {
    if (!lines_.has_code() && functions_.brackets() == 0 && !continued_) {
      indentation_.Line(text_.substr(lines_.start(), at_ - lines_.start()));
    }
    continued_ = false;
    lines_.Code();
  }

  void Sign(char c) {
    if (c == '#' && !lines_.has_code() && options_.brace_functions) functions_.BeginDirective();
    Code();
    if (options_.rust_literals && c == '\'') return Quote();
    if (text_.substr(at_).starts_with("\\\n")) continued_ = true;
    ++at_;
    if (c == '=' && at_ < text_.size() && text_[at_] == '>') {
      ++at_;
      return functions_.Arrow();
    }
    functions_.Sign(c);
  }

  void Word() {
    const bool first = !lines_.has_code();
    Code();
    const size_t start = at_;
    const bool number = IsDigit(text_[at_]);
    // C++ writes 1'000'000.
    const auto in_word = [&] {
      if (at_ == text_.size()) return false;
      if (IsWord(text_[at_])) return true;
      return number && text_[at_] == '\'' && at_ + 1 < text_.size() && IsWord(text_[at_ + 1]);
    };
    while (in_word()) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    if (options_.cpp_raw_strings && word.back() == 'R' && CppRawString()) return;
    if (options_.rust_literals && (word == "r" || word == "br") && RustRawString()) return;
    functions_.Word(word, first);
  }

  // Whether something opens here; passes over it then.
  bool Open() {
    const Syntax::Opener* opener = syntax_.Find(text_.substr(at_));
    if (opener == nullptr) return false;
    switch (opener->kind) {
      case Opening::kLineComment:
        if (options_.spaced_comments && at_ > lines_.start() && !IsSpace(text_[at_ - 1])) {
          return false;
        }
        lines_.Comment();
        at_ = std::min(text_.find('\n', at_), text_.size());
        return true;
      case Opening::kBlockComment:
        Comment(*opener);
        return true;
      case Opening::kString:
        String(*opener, /*escapes=*/true, /*one_line=*/true);
        return true;
      case Opening::kLongString:
        String(*opener, /*escapes=*/true, /*one_line=*/false);
        return true;
      case Opening::kRawString:
        String(*opener, /*escapes=*/false, /*one_line=*/false);
        return true;
    }
    return false;
  }

  void Comment(const Syntax::Opener& opener) {
    lines_.Comment();
    at_ += opener.open.size();
    for (int depth = 1; at_ < text_.size();) {
      const std::string_view rest = text_.substr(at_);
      const bool closes = rest.starts_with(opener.close);
      if (closes) {
        if (rest[0] == '\n') lines_.End(text_, at_);
        lines_.Comment();
        at_ += opener.close.size();
        if (rest[0] == '\n') at_ = std::min(text_.find('\n', at_), text_.size());
        if (--depth == 0) return;
      } else if (rest[0] == '\n') {
        EndLine();
      } else if (options_.nested_comments && rest.starts_with(opener.open)) {
        lines_.Comment();
        at_ += opener.open.size();
        ++depth;
      } else {
        if (!IsSpace(rest[0])) lines_.Comment();
        ++at_;
      }
    }
  }

  void String(const Syntax::Opener& opener, bool escapes, bool one_line) {
    Code();
    at_ += opener.open.size();
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        if (one_line) break;
        EndLine();
      } else if (escapes && c == '\\' && at_ + 1 < text_.size()) {
        lines_.Code();
        ++at_;
        if (text_[at_] != '\n')
          ++at_;
        else
          EndLine();
      } else if (text_.substr(at_).starts_with(opener.close)) {
        lines_.Code();
        at_ += opener.close.size();
        break;
      } else {
        if (!IsSpace(c)) lines_.Code();
        ++at_;
      }
    }
    functions_.Sign('"');
  }

  // Passes over everything up to and with `close`.
  void Raw(std::string_view close) {
    const size_t end = std::min(text_.find(close, at_), text_.size());
    for (; at_ < end; text_[at_] == '\n' ? EndLine() : void(++at_)) {
      if (!IsSpace(text_[at_]) && text_[at_] != '\n') lines_.Code();
    }
    if (at_ < text_.size()) lines_.Code();
    at_ = std::min(at_ + close.size(), text_.size());
    functions_.Sign('"');
  }

  // R"delimiter( ... )delimiter"
  bool CppRawString() {
    constexpr size_t kLongest = 16;
    if (at_ == text_.size() || text_[at_] != '"') return false;
    const size_t bracket = text_.find_first_of("( )\\\"\t\v\f\r\n", at_ + 1);
    if (bracket == text_.npos || text_[bracket] != '(' || bracket - at_ - 1 > kLongest)
      return false;
    const std::string close = ")" + std::string(text_.substr(at_ + 1, bracket - at_ - 1)) + "\"";
    at_ = bracket + 1;
    Raw(close);
    return true;
  }

  // r#" ... "#
  bool RustRawString() {
    size_t quote = at_;
    while (quote < text_.size() && text_[quote] == '#') ++quote;
    if (quote == text_.size() || text_[quote] != '"') return false;
    const std::string close = "\"" + std::string(quote - at_, '#');
    at_ = quote + 1;
    Raw(close);
    return true;
  }

  // A character of Rust, or the sign of a lifetime.
  void Quote() {
    ++at_;
    if (at_ < text_.size() && text_[at_] == '\\') {
      ++at_;
      if (at_ < text_.size() && text_[at_] != '\n') ++at_;
      while (at_ < text_.size() && text_[at_] != '\'' && text_[at_] != '\n') ++at_;
      if (at_ < text_.size() && text_[at_] == '\'') ++at_;
      return;
    }
    size_t end = at_ + 1;
    while (end < text_.size() && (text_[end] & 0xC0) == 0x80) ++end;
    if (end < text_.size() && text_[end] == '\'' && text_[at_] != '\n') at_ = end + 1;
  }

  const std::string_view text_;
  const Syntax& syntax_;
  const SyntaxOptions& options_;
  CodeMeasures measures_;
  LineCounter lines_{measures_};
  Indentation indentation_;
  FunctionCounter functions_;
  size_t at_ = 0;
  bool continued_ = false;  // the line before ended in a backslash
};

}  // namespace

CodeMeasures MeasureCode(std::string_view text, const Syntax& syntax) {
  return Lexer(text, syntax).Run();
}

CodeMeasures MeasureLines(std::string_view text) {
  CodeMeasures measures{.bytes = static_cast<int64_t>(text.size())};
  LineCounter lines(measures);
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') {
      lines.End(text, at);
    } else if (!IsSpace(text[at])) {
      lines.Code();
    }
  }
  if (lines.start() < text.size()) lines.End(text, text.size());
  return measures;
}

}  // namespace tideway::stats
