#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/base/encoding.h"
#include "core/dataset/format/csv_records_internal.h"
#include "core/dataset/format/plain_type_internal.h"
#include "core/dataset/format/text_file_internal.h"
#include "core/dataset/format/text_format_internal.h"
#include "core/dataset/format/value_text_internal.h"
#include "core/dataset/format/write_files.h"
#include "core/dataset/row_error.h"

namespace tideway::dataset {
namespace {

constexpr std::string_view kWriteCsv = "write.csv";

class CsvEncoder : public RowEncoder {
 public:
  explicit CsvEncoder(char delimiter) : delimiter_(delimiter) {
    for (const char c : {delimiter, '"', '\n', '\r'}) quoted_[static_cast<uint8_t>(c)] = true;
  }

  std::string_view op() const override { return kWriteCsv; }
  Status CheckColumns(const arrow::Schema& schema) const override;
  std::string Header(const arrow::Schema& schema) const override;
  Status Encode(const arrow::RecordBatch& rows, EncodedRows& out) const override;

 private:
  // One column of some rows.
  struct Column {
    const arrow::Array* array;
    const std::string& name;
    ValueKind kind;
    AppendValue value;
  };
  bool NeedsQuotes(std::string_view text) const;
  void Quote(size_t from, std::string& out) const;
  Status AppendField(const Column& column, int64_t row, bool only, std::string& out) const;

  const char delimiter_;
  std::array<bool, 256> quoted_{};  // bytes that only a quoted field may hold
};

Status CsvEncoder::CheckColumns(const arrow::Schema& schema) const {
  RETURN_NOT_OK(CheckCsvDelimiter(kWriteCsv, delimiter_));
  if (schema.num_fields() == 0) {
    return Error(ErrorKind::kUsage, fmt::format("{}: no columns to write", kWriteCsv));
  }
  std::set<std::string> names;
  for (const auto& field : schema.fields()) {
    if (!names.insert(field->name()).second) return TwoColumnsNamed(kWriteCsv, field->name());
    const auto type = PlainType(field->type());
    if (KindOfValue(*type) != ValueKind::kOther) continue;
    return Error(ErrorKind::kUsage, fmt::format("{}: column `{}`: a field cannot hold {}",
                                                kWriteCsv, field->name(), type->ToString()))
        .Hint("leave it out with drop, make it text with map, or write JSON lines or Parquet");
  }
  return Status::OK();
}

bool CsvEncoder::NeedsQuotes(std::string_view text) const {
  return text.empty() || text.starts_with(kByteOrderMark) ||
         std::any_of(text.begin(), text.end(),
                     [this](char c) { return quoted_[static_cast<uint8_t>(c)]; });
}

// Quotes the field that begins at `from`.
void CsvEncoder::Quote(size_t from, std::string& out) const {
  std::string quoted = "\"";
  for (const char c : std::string_view(out).substr(from)) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  out.replace(from, out.npos, quoted + "\"");
}

std::string CsvEncoder::Header(const arrow::Schema& schema) const {
  std::string header;
  for (const auto& field : schema.fields()) {
    if (field != schema.field(0)) header += delimiter_;
    const size_t from = header.size();
    header += field->name();
    if (NeedsQuotes(field->name())) Quote(from, header);
  }
  return header + "\n";
}

// `only`: the record has no other field, so that an empty one would be a blank line.
Status CsvEncoder::AppendField(const Column& column, int64_t row, bool only,
                               std::string& out) const {
  if (column.kind == ValueKind::kNull || column.array->IsNull(row)) {
    if (!only) return Status::OK();
    out += "\"\"";
    if (column.kind != ValueKind::kText) return Status::OK();
    return AtRow(row, Error(ErrorKind::kData,
                            fmt::format("{}: column `{}`: a null would be a blank line, which "
                                        "readers pass over",
                                        kWriteCsv, column.name))
                          .Hint("leave such rows out with filter, add a column, or write JSON "
                                "lines"));
  }
  const size_t from = out.size();
  column.value(row, out);
  const auto text = std::string_view(out).substr(from);
  if (column.kind == ValueKind::kText && text.find('\0') != text.npos) {
    return AtRow(row, Error(ErrorKind::kData,
                            fmt::format("{}: column `{}`: a NUL byte, which readers refuse",
                                        kWriteCsv, column.name))
                          .Hint("take it out with map, or write JSON lines or Parquet"));
  }
  if (NeedsQuotes(text)) Quote(from, out);
  return Status::OK();
}

Status CsvEncoder::Encode(const arrow::RecordBatch& rows, EncodedRows& out) const {
  arrow::ArrayVector arrays;
  std::vector<Column> columns;
  for (int i = 0; i < rows.num_columns(); ++i) {
    arrays.push_back(StorageOf(rows.column(i)));
    const arrow::Array& array = *arrays.back();
    const ValueKind kind = KindOfValue(*array.type());
    columns.push_back({&array, rows.schema()->field(i)->name(), kind,
                       kind == ValueKind::kNull ? AppendValue() : ValueText(array)});
  }
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    for (const Column& column : columns) {
      if (&column != &columns[0]) out.text += delimiter_;
      RETURN_NOT_OK(AppendField(column, row, columns.size() == 1, out.text));
    }
    out.text += '\n';
    out.ends.push_back(out.text.size());
  }
  return Status::OK();
}

class CsvFileFormat : public TextFileFormat {
 public:
  explicit CsvFileFormat(CsvWriteOptions options)
      : TextFileFormat(std::make_shared<CsvEncoder>(options.delimiter.value_or(',')),
                       {".csv", ".tsv"}),
        options_(options) {}

  std::string Identity() const override {
    return options_.delimiter ? std::string(1, *options_.delimiter) : "";
  }

 protected:
  std::shared_ptr<const RowEncoder> EncoderFor(const PartTarget& target) const override {
    const bool tabs = WithoutCompression(target.file_name).ends_with(".tsv");
    const char usual = tabs ? '\t' : ',';
    return std::make_shared<CsvEncoder>(options_.delimiter.value_or(usual));
  }

 private:
  const CsvWriteOptions options_;
};

}  // namespace

std::unique_ptr<const FileFormat> MakeCsvFormat(CsvWriteOptions options) {
  return std::make_unique<CsvFileFormat>(options);
}

}  // namespace tideway::dataset
