#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/dataset/columns.h"
#include "core/dataset/format/csv_broken_internal.h"
#include "core/dataset/format/csv_column_internal.h"
#include "core/dataset/format/csv_records_internal.h"
#include "core/dataset/format/sources.h"
#include "core/dataset/format/text_file_internal.h"
#include "core/dataset/format/text_source_internal.h"
#include "core/dataset/row_error.h"
#include "core/dataset/type_name.h"

namespace tideway::dataset {
namespace {

constexpr std::string_view kReadCsv = "read.csv";

class CsvHead : public TextHead {
 public:
  std::vector<std::string> names;
  char delimiter = ',';
};

class CsvFindings : public TextFindings {
 public:
  struct Column {
    std::string name;
    uint8_t kinds = kCsvAny;
    bool seen = false;
  };
  std::vector<Column> columns;

  Column& Named(const std::string& name) {
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const Column& column) { return column.name == name; });
    return found == columns.end() ? columns.emplace_back(Column{name}) : *found;
  }
};

std::string Plural(size_t count) { return fmt::format("{} field{}", count, count == 1 ? "" : "s"); }

class CsvFormat : public TextFormat {
 public:
  explicit CsvFormat(CsvReadOptions options)
      : TextFormat(options.broken),
        options_(std::move(options)),
        nulls_(options_.nulls.begin(), options_.nulls.end()) {}

  std::string_view op() const override { return kReadCsv; }
  std::vector<std::string> endings() const override {
    return {".csv", ".csv.gz", ".csv.zst", ".tsv", ".tsv.gz", ".tsv.zst"};
  }
  std::string Options(const std::vector<std::string>& paths) const override {
    std::string types;
    for (const auto& [name, type] : options_.types) types += name + "\n" + type + "\n";
    std::string delimiters;
    for (const std::string& path : paths) delimiters += DelimiterOf(path);
    return fmt::format("{}\t{}\t{}\t{}\t{}", delimiters, options_.header,
                       fmt::join(options_.columns, "\n"), types, fmt::join(nulls_, "\n"));
  }
  size_t CompleteBytes(std::string_view bytes, std::string_view path) const override {
    return drops() ? CompleteCsvBytesWithBroken(bytes, DelimiterOf(path)) : CompleteCsvBytes(bytes);
  }
  Status TooLong(const TextBlock& start) const override;
  Status Validate() const override;
  Result<std::unique_ptr<TextHead>> TakeHead(TextBlock* first,
                                             std::string_view path) const override;

  std::unique_ptr<TextFindings> NewFindings() const override {
    return std::make_unique<CsvFindings>();
  }
  Status AddHead(const TextHead* head, std::string_view, TextFindings& findings) const override {
    for (const std::string& name : static_cast<const CsvHead*>(head)->names) {
      static_cast<CsvFindings&>(findings).Named(name);
    }
    return Status::OK();
  }
  bool heads_may_suffice() const override { return !options_.types.empty(); }
  bool HeadsSuffice(const TextFindings& findings) const override {
    const auto& columns = static_cast<const CsvFindings&>(findings).columns;
    return std::all_of(columns.begin(), columns.end(), [&](const CsvFindings::Column& column) {
      return options_.types.contains(column.name);
    });
  }
  Status Scan(const TextBlock& block, const TextHead* head, TextFindings& findings) const override;
  Status Merge(TextFindings& all, const TextFindings& block) const override;
  Result<SchemaPtr> SchemaOf(const TextFindings& findings) const override;
  Result<BatchPtr> Parse(const TextBlock& block, const TextHead* head, const SchemaPtr& schema,
                         DropCounts& dropped) const override;

 private:
  // The columns of one file, being filled from one block.
  struct Columns {
    std::vector<int> targets;  // of each: its column in the schema
    std::vector<std::unique_ptr<CsvColumn>> builders;
    int64_t rows = 0;
  };
  char DelimiterOf(std::string_view path) const {
    const char usual = WithoutCompression(path).ends_with(".tsv") ? '\t' : ',';
    return options_.delimiter.value_or(usual);
  }
  // Null when none is declared for the column.
  Result<std::shared_ptr<arrow::DataType>> DeclaredType(const std::string& name) const;
  Result<Columns> ColumnsFor(const CsvHead& head, const arrow::Schema& schema) const;
  // What is not to be read; an error when there is some and it is not to be dropped.
  Result<CsvBroken> Broken(const TextBlock& block, const CsvHead& head) const;
  Status Append(const TextBlock& block, KeptCsvRecords& records, const arrow::Schema& schema,
                Columns& columns) const;
  Status CheckCount(const TextBlock& block, size_t start, size_t cells, size_t names) const;
  Status WrongValue(const TextBlock& block, size_t start, const CsvCell& cell,
                    const arrow::Field& field) const;
  Status WrongRow(const TextBlock& block, char delimiter, int64_t row, size_t cell,
                  const arrow::Field& field) const;

  const CsvReadOptions options_;
  const CsvNulls nulls_;
};

