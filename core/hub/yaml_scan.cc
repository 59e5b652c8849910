#include <fmt/format.h>

#include <algorithm>

#include "core/hub/front_matter.h"

namespace tideway::hub {
namespace {

int CountLines(std::string_view text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

class Scanner {
 public:
  Scanner(std::string_view text, int first_line) : text_(text), number_(first_line) {}

  Result<std::vector<YamlLine>> Run() {
    std::vector<YamlLine> lines;
    while (at_ < text_.size()) {
      const size_t first = SkipSpaces(at_);
      if (AtLineEnd(first) || text_[first] == '#') {
        Advance(NextLine(first));
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(YamlLine line, Line(first));
      Advance(line.end);
      lines.push_back(std::move(line));
    }
    return lines;
  }

 private:
  // The line that begins at at_, whose first character that is no space stands at `first`.
  Result<YamlLine> Line(size_t first) {
    YamlLine line;
    line.begin = at_;
    line.number = number_;
    RETURN_NOT_OK(CheckStart(first, line.number));
    size_t at = first;
    while (text_[at] == '-' && IsBlank(at + 1)) {
      if (line.dash_column == YamlLine::kNone) line.dash_column = at - at_;
      at = SkipSpaces(at + 1);
      if (AtLineEnd(at)) break;
    }
    line.column = at - at_;
    const size_t parent = line.dash_column == YamlLine::kNone ? line.column : line.dash_column;
    ARROW_ASSIGN_OR_RAISE(size_t value, Key(at, &line));
    ARROW_ASSIGN_OR_RAISE(line.end, Value(value, line.has_key ? line.column : parent));
    line.value = text_.substr(value, line.end - value);
    while (!line.value.empty() && line.value.find_last_of("\r\n") == line.value.size() - 1) {
      line.value.remove_suffix(1);
    }
    return line;
  }

  Status CheckStart(size_t first, int number) const {
    const std::string_view here = text_.substr(first);
    if (here[0] == '\t') return CardError(number, "a tab indents it");
    if (first != at_) return Status::OK();
    if (here.starts_with("---") || here.starts_with("...")) {
      return CardError(number, "a second YAML document begins");
    }
    if (std::string_view("%?{[&*!|>@`").find(here[0]) != std::string_view::npos) {
      return CardError(number, fmt::format("it begins with `{}`", here[0]));
    }
    return Status::OK();
  }

  // Reads the key at `at` into `line`, if there is one; returns where the value begins.
  Result<size_t> Key(size_t at, YamlLine* line) {
    if (AtLineEnd(at)) return at;
    size_t colon;
    if (text_[at] == '"' || text_[at] == '\'') {
      ARROW_ASSIGN_OR_RAISE(const size_t end, Quoted(at));
      colon = SkipSpaces(end);
      if (AtLineEnd(colon) || text_[colon] != ':' || !IsBlank(colon + 1)) return at;
      line->key = std::string(text_.substr(at + 1, end - at - 2));
    } else {
      colon = FindColon(at);
      if (colon == text_.npos) return at;
      line->key = std::string(text_.substr(at, colon - at));
      line->key.erase(line->key.find_last_not_of(' ') + 1);
    }
    line->has_key = true;
    return SkipSpaces(colon + 1);
  }

  // The colon that ends a plain key, or npos when the line holds none.
  size_t FindColon(size_t at) const {
    if (text_[at] == '[' || text_[at] == '{') return text_.npos;
    for (size_t i = at; !AtLineEnd(i); ++i) {
      if (text_[i] == '#' && i > at && text_[i - 1] == ' ') return text_.npos;
      if (text_[i] == ':' && IsBlank(i + 1)) return i;
    }
    return text_.npos;
  }

  // Returns the offset of the line after the value at `at`.
  Result<size_t> Value(size_t at, size_t parent_column) {
    while (!AtLineEnd(at) && (text_[at] == '&' || text_[at] == '!')) {
      while (!IsBlank(at)) ++at;
      at = SkipSpaces(at);
    }
    if (AtLineEnd(at)) return NextLine(at);
    switch (text_[at]) {
      case '|':
      case '>':
        return BlockScalar(at, parent_column);
      case '"':
      case '\'': {
        ARROW_ASSIGN_OR_RAISE(const size_t end, Quoted(at));
        return NextLine(end);
      }
      case '[':
      case '{': {
        ARROW_ASSIGN_OR_RAISE(const size_t end, Flow(at));
        return NextLine(end);
      }
      default:
        return NextLine(at);
    }
  }

  size_t BlockScalar(size_t at, size_t parent_column) const {
    size_t line = NextLine(at);
    while (line < text_.size()) {
      const size_t first = SkipSpaces(line);
      if (!AtLineEnd(first) && first - line <= parent_column) break;
      line = NextLine(first);
    }
    return line;
  }

  // Returns the offset after the closing quote.
  Result<size_t> Quoted(size_t at) const {
    const char quote = text_[at];
    for (size_t i = at + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\' && quote == '"') {
        ++i;
      } else if (text_[i] == quote) {
        if (quote == '"' || i + 1 >= text_.size() || text_[i + 1] != quote) return i + 1;
        ++i;
      }
    }
    return CardError(NumberOf(at), "a quote is never closed");
  }

  // Returns the offset after the bracket that closes the one at `at`.
  Result<size_t> Flow(size_t at) const {
    int depth = 0;
    bool token_start = true;
    for (size_t i = at; i < text_.size(); ++i) {
      const char c = text_[i];
      if (token_start && (c == '"' || c == '\'')) {
        ARROW_ASSIGN_OR_RAISE(i, Quoted(i));
        --i;
        token_start = false;
      } else if (c == '#' && i > 0 && IsBlank(i - 1)) {
        i = std::min(text_.find('\n', i), text_.size());
      } else if (c == '[' || c == '{') {
        ++depth;
        token_start = true;
      } else if (c == ']' || c == '}') {
        if (--depth == 0) return i + 1;
        token_start = false;
      } else if (!IsBlank(i)) {
        token_start = c == ',' || c == ':';
      }
    }
    return CardError(NumberOf(at), fmt::format("`{}` is never closed", text_[at]));
  }

  bool AtLineEnd(size_t at) const {
    return at >= text_.size() || text_[at] == '\n' || text_[at] == '\r';
  }
  bool IsBlank(size_t at) const { return AtLineEnd(at) || text_[at] == ' ' || text_[at] == '\t'; }
  size_t SkipSpaces(size_t at) const {
    return std::min(text_.find_first_not_of(' ', at), text_.size());
  }
  size_t NextLine(size_t at) const {
    const size_t feed = text_.find('\n', at);
    return feed == text_.npos ? text_.size() : feed + 1;
  }
  int NumberOf(size_t at) const { return number_ + CountLines(text_.substr(at_, at - at_)); }
  void Advance(size_t to) {
    number_ = NumberOf(to);
    at_ = to;
  }

  const std::string_view text_;
  int number_;  // of the line at at_
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<YamlLine>> ScanYaml(std::string_view yaml, int first_line) {
  for (size_t at = yaml.find('\r'); at != yaml.npos; at = yaml.find('\r', at + 1)) {
    if (yaml.substr(at).starts_with("\r\n")) continue;
    return CardError(first_line + CountLines(yaml.substr(0, at)), "a carriage return stands alone");
  }
  return Scanner(yaml, first_line).Run();
}

}  // namespace tideway::hub
