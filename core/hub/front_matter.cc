#include "core/hub/front_matter.h"

#include <fmt/format.h>

#include <algorithm>

namespace tideway::hub {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kBlank = " \t\r\n\v\f";

// The length of the line end at `at`: of \r\n, \n or \r; 0 when there is none.
size_t LineEndAt(std::string_view text, size_t at) {
  if (text.substr(at).starts_with("\r\n")) return 2;
  return at < text.size() && (text[at] == '\n' || text[at] == '\r') ? 1 : 0;
}

// The offset of the line that closes the front matter begun before `at`, or npos.
size_t FindClosing(std::string_view text, size_t at) {
  for (size_t line = at; line < text.size();) {
    const std::string_view here = text.substr(line);
    if (here.starts_with("---")) {
      const size_t after = std::min(here.find_first_not_of(" \t", 3), here.size());
      const std::string_view end = here.substr(after);
      if (end.empty() || end.starts_with("\n") || end.starts_with("\r\n")) return line;
    }
    const size_t feed = text.find_first_of("\r\n", line);
    if (feed == text.npos) break;
    line = feed + LineEndAt(text, feed);
  }
  return text.npos;
}

int CountLines(std::string_view text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

Error CardError(int line, std::string_view why) {
  return Error(ErrorKind::kData,
               fmt::format("hub: cannot read the YAML of README.md: line {}: {}", line, why))
      .Hint(fmt::format(
          "rewrite line {} of README.md in plain block style, or remove it; nothing was "
          "published",
          line));
}

CardText SplitCard(std::string_view card) {
  CardText out;
  std::string_view text = card;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const size_t feed = text.find('\n');
  if (feed != text.npos && feed > 0 && text[feed - 1] == '\r') out.line_end = "\r\n";
  out.rest = text;

  const size_t open = std::min(text.find_first_not_of(kBlank), text.size());
  if (!text.substr(open).starts_with("---")) return out;
  const size_t end = LineEndAt(text, open + 3);
  if (end == 0) return out;
  const size_t begin = open + 3 + end;
  const size_t close = FindClosing(text, begin);
  if (close == text.npos) return out;

  out.has_front_matter = true;
  out.prefix = text.substr(0, begin);
  out.yaml = text.substr(begin, close - begin);
  out.rest = text.substr(close);
  out.line_end = end == 2 ? "\r\n" : "\n";
  out.first_line = CountLines(out.prefix) + 1;
  return out;
}

}  // namespace tideway::hub