// With the line of the quote that keeps the record open, where there is one.
Status CsvFormat::TooLong(const TextBlock& start) const {
  CsvRecords records(kReadCsv, start, DelimiterOf(start.path));
  std::vector<CsvCell> cells;
  if (records.Read(cells) != CsvRead::kBroken || records.Recover()) {
    return TextFormat::TooLong(start);
  }
  return LineError(kReadCsv, start, LineAt(start, records.open_quote()),
                   "a record of more than 64 MiB: the quote that opens here is not closed")
      .Hint("a quote inside a quoted field is written twice");
}

Status CsvFormat::Validate() const {
  RETURN_NOT_OK(CheckCsvDelimiter(kReadCsv, options_.delimiter.value_or(',')));
  if (options_.header != options_.columns.empty()) {
    return Error(ErrorKind::kUsage, options_.header
                                        ? "read.csv: columns is for files without a header"
                                        : "read.csv: header = false needs columns")
        .Hint("give the names: header = false, columns = { \"id\", \"text\" }");
  }
  return Status::OK();
}

Result<std::unique_ptr<TextHead>> CsvFormat::TakeHead(TextBlock* first,
                                                      std::string_view path) const {
  auto head = std::make_unique<CsvHead>();
  head->names = options_.columns;
  head->delimiter = DelimiterOf(path);
  if (!options_.header) return head;
  std::vector<CsvCell> cells;
  bool found = false;
  if (first != nullptr) {
    if (!drops()) RETURN_NOT_OK(CheckCsvText(kReadCsv, *first));
    CsvRecords records(kReadCsv, *first, head->delimiter);
    ARROW_ASSIGN_OR_RAISE(found, records.Next(cells));
    TextBlock header = *first;
    header.bytes = first->bytes.substr(0, records.end());
    RETURN_NOT_OK(CheckCsvText(kReadCsv, header));
    std::string scratch;
    for (const CsvCell& cell : cells) {
      const std::string name(CsvText(cell, scratch));
      if (std::count(head->names.begin(), head->names.end(), name) > 0) {
        return LineError(kReadCsv, *first, LineAt(*first, records.start()),
                         fmt::format("two columns have one name: `{}`", name));
      }
      head->names.push_back(name);
    }
    first->first_line = LineAt(*first, records.end());
    first->bytes.remove_prefix(records.end());
  }
  if (found) return head;
  return Error(ErrorKind::kData,
               fmt::format("{}: the file is empty, not even a header: {}", kReadCsv, path))
      .Hint("for files without a header: header = false, columns = { ... }");
}

Status CsvFormat::CheckCount(const TextBlock& block, size_t start, size_t cells,
                             size_t names) const {
  if (cells == names) return Status::OK();
  return LineError(kReadCsv, block, LineAt(block, start),
                   fmt::format("{} where there are {} columns", Plural(cells), names))
      .Hint("a field that holds the delimiter must be quoted");
}

Result<CsvBroken> CsvFormat::Broken(const TextBlock& block, const CsvHead& head) const {
  if (!drops()) {
    RETURN_NOT_OK(CheckCsvText(kReadCsv, block));
    return CsvBroken();
  }
  std::vector<CsvDeclared> columns;
  for (const std::string& name : head.names) {
    auto& column = columns.emplace_back(CsvDeclared{name, nullptr});
    ARROW_ASSIGN_OR_RAISE(column.type, DeclaredType(name));
  }
  return FindBrokenCsv(kReadCsv, block, head.delimiter, columns, nulls_);
}

Status CsvFormat::Scan(const TextBlock& block, const TextHead* head, TextFindings& findings) const {
  auto& found = static_cast<CsvFindings&>(findings);
  const auto& csv = static_cast<const CsvHead&>(*head);
  for (const std::string& name : csv.names) {
    // A declared column is not looked at.
    found.columns.push_back(
        {name, options_.types.contains(name) ? uint8_t{0} : uint8_t{kCsvAny}, false});
  }
  ARROW_ASSIGN_OR_RAISE(const CsvBroken broken, Broken(block, csv));
  KeptCsvRecords records(kReadCsv, block, csv.delimiter, broken.records);
  std::vector<CsvCell> cells;
  std::string scratch;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool more, records.Next(cells));
    if (!more) return Status::OK();
    RETURN_NOT_OK(CheckCount(block, records.start(), cells.size(), found.columns.size()));
    ++found.rows;
    for (size_t i = 0; i < cells.size(); ++i) {
      CsvFindings::Column& column = found.columns[i];
      if (column.kinds == 0 || cells[i].text.empty() || nulls_.contains(cells[i].text)) continue;
      column.kinds &= CsvKindsOf(CsvText(cells[i], scratch));
      column.seen = true;
    }
  }
}

