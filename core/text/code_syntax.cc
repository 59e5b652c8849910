#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <vector>

#include "core/text/code_syntax_internal.h"

namespace tideway::text::internal {
namespace {

struct Syntax {
  const char* language;
  std::string_view line_comment = "//";
  bool block_comments = true;    // /* */
  bool nested_comments = false;  // one within another
  bool preprocessor = false;     // #else
  bool triple_quotes = false;    // """
  bool single_triples = false;   // '''
  bool backticks = false;        // strings of several lines
  bool templates = false;        // ${ } in them
  bool raw_strings = false;      // R"x( )x"
  bool hash_strings = false;     // r#" "#
  bool verbatim = false;         // @" "
  bool long_strings = false;     // "..." of several lines
  bool lifetimes = false;        // 'a
  bool regexes = false;          // /x/
};

constexpr Syntax kSyntaxes[] = {
    {.language = "C", .preprocessor = true},
    {.language = "C++", .preprocessor = true, .raw_strings = true},
    {.language = "Java", .triple_quotes = true},
    {.language = "JavaScript", .backticks = true, .templates = true, .regexes = true},
    {.language = "TypeScript", .backticks = true, .templates = true, .regexes = true},
    {.language = "Go", .backticks = true},
    {.language = "Rust",
     .nested_comments = true,
     .hash_strings = true,
     .long_strings = true,
     .lifetimes = true},
    {.language = "C#", .preprocessor = true, .triple_quotes = true, .verbatim = true},
    {.language = "Python",
     .line_comment = "#",
     .block_comments = false,
     .triple_quotes = true,
     .single_triples = true},
};

const Syntax* SyntaxOf(std::string_view language) {
  const auto* found = std::find_if(std::begin(kSyntaxes), std::end(kSyntaxes),
                                   [&](const Syntax& one) { return one.language == language; });
  return found == std::end(kSyntaxes) ? nullptr : found;
}

bool IsName(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Scanner {
 public:
  Scanner(std::string_view text, const Syntax& syntax) : text_(text), syntax_(syntax) {}

  bool EndsEarly() {
    while (at_ < text_.size() && !open_) Step();
    if (open_ || !templates_.empty()) return true;
    if (!understood_ || depth_ <= 0) return false;
    return !syntax_.preprocessor || !HasBranches();
  }

 private:
  bool Sees(std::string_view part) const { return text_.substr(at_).starts_with(part); }

  void Step() {
    const char c = text_[at_];
    if (Sees(syntax_.line_comment)) return SkipLine();
    if (syntax_.block_comments && Sees("/*")) return SkipComment();
    switch (c) {
      case '(':
      case '[':
      case '{':
        ++depth_;
        break;
      case ')':
      case ']':
      case '}':
        if (!templates_.empty() && c == '}' && templates_.back() == depth_) return ResumeTemplate();
        if (--depth_ < 0) understood_ = false;
        break;
      case '"':
      case '\'':
        return SkipQuoted(c);
      case '`':
        if (syntax_.backticks) return SkipTemplate();
        break;
      case '/':
        if (syntax_.regexes && MayBeRegex()) return SkipRegex();
        break;
      default:
        break;
    }
    if (!std::isspace(static_cast<unsigned char>(c))) last_ = at_;
    ++at_;
  }

  // Goes behind `end`, or to the end of the text, which then is open.
  void SkipTo(std::string_view end, size_t from) {
    const size_t found = text_.find(end, from);
    open_ = found == text_.npos;
    at_ = open_ ? text_.size() : found + end.size();
    last_ = at_ - 1;
  }

  // A backslash before the line's end joins the next line.
  void SkipLine() {
    size_t end = text_.find('\n', at_);
    while (syntax_.preprocessor && end != text_.npos && text_[end - 1] == '\\') {
      end = text_.find('\n', end + 1);
    }
    at_ = end == text_.npos ? text_.size() : end;
  }

  void SkipComment() {
    if (!syntax_.nested_comments) {
      const size_t last = last_;
      SkipTo("*/", at_ + 2);
      last_ = last;
      return;
    }
    int depth = 0;
    do {
      const bool begins = Sees("/*");
      const bool ends = Sees("*/");
      depth += begins - ends;
      at_ += begins || ends ? 2 : 1;
    } while (depth > 0 && at_ < text_.size());
    open_ = depth > 0;
  }

  void SkipQuoted(char quote) {
    const std::string triple(3, quote);
    const bool has_triples = quote == '"' ? syntax_.triple_quotes : syntax_.single_triples;
    if (has_triples && Sees(triple)) return SkipTriple(triple);
    if (quote == '"' && syntax_.raw_strings && Before('R')) return SkipRaw();
    if (quote == '"' && syntax_.hash_strings && IsHashString()) return SkipHashString();
    if (quote == '"' && syntax_.verbatim && Before('@')) return SkipVerbatim();
    if (quote == '\'' && syntax_.lifetimes && !IsCharacter()) {
      last_ = at_++;
      return;
    }
    if (quote == '\'' && syntax_.preprocessor && at_ > 0 && IsDigit(text_[at_ - 1])) {
      last_ = at_++;  // 1'000
      return;
    }
    SkipString(quote);
  }

  static bool IsDigit(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }
  bool Before(char c) const { return at_ > 0 && text_[at_ - 1] == c; }

  void SkipTriple(std::string_view triple) {
    for (size_t i = at_ + 3; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_.substr(i).starts_with(triple)) {
        at_ = i + 3;
        last_ = at_ - 1;
        return;
      }
    }
    open_ = true;
  }

  // Of one line, unless the language has longer ones.
  void SkipString(char quote) {
    const bool is_long = syntax_.long_strings && quote == '"';
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        // CR LF is one line end.
        i += text_.substr(i + 1).starts_with("\r\n") ? 2 : 1;
      } else if (text_[i] == quote || (text_[i] == '\n' && !is_long)) {
        last_ = i;
        at_ = i + 1;
        return;
      }
    }
    open_ = is_long;
    at_ = text_.size();
  }

