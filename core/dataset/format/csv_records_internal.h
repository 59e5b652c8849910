// RFC 4180 records out of a block of text, cell by cell, without copying.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/format/text_block_internal.h"

namespace tideway::dataset {

struct CsvCell {
  std::string_view text;  // between the quotes, with doubled quotes still doubled
  bool quoted = false;
  bool doubled = false;  // holds doubled quotes
};

// The text that `cell` stands for; `scratch` holds it where it differs from the block's bytes.
std::string_view CsvText(const CsvCell& cell, std::string& scratch);

// Where the complete records at the start of `bytes`, which start with a record, end.
size_t CompleteCsvBytes(std::string_view bytes);
// The same where broken records are passed over, as CsvRecords::Recover() does.
size_t CompleteCsvBytesWithBroken(std::string_view bytes, char delimiter);

enum class CsvRead { kRecord, kBroken, kEnd };

class CsvRecords {
 public:
  CsvRecords(std::string_view op, const TextBlock& block, char delimiter);

  // Reads the next record's cells.
  CsvRead Read(std::vector<CsvCell>& cells);
  // After kBroken: an error of kind data that names file and line, and in few words why.
  Error fault() const;
  std::string_view fault_reason() const;
  // After kBroken: goes on with the next line. False when a quote is never closed: where would the
  // record end?
  bool Recover();
  // Where the quote stands that opened the last quoted field.
  size_t open_quote() const { return quote_; }
  // Read(), where a broken record is an error: false at the end.
  Result<bool> Next(std::vector<CsvCell>& cells);
  // Where in the block the record that was read last starts, and where the next one does.
  size_t start() const { return start_; }
  size_t end() const { return at_; }

 private:
  enum class Fault { kOpenQuote, kStrayQuote, kTextAfterQuote, kCarriageReturn };
  bool Quoted(CsvCell& cell);
  CsvCell Unquoted();
  bool EndCell(bool& last);
  bool Break(Fault fault, size_t at);
  Error At(size_t offset, const std::string& what) const;

  const std::string_view op_;
  const TextBlock& block_;
  const char delimiter_;
  bool stops_[256] = {};  // the characters that end an unquoted cell
  size_t start_ = 0;
  size_t at_ = 0;
  size_t quote_ = 0;  // that opened the last quoted cell
  Fault fault_ = Fault::kOpenQuote;
  size_t fault_at_ = 0;
};

// An error of kind usage when fields cannot be delimited by `delimiter`.
Status CheckCsvDelimiter(std::string_view op, char delimiter);

// OK when `block` is valid UTF-8 without NUL bytes; else an error that names the line.
Status CheckCsvText(std::string_view op, const TextBlock& block);

}  // namespace tideway::dataset