Status CsvFormat::Merge(TextFindings& all, const TextFindings& block) const {
  all.rows += block.rows;
  for (const auto& column : static_cast<const CsvFindings&>(block).columns) {
    CsvFindings::Column& known = static_cast<CsvFindings&>(all).Named(column.name);
    known.kinds &= column.kinds;
    known.seen |= column.seen;
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::DataType>> CsvFormat::DeclaredType(const std::string& name) const {
  const auto declared = options_.types.find(name);
  if (declared == options_.types.end()) return nullptr;
  auto type = TypeFromName(declared->second);
  RETURN_NOT_OK(WithContext(fmt::format("read.csv: types: `{}`", name), type.status()));
  if (arrow::compute::CanCast(*arrow::utf8(), **type)) return type;
  return Error(ErrorKind::kUsage, fmt::format("read.csv: types: `{}`: a field cannot hold {}", name,
                                              (*type)->ToString()))
      .Hint("read the column as text, and make it that with map");
}

Result<SchemaPtr> CsvFormat::SchemaOf(const TextFindings& findings) const {
  arrow::FieldVector fields;
  for (const auto& column : static_cast<const CsvFindings&>(findings).columns) {
    ARROW_ASSIGN_OR_RAISE(auto type, DeclaredType(column.name));
    if (type == nullptr) type = CsvTypeOf(column.kinds, column.seen);
    fields.push_back(arrow::field(column.name, std::move(type)));
  }
  const auto schema = arrow::schema(std::move(fields));
  for (const auto& [name, type] : options_.types) {
    RETURN_NOT_OK(ColumnIndex(*schema, name, "read.csv: types").status());
  }
  return schema;
}

Status CsvFormat::WrongValue(const TextBlock& block, size_t start, const CsvCell& cell,
                             const arrow::Field& field) const {
  std::string scratch;
  return LineError(kReadCsv, block, LineAt(block, start),
                   fmt::format("column `{}`: \"{}\" is no {}", field.name(),
                               CutText(CsvText(cell, scratch), 80), field.type()->ToString()))
      .Hint(fmt::format("mend the value, or read the column as text: types = {{ [\"{}\"] = "
                        "\"string\" }}",
                        field.name()));
}

Status CsvFormat::WrongRow(const TextBlock& block, char delimiter, int64_t row, size_t cell,
                           const arrow::Field& field) const {
  CsvRecords records(kReadCsv, block, delimiter);
  std::vector<CsvCell> cells;
  for (int64_t i = 0; i <= row; ++i) RETURN_NOT_OK(records.Next(cells).status());
  return WrongValue(block, records.start(), cells[cell], field);
}

Result<CsvFormat::Columns> CsvFormat::ColumnsFor(const CsvHead& head,
                                                 const arrow::Schema& schema) const {
  Columns columns;
  for (const std::string& name : head.names) {
    columns.targets.push_back(schema.GetFieldIndex(name));
    ARROW_ASSIGN_OR_RAISE(auto column,
                          CsvColumn::Make(schema.field(columns.targets.back())->type(), nulls_));
    columns.builders.push_back(std::move(column));
  }
  return columns;
}

Status CsvFormat::Append(const TextBlock& block, KeptCsvRecords& records,
                         const arrow::Schema& schema, Columns& columns) const {
  std::vector<CsvCell> cells;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool more, records.Next(cells));
    if (!more) return Status::OK();
    RETURN_NOT_OK(CheckCount(block, records.start(), cells.size(), columns.builders.size()));
    for (size_t i = 0; i < cells.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const bool fits, columns.builders[i]->Append(cells[i]));
      if (!fits) {
        return WrongValue(block, records.start(), cells[i], *schema.field(columns.targets[i]));
      }
    }
    ++columns.rows;
  }
}

Result<BatchPtr> CsvFormat::Parse(const TextBlock& block, const TextHead* head,
                                  const SchemaPtr& schema, DropCounts& dropped) const {
  const auto& csv = static_cast<const CsvHead&>(*head);
  ARROW_ASSIGN_OR_RAISE(CsvBroken broken, Broken(block, csv));
  dropped = std::move(broken.reasons);
  KeptCsvRecords records(kReadCsv, block, csv.delimiter, broken.records);
  ARROW_ASSIGN_OR_RAISE(Columns columns, ColumnsFor(csv, *schema));
  RETURN_NOT_OK(Append(block, records, *schema, columns));
  arrow::ArrayVector arrays(static_cast<size_t>(schema->num_fields()));
  for (size_t i = 0; i < columns.builders.size(); ++i) {
    std::vector<int64_t> bad_rows;
    const int target = columns.targets[i];
    auto& array = arrays[static_cast<size_t>(target)];
    ARROW_ASSIGN_OR_RAISE(array, columns.builders[i]->Finish(bad_rows));
    if (array == nullptr) {
      return WrongRow(block, csv.delimiter, bad_rows[0], i, *schema->field(target));
    }
  }
  for (int i = 0; i < schema->num_fields(); ++i) {
    auto& array = arrays[static_cast<size_t>(i)];
    if (array != nullptr) continue;
    ARROW_ASSIGN_OR_RAISE(array, arrow::MakeArrayOfNull(schema->field(i)->type(), columns.rows));
  }
  return arrow::RecordBatch::Make(schema, columns.rows, std::move(arrays));
}

}  // namespace

NodePtr ReadCsv(std::vector<std::string> paths, CsvReadOptions options) {
  return MakeTextSource(std::move(paths), std::make_unique<CsvFormat>(std::move(options)));
}

}  // namespace tideway::dataset
