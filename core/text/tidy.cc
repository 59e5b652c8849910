#include "core/text/tidy.h"

#include <fmt/format.h>

#include "core/dataset/text_kernel.h"

namespace tideway::text {
namespace {

constexpr std::string_view kBlanks = " \t\r";

// A line without its end, and that end: "\n", "\r\n", or nothing at the end of the text.
struct Line {
  std::string_view text;
  std::string_view end;
};

Line TakeLine(std::string_view& rest) {
  const size_t newline = rest.find('\n');
  const size_t size = newline == std::string_view::npos ? rest.size() : newline + 1;
  const std::string_view whole = rest.substr(0, size);
  rest.remove_prefix(size);
  const size_t end = whole.ends_with("\r\n") ? 2 : whole.ends_with('\n') ? 1 : 0;
  return {whole.substr(0, size - end), whole.substr(size - end)};
}

std::string_view WithoutBlanks(std::string_view line) {
  return line.substr(0, line.find_last_not_of(kBlanks) + 1);
}

}  // namespace

std::string TidyString(std::string_view text, const TidyOptions& options) {
  std::string tidy;
  tidy.reserve(text.size() + 1);
  size_t end_of_content = 0;  // in `tidy`, of the last line that is not blank
  std::string_view newline = "\n";
  int64_t blank_lines = 0;
  while (!text.empty()) {
    const Line line = TakeLine(text);
    const std::string_view content = WithoutBlanks(line.text);
    blank_lines = content.empty() ? blank_lines + 1 : 0;
    if (blank_lines > options.blank_lines) continue;
    tidy += options.line_ends ? content : line.text;
    if (!content.empty()) {
      end_of_content = tidy.size();
      if (!line.end.empty()) newline = line.end;
    }
    tidy += line.end;
  }
  if (!options.final_newline) return tidy;
  tidy.resize(end_of_content);
  if (!tidy.empty()) tidy += newline;
  return tidy;
}

dataset::KernelPtr MakeTidy(const TidyOptions& options) {
  const std::string json =
      fmt::format(R"({{"line_ends":{},"blank_lines":{},"final_newline":{}}})", options.line_ends,
                  options.blank_lines, options.final_newline);
  const auto tidy = [options](std::string_view text) -> Result<std::optional<std::string>> {
    return TidyString(text, options);
  };
  return dataset::MakeTextKernel("text.tidy", json, tidy, dataset::TextTypes::kString);
}

}  // namespace tideway::text
