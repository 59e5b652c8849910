#include <array>
#include <utility>

#include "core/base/among.h"
#include "core/stats/function_counter_internal.h"

namespace tideway::stats {
namespace {

// They stand before parentheses and name no function.
constexpr std::array<std::string_view, 33> kNoNames = {"if",
                                                       "for",
                                                       "while",
                                                       "switch",
                                                       "catch",
                                                       "when",
                                                       "with",
                                                       "using",
                                                       "lock",
                                                       "foreach",
                                                       "synchronized",
                                                       "return",
                                                       "elif",
                                                       "elseif",
                                                       "unless",
                                                       "until",
                                                       "sizeof",
                                                       "alignof",
                                                       "alignas",
                                                       "typeof",
                                                       "decltype",
                                                       "requires",
                                                       "__attribute__",
                                                       "__declspec",
                                                       "static_assert",
                                                       "noexcept",
                                                       "throw",
                                                       "explicit",
                                                       "await",
                                                       "delete",
                                                       "and",
                                                       "or",
                                                       "not"};
// What comes after them is part of no function's head.
constexpr std::array<std::string_view, 10> kStatements = {
    "if", "for", "while", "switch", "do", "else", "return", "case", "goto", "break"};
constexpr std::array<std::string_view, 4> kTypes = {"class", "interface", "namespace", "record"};
constexpr std::array<std::string_view, 3> kStructs = {"struct", "enum", "union"};
// What may stand between a head and its body.
constexpr std::array<std::string_view, 8> kTrailing = {
    "const", "noexcept", "override", "final", "volatile", "mutable", "try", "throws"};

// By first byte: a bit for each length that one of these words, `new`, or `operator` has. Most
// words are none of them, and need not be compared.
constexpr auto kLengths = [] {
  std::array<uint32_t, 256> lengths{};
  const auto add = [&](std::string_view word) {
    lengths[static_cast<uint8_t>(word[0])] |= 1U << word.size();
  };
  for (const auto word : kNoNames) add(word);
  for (const auto word : kStatements) add(word);
  for (const auto word : kTypes) add(word);
  for (const auto word : kStructs) add(word);
  for (const std::string_view word : {"new", "operator", "throws"}) add(word);
  return lengths;
}();

bool MayBeKeyword(std::string_view word) {
  return word.size() < 32 && (kLengths[static_cast<uint8_t>(word[0])] >> word.size() & 1U) != 0;
}

}  // namespace

void FunctionCounter::BeginDirective() {
  in_directive_ = true;
  outside_directive_ = head_;
}

void FunctionCounter::EndDirective() {
  in_directive_ = false;
  head_ = outside_directive_;
}

void FunctionCounter::HeadWord(std::string_view word) {
  follows_new_ = (last_ == 'w' && is_new_) || (last_ == '.' && follows_new_);
  is_new_ = false;
  is_name_ = true;
  if (!MayBeKeyword(word)) return;
  is_new_ = word == "new";
  is_name_ = !IsAmong(word, kNoNames);
  if (IsAmong(word, kStatements)) Reset();
  // Those between the angles of a template say nothing.
  const bool in_template = last_ == '<' || last_ == ',';
  if (IsAmong(word, kTypes) && !in_template) {
    Reset();
    head_.is_type = true;
  }
  if (IsAmong(word, kStructs) && !in_template && !head_.is_there) head_.has_struct = true;
  if (word == "throws") head_.has_throws = true;
  if (word == "operator") head_.follows_operator = true;
}

void FunctionCounter::Word(std::string_view word, bool is_first) {
  if (syntax_.is_function_word(word) && (is_first || !options_.function_words_first)) ++count_;
  if (options_.brace_functions && parentheses_ == 0) HeadWord(word);
  last_ = 'w';
  last_word_ = word;
}

// Whether a brace that opens now is the body of what came before.
bool FunctionCounter::IsBody() const {
  if (!head_.is_there || head_.is_type || in_directive_) return false;
  // `struct ATTRIBUTE(x) name {`
  if (head_.has_struct && last_ == 'w' && !IsAmong(last_word_, kTrailing)) return false;
  return !in_body_ || options_.inner_functions;
}

void FunctionCounter::OpenBrace() {
  outside_.push_back({parentheses_, in_body_});
  deepest_ = std::max(deepest_, static_cast<int64_t>(outside_.size()));
  const bool in_parentheses = std::exchange(parentheses_, 0) > 0;
  // `member{value}` is not the end of the list that it is in.
  if (head_.in_initialisers && last_ != ')' && last_ != '}') return;
  if (head_.has_arrow) {
    in_body_ = true;
  } else if (!in_parentheses && IsBody()) {
    if (options_.brace_functions) ++count_;
    in_body_ = true;
  } else if (head_.is_type || head_.has_struct || head_.is_new) {
    in_body_ = false;
  }
  Reset();
}

void FunctionCounter::CloseBrace() {
  if (outside_.empty()) return Reset();
  parentheses_ = outside_.back().parentheses;
  in_body_ = outside_.back().in_body;
  outside_.pop_back();
  if (!head_.in_initialisers) Reset();
}

void FunctionCounter::CloseParenthesis() {
  if (parentheses_ == 0 || --parentheses_ > 0 || head_.in_initialisers) return;
  head_.is_there = head_.is_there || (opened_by_name_ && !follows_new_);
  head_.is_new = head_.is_new || (opened_by_name_ && follows_new_);
}

void FunctionCounter::Sign(char c) {
  if (c == '(' || c == '[' || c == '{') ++brackets_;
  if ((c == ')' || c == ']' || c == '}') && brackets_ > 0) --brackets_;
  if (c == '{') OpenBrace();
  if (c == '}') CloseBrace();
  if (c == ')') CloseParenthesis();
  if (c == '(' && parentheses_++ == 0) {
    opened_by_name_ = is_name_ && (last_ == 'w' || head_.follows_operator);
    head_.follows_operator = false;
  }
  if (parentheses_ == 0 && !head_.follows_operator) {
    const bool in_list = head_.in_initialisers || head_.has_throws;
    if (c == ';' || c == '=' || c == '?' || (c == ',' && !in_list)) {
      Reset();
    }
    // After words as const, too; a second colon makes it the :: of a name.
    if (c == ':' && head_.is_there) head_.in_initialisers = last_ != ':';
  }
  last_ = c;
}

}  // namespace tideway::stats
