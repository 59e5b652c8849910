// The tokens of source code, one after another, told by a syntax and no grammar.
//
//   CodeLexer lexer(text, *syntax);
//   for (Token token = lexer.Next(); token.kind != TokenKind::kEnd; token = lexer.Next()) ...
//
// Tokens come in the order of the text, with nothing but white space between them. A word is a run
// of letters, digits, _, $ and bytes beyond ASCII, with the separators of a number (1'000); a sign
// is one byte of anything else. A string is one token with its quotes and what stands before them
// (R"x(...)x"); so are characters and patterns (/x/). Of a template what is outside of ${ } are
// strings, what is within are tokens as any.
//
// Comments and strings hold the line ends within them; the one behind a line comment is a token.
//
// Any bytes make tokens, in time linear in the text. Threads: one per object; text and syntax must
// outlive it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/text/syntax.h"

namespace tideway::text {

enum class TokenKind : uint8_t { kWord, kSign, kString, kComment, kLineEnd, kEnd };

// How a comment or a string ends.
enum class TokenClose : uint8_t {
  kClosed,
  kLine,   // a string of one line that is not closed: with the line
  kNever,  // not at all: the text ends within; of kEnd, within a template
};

struct Token {
  TokenKind kind;
  TokenClose close;
  size_t begin, end;  // in bytes
};

// White space, but for line ends.
constexpr bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

// Whether the line, without its end, goes on in the next one.
constexpr bool IsContinued(std::string_view line) {
  return line.ends_with('\\') || line.ends_with("\\\r");
}

class CodeLexer {
 public:
  CodeLexer(std::string_view text, const Syntax& syntax)
      : text_(text), syntax_(syntax), options_(syntax.options()) {}

  // kEnd behind the last one, however often it is called.
  Token Next();

 private:
  // These go behind what they read; those that return false read nothing.
  TokenKind Read();
  bool ReadLinesComment();
  TokenKind ReadWord();
  void ReadDigits();
  TokenKind ReadSign();
  TokenKind ReadOpened(const Syntax::Opener& opener);
  // From behind what opens them.
  void ReadLineComment();
  void ReadBlockComment(const Syntax::Opener& opener);
  void ReadQuoted(std::string_view quote, Opening kind);
  void ReadVerbatim(std::string_view close);
  // From behind the word before them.
  bool ReadCppRaw(std::string_view word);
  bool ReadRustRaw(std::string_view word);
  // From what begins them.
  bool ReadCharacter();
  bool ReadRegex();

  std::string_view Rest() const { return text_.substr(at_); }
  void SkipEscape();
  void SkipPast(std::string_view close);
  void EndOfText();
  bool MayOpen(const Syntax::Opener& opener) const;
  bool FollowsValue() const;

  // A ${ that is open: its template's quote, and how many braces are open around it.
  struct Hole {
    std::string_view quote;
    int64_t braces;
  };

  const std::string_view text_;
  const Syntax& syntax_;
  const SyntaxOptions& options_;
  size_t at_ = 0;
  TokenClose close_ = TokenClose::kClosed;
  Token last_ = {TokenKind::kEnd, TokenClose::kClosed, 0, 0};  // neither comment nor line end
  int64_t braces_ = 0;
  std::vector<Hole> holes_;
  size_t no_regex_before_ = 0;  // none ends there
};

}  // namespace tideway::text
