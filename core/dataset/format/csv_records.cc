#include <fmt/format.h>

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

bool CsvRecords::Break(Fault fault, size_t at) {
  fault_ = fault;
  fault_at_ = at;
  return false;
}

bool CsvRecords::Quoted(CsvCell& cell) {
  const std::string_view bytes = block_.bytes;
  cell = {{}, true, false};
  quote_ = at_;
  const size_t from = ++at_;
  while (true) {
    at_ = bytes.find('"', at_);
    if (at_ == bytes.npos) {
      at_ = bytes.size();
      return Break(Fault::kOpenQuote, quote_);
    }
    if (at_ + 1 >= bytes.size() || bytes[at_ + 1] != '"') break;
    cell.doubled = true;
    at_ += 2;
  }
  cell.text = bytes.substr(from, at_ - from);
  ++at_;
  return true;
}

// Steps over what stands after a cell; `last` tells whether it ends the record.
bool CsvRecords::EndCell(bool& last) {
  const std::string_view bytes = block_.bytes;
  last = true;
  if (at_ == bytes.size()) return true;
  const char next = bytes[at_];
  if (next == delimiter_) {
    last = false;
    ++at_;
    return true;
  }
  if (next == '\n') {
    ++at_;
    return true;
  }
  if (next == '\r' && at_ + 1 < bytes.size() && bytes[at_ + 1] == '\n') {
    at_ += 2;
    return true;
  }
  if (next == '\r' && at_ + 1 == bytes.size()) {
    ++at_;
    return true;
  }
  if (next == '\r') return Break(Fault::kCarriageReturn, at_);
  return Break(next == '"' ? Fault::kStrayQuote : Fault::kTextAfterQuote, at_);
}

Error CsvRecords::fault() const {
  switch (fault_) {
    case Fault::kOpenQuote:
      return At(fault_at_, "the quote that opens here is not closed")
          .Hint("a quote inside a quoted field is written twice");
    case Fault::kCarriageReturn:
      return At(fault_at_, "a carriage return inside an unquoted field")
          .Hint("end lines with \\n or \\r\\n, and quote fields that hold line breaks");
    case Fault::kStrayQuote:
      return At(fault_at_, "a quote inside an unquoted field")
          .Hint("quote the whole field and write the quote twice");
    case Fault::kTextAfterQuote:
      break;
  }
  const int64_t opened = LineAt(block_, quote_);
  const bool elsewhere = opened != LineAt(block_, fault_at_);
  return At(fault_at_, "text after the closing quote of a field" +
                           (elsewhere ? fmt::format(" that opens in line {}", opened) : ""))
      .Hint("a quote inside a quoted field is written twice");
}

std::string_view CsvRecords::fault_reason() const {
  return fault_ == Fault::kCarriageReturn ? "carriage return out of place" : "quote out of place";
}

bool CsvRecords::Recover() {
  if (fault_ == Fault::kOpenQuote) return false;
  const size_t line_end = block_.bytes.find('\n', at_);
  at_ = line_end == block_.bytes.npos ? block_.bytes.size() : line_end + 1;
  return true;
}

CsvRead CsvRecords::Read(std::vector<CsvCell>& cells) {
  const std::string_view bytes = block_.bytes;
  while (at_ < bytes.size() && (bytes[at_] == '\n' || bytes.substr(at_, 2) == "\r\n")) {
    at_ += bytes[at_] == '\n' ? 1 : 2;  // a blank line
  }
  if (at_ == bytes.size()) return CsvRead::kEnd;
  start_ = at_;
  cells.clear();
  for (bool last = false; !last;) {
    CsvCell& cell = cells.emplace_back();
    if (at_ < bytes.size() && bytes[at_] == '"') {
      if (!Quoted(cell)) return CsvRead::kBroken;
    } else {
      cell = Unquoted();
    }
    if (!EndCell(last)) return CsvRead::kBroken;
  }
  return CsvRead::kRecord;
}

Result<bool> CsvRecords::Next(std::vector<CsvCell>& cells) {
  const CsvRead read = Read(cells);
  if (read == CsvRead::kBroken) return fault();
  return read == CsvRead::kRecord;
}

size_t CompleteCsvBytesWithBroken(std::string_view bytes, char delimiter) {
  const TextBlock block{nullptr, bytes, {}, 1};
  CsvRecords records("", block, delimiter);
  std::vector<CsvCell> cells;
  size_t complete = 0;
  while (true) {
    const CsvRead read = records.Read(cells);
    if (read == CsvRead::kEnd) return bytes.size();
    if (read == CsvRead::kBroken && !records.Recover()) return complete;
    if (bytes[records.end() - 1] != '\n') return complete;
    complete = records.end();
  }
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
