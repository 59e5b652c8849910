// The name of the column that a place of a text stands in, where the text is a table with a header:
// commas, semicolons or tabs, names in the first line and as many cells in the second.
//
// Places are asked for from front to back; asking costs what lies between them. Threads: one.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace tideway::pii::internal {

class Columns {
 public:
  explicit Columns(std::string_view text) : text_(text) {}
  // Empty when the text is no table, and in its first line.
  std::string_view NameAt(size_t place);
  bool IsInHeader(size_t place);
  const std::vector<std::string_view>& names() const { return names_; }
  // Calls `visit(column, begin, end)` for each cell below the header that has a name, without the
  // quotes around it, row by row.
  template <typename Visit>
  void VisitCells(Visit visit) const;

 private:
  void ReadHeader();

  std::string_view text_;
  bool ready_ = false;
  char delimiter_ = '\0';  // none: no table
  std::vector<std::string_view> names_;
  size_t first_row_ = 0;  // where it begins
  // Where the last place was.
  size_t place_ = 0;
  size_t cell_ = 0;
  bool quoted_ = false;
};

template <typename Visit>
void Columns::VisitCells(Visit visit) const {
  size_t column = 0, begin = first_row_;
  bool quoted = false;
  for (size_t i = first_row_; i <= text_.size(); ++i) {
    const char c = i < text_.size() ? text_[i] : '\n';
    if (c == '"') quoted = !quoted;
    if ((quoted && i < text_.size()) || (c != delimiter_ && c != '\n')) continue;
    size_t end = i;
    if (end > begin && text_[end - 1] == '\r') --end;
    const bool wrapped = end - begin >= 2 && text_[begin] == '"' && text_[end - 1] == '"';
    if (column < names_.size()) visit(column, wrapped ? begin + 1 : begin, wrapped ? end - 1 : end);
    column = c == '\n' ? 0 : column + 1;
    begin = i + 1;
  }
}

}  // namespace tideway::pii::internal
