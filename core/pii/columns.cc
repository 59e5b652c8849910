#include <algorithm>

#include "core/pii/bytes_internal.h"
#include "core/pii/columns_internal.h"

namespace tideway::pii::internal {
namespace {

constexpr size_t kMostHeaderBytes = 4096;
constexpr size_t kMostNameBytes = 40;

std::string_view Trimmed(std::string_view cell) {
  const auto outer = [](char c) { return c == '"' || Is(c, kSpaceByte); };
  while (!cell.empty() && outer(cell.front())) cell.remove_prefix(1);
  while (!cell.empty() && outer(cell.back())) cell.remove_suffix(1);
  return cell;
}

bool IsName(std::string_view cell) {
  return !cell.empty() && cell.size() <= kMostNameBytes && Is(cell[0], kLetterByte | kOtherByte) &&
         std::ranges::all_of(
             cell, [](char c) { return IsWord(c) || Is(c, kOtherByte) || IsOneOf(c, " .-/#"); });
}

std::string_view Line(std::string_view text) {
  return text.substr(0, std::min(text.find('\n'), kMostHeaderBytes));
}

size_t CountCells(std::string_view line, char delimiter) {
  size_t cells = 1;
  bool quoted = false;
  for (char c : line) {
    if (c == '"') quoted = !quoted;
    if (c == delimiter && !quoted) ++cells;
  }
  return cells;
}

}  // namespace

void Columns::ReadHeader() {
  ready_ = true;
  const std::string_view header = Line(text_);
  if (header.size() + 1 >= text_.size() || header.size() == kMostHeaderBytes) return;
  const std::string_view first_row = Line(text_.substr(header.size() + 1));
  for (char delimiter : {',', ';', '\t'}) {
    const size_t cells = CountCells(header, delimiter);
    if (cells < 2) continue;
    // A cell of the first row may go on in the next line.
    if (CountCells(first_row, delimiter) != cells && first_row.find('"') == first_row.npos) return;
    for (size_t begin = 0; begin <= header.size();) {
      const size_t end = std::min(header.find(delimiter, begin), header.size());
      names_.push_back(Trimmed(header.substr(begin, end - begin)));
      if (!IsName(names_.back())) return;
      begin = end + 1;
    }
    delimiter_ = delimiter;
    first_row_ = place_ = header.size() + 1;
    return;
  }
}

bool Columns::IsInHeader(size_t place) {
  if (!ready_) ReadHeader();
  return place < first_row_;
}

std::string_view Columns::NameAt(size_t place) {
  if (!ready_) ReadHeader();
  if (delimiter_ == '\0' || place < place_) return {};
  for (; place_ < place; ++place_) {
    const char c = text_[place_];
    if (c == '"') quoted_ = !quoted_;
    if (quoted_) continue;
    if (c == delimiter_) ++cell_;
    if (c == '\n') cell_ = 0;
  }
  return cell_ < names_.size() ? names_[cell_] : std::string_view();
}

}  // namespace tideway::pii::internal