  void SkipRaw() {
    const size_t bracket = text_.find('(', at_);
    if (bracket == text_.npos || bracket - at_ > 17) return SkipString('"');
    SkipTo(")" + std::string(text_.substr(at_ + 1, bracket - at_ - 1)) + "\"", bracket);
  }

  bool IsHashString() const {
    size_t i = at_;
    while (i > 0 && text_[i - 1] == '#') --i;
    return i > 0 && text_[i - 1] == 'r';
  }
  void SkipHashString() {
    size_t hashes = 0;
    while (text_[at_ - 1 - hashes] == '#') ++hashes;
    SkipTo("\"" + std::string(hashes, '#'), at_ + 1);
  }

  void SkipVerbatim() {
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] != '"') continue;
      if (i + 1 < text_.size() && text_[i + 1] == '"') {
        ++i;
        continue;
      }
      at_ = i + 1;
      return;
    }
    open_ = true;
  }

  // 'x' or '\n', where 'a is a lifetime.
  bool IsCharacter() const {
    constexpr size_t kLongest = 6;  // a character of four bytes between quotes
    if (at_ + 1 < text_.size() && text_[at_ + 1] == '\\') return true;
    const size_t end = text_.find('\'', at_ + 1);
    if (end == text_.npos || end - at_ >= kLongest || end == at_ + 1) return false;
    const auto first = static_cast<unsigned char>(text_[at_ + 1]);
    return end == at_ + 2 || first >= 0x80;
  }

  // A string between backticks; its ${ } hold code, which is looked at as such.
  void SkipTemplate() {
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\' && syntax_.templates) {
        ++i;
      } else if (text_[i] == '`') {
        at_ = i + 1;
        last_ = i;
        return;
      } else if (syntax_.templates && text_.substr(i).starts_with("${")) {
        templates_.push_back(depth_);
        at_ = i + 2;
        last_ = i + 1;
        return;
      }
    }
    open_ = true;
  }
  void ResumeTemplate() {
    templates_.pop_back();
    SkipTemplate();
  }

  // A slash divides behind a value, and begins a pattern elsewhere.
  bool MayBeRegex() const {
    if (last_ == text_.npos) return true;
    const char c = text_[last_];
    if (c == ')' || c == ']' || c == '}' || c == '"' || c == '\'' || c == '`') return false;
    if (!IsName(c) && c != '$') return true;
    size_t begin = last_;
    while (begin > 0 && IsName(text_[begin - 1])) --begin;
    const std::string_view word = text_.substr(begin, last_ - begin + 1);
    static constexpr std::string_view kBefore[] = {"return", "typeof", "case", "in",  "of",
                                                   "delete", "void",   "do",   "else"};
    return std::find(std::begin(kBefore), std::end(kBefore), word) != std::end(kBefore);
  }
  void SkipRegex() {
    bool in_set = false;
    for (size_t i = at_ + 1; i < text_.size() && text_[i] != '\n'; ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '[' || text_[i] == ']') {
        in_set = text_[i] == '[';
      } else if (text_[i] == '/' && !in_set) {
        last_ = i;
        at_ = i + 1;
        return;
      }
    }
    last_ = at_++;  // no pattern after all
  }

  bool HasBranches() const {
    for (size_t at = text_.find("#"); at != text_.npos; at = text_.find("#", at + 1)) {
      const size_t word = text_.find_first_not_of(" \t", at + 1);
      if (word != text_.npos && text_.substr(word).starts_with("el")) return true;
    }
    return false;
  }

  const std::string_view text_;
  const Syntax& syntax_;
  size_t at_ = 0;
  size_t last_ = std::string_view::npos;  // the last byte that is neither space nor comment
  int64_t depth_ = 0;                     // of brackets
  std::vector<int64_t> templates_;        // at which depth each template goes on
  bool understood_ = true;
  bool open_ = false;
};

}  // namespace

bool IsTruncated(std::string_view text, std::string_view language) {
  const Syntax* syntax = SyntaxOf(language);
  return syntax != nullptr && Scanner(text, *syntax).EndsEarly();
}

}  // namespace tideway::text::internal
