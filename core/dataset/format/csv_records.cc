#include <algorithm>
#include <cstring>

#include "core/dataset/format/csv_records_internal.h"

namespace tideway::dataset {

std::string_view CsvText(const CsvCell& cell, std::string& scratch) {
  if (!cell.doubled) return cell.text;
  scratch.clear();
  for (size_t at = 0; at < cell.text.size();) {
    const size_t quote = std::min(cell.text.find('"', at), cell.text.size() - 1);
    scratch.append(cell.text, at, quote + 1 - at);
    at = quote + (cell.text[quote] == '"' ? 2 : 1);
  }
  return scratch;
}

size_t CompleteCsvBytes(std::string_view bytes) {
  // A newline ends a record when the quotes before it pair up; doubled ones always do.
  bool open = std::count(bytes.begin(), bytes.end(), '"') % 2 != 0;
  for (size_t at = bytes.size(); at > 0; --at) {
    if (bytes[at - 1] == '"') open = !open;
    if (bytes[at - 1] == '\n' && !open) return at;
  }
  return 0;
}

CsvRecords::CsvRecords(std::string_view op, const TextBlock& block, char delimiter)
    : op_(op), block_(block), delimiter_(delimiter) {
  for (const char stop : {delimiter, '\n', '\r', '"'}) stops_[static_cast<uint8_t>(stop)] = true;
}

Error CsvRecords::At(size_t offset, const std::string& what) const {
  return LineError(op_, block_, LineAt(block_, offset), what);
}

CsvCell CsvRecords::Unquoted() {
  const std::string_view bytes = block_.bytes;
  const size_t from = at_;
  while (at_ < bytes.size() && !stops_[static_cast<uint8_t>(bytes[at_])]) ++at_;
  return {bytes.substr(from, at_ - from)};
}

Result<CsvCell> CsvRecords::Quoted() {
  const std::string_view bytes = block_.bytes;
  CsvCell cell{{}, true, false};
  const size_t from = ++at_;
  while (true) {
    at_ = bytes.find('"', at_);
    if (at_ == bytes.npos) {
      at_ = bytes.size();
      return At(from - 1, "the quote that opens here is not closed")
          .Hint("a quote inside a quoted field is written twice");
    }
    if (at_ + 1 >= bytes.size() || bytes[at_ + 1] != '"') break;
    cell.doubled = true;
    at_ += 2;
  }
  cell.text = bytes.substr(from, at_ - from);
  ++at_;
  return cell;
}

// Steps over what stands after a cell; `last` tells whether it ends the record.
Status CsvRecords::EndCell(bool& last) {
  const std::string_view bytes = block_.bytes;
  last = true;
  if (at_ == bytes.size()) return Status::OK();
  const char next = bytes[at_];
  if (next == delimiter_) {
    last = false;
    ++at_;
    return Status::OK();
  }
  if (next == '\n') {
    ++at_;
    return Status::OK();
  }
  if (next == '\r' && at_ + 1 < bytes.size() && bytes[at_ + 1] == '\n') {
    at_ += 2;
    return Status::OK();
  }
  if (next == '\r' && at_ + 1 == bytes.size()) {
    ++at_;
    return Status::OK();
  }
  if (next == '\r') {
    return At(at_, "a carriage return inside an unquoted field")
        .Hint("end lines with \\n or \\r\\n, and quote fields that hold line breaks");
  }
  if (next == '"') {
    return At(at_, "a quote inside an unquoted field")
        .Hint("quote the whole field and write the quote twice");
  }
  return At(at_, "text after the closing quote of a field")
      .Hint("a quote inside a quoted field is written twice");
}

Result<bool> CsvRecords::Next(std::vector<CsvCell>& cells) {
  const std::string_view bytes = block_.bytes;
  while (at_ < bytes.size() && (bytes[at_] == '\n' || bytes.substr(at_, 2) == "\r\n")) {
    at_ += bytes[at_] == '\n' ? 1 : 2;  // a blank line
  }
  if (at_ == bytes.size()) return false;
  start_ = at_;
  cells.clear();
  for (bool last = false; !last;) {
    if (at_ < bytes.size() && bytes[at_] == '"') {
      ARROW_ASSIGN_OR_RAISE(CsvCell cell, Quoted());
      cells.push_back(cell);
    } else {
      cells.push_back(Unquoted());
    }
    RETURN_NOT_OK(EndCell(last));
  }
  return true;
}

Status CheckCsvDelimiter(std::string_view op, char delimiter) {
  if (delimiter == '"' || delimiter == '\n' || delimiter == '\r' || delimiter == '\0') {
    return Error(ErrorKind::kUsage,
                 std::string(op) + ": delimiter must not be a quote or a line break");
  }
  if (static_cast<unsigned char>(delimiter) < 0x80) return Status::OK();
  return Error(ErrorKind::kUsage, std::string(op) + ": delimiter must be an ASCII character");
}

Status CheckCsvText(std::string_view op, const TextBlock& block) {
  const std::string_view bytes = block.bytes;
  const size_t nul = bytes.find('\0');
  if (nul != bytes.npos) {
    return LineError(op, block, LineAt(block, nul), "a NUL byte")
        .Hint("the file is no text, or damaged");
  }
  return CheckUtf8(op, block);
}

}  // namespace tideway::dataset
