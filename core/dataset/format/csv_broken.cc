#include <arrow/type.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "core/dataset/format/csv_broken_internal.h"

namespace tideway::dataset {
namespace {

class Search {
 public:
  Search(std::string_view op, const TextBlock& block, char delimiter,
         const std::vector<CsvDeclared>& columns, const CsvNulls& nulls)
      : block_(block),
        columns_(columns),
        nulls_(nulls),
        is_text_(CheckCsvText(op, block).ok()),
        records_(op, block, delimiter) {}

  Result<CsvBroken> Run();

 private:
  // Why the record just read is broken; empty when it is not, as far as can be told by now.
  std::string_view FaultOf(CsvRead read, const std::vector<CsvCell>& cells) const;
  Status MakeBuilders();
  Status AppendDeclared(const std::vector<CsvCell>& cells);
  Status FindValues();
  std::string ReasonOf(size_t column) const {
    return columns_[column].name + " is no " + columns_[column].type->ToString();
  }

  const TextBlock& block_;
  const std::vector<CsvDeclared>& columns_;
  const CsvNulls& nulls_;
  const bool is_text_;
  CsvRecords records_;
  std::vector<std::unique_ptr<CsvColumn>> builders_;  // null where nothing is declared
  std::vector<std::string> reasons_;                  // of each record; empty where none was found
  std::vector<size_t> rows_;                          // the records that builders_ hold
};

std::string_view Search::FaultOf(CsvRead read, const std::vector<CsvCell>& cells) const {
  if (read == CsvRead::kBroken) return records_.fault_reason();
  if (!is_text_) {
    const auto bytes = block_.bytes.substr(records_.start(), records_.end() - records_.start());
    if (bytes.find('\0') != bytes.npos) return "NUL byte";
    if (!simdjson::validate_utf8(bytes.data(), bytes.size())) return "not UTF-8";
  }
  return cells.size() == columns_.size() ? "" : "wrong number of fields";
}

Status Search::MakeBuilders() {
  for (const CsvDeclared& column : columns_) {
    auto& builder = builders_.emplace_back();
    if (column.type == nullptr) continue;
    ARROW_ASSIGN_OR_RAISE(builder, CsvColumn::Make(column.type, nulls_));
  }
  return Status::OK();
}

Status Search::AppendDeclared(const std::vector<CsvCell>& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (builders_[i] == nullptr) continue;
    ARROW_ASSIGN_OR_RAISE(const bool fits, builders_[i]->Append(cells[i]));
    if (fits) continue;
    RETURN_NOT_OK(builders_[i]->AppendNull());
    if (reasons_.back().empty()) reasons_.back() = ReasonOf(i);
  }
  rows_.push_back(reasons_.size() - 1);
  return Status::OK();
}

Status Search::FindValues() {
  for (size_t i = 0; i < builders_.size(); ++i) {
    if (builders_[i] == nullptr) continue;
    std::vector<int64_t> bad_rows;
    RETURN_NOT_OK(builders_[i]->Finish(bad_rows).status());
    for (const int64_t row : bad_rows) {
      std::string& reason = reasons_[rows_[static_cast<size_t>(row)]];
      if (reason.empty()) reason = ReasonOf(i);
    }
  }
  return Status::OK();
}

Result<CsvBroken> Search::Run() {
  RETURN_NOT_OK(MakeBuilders());
  std::vector<CsvCell> cells;
  while (true) {
    const CsvRead read = records_.Read(cells);
    if (read == CsvRead::kEnd) break;
    reasons_.emplace_back(FaultOf(read, cells));
    if (read == CsvRead::kBroken && !records_.Recover()) return records_.fault();
    if (reasons_.back().empty()) RETURN_NOT_OK(AppendDeclared(cells));
  }
  RETURN_NOT_OK(FindValues());
  CsvBroken broken;
  for (size_t record = 0; record < reasons_.size(); ++record) {
    if (reasons_[record].empty()) continue;
    broken.records.push_back(static_cast<int64_t>(record));
    ++broken.reasons[reasons_[record]];
  }
  return broken;
}

}  // namespace

Result<CsvBroken> FindBrokenCsv(std::string_view op, const TextBlock& block, char delimiter,
                                const std::vector<CsvDeclared>& columns, const CsvNulls& nulls) {
  return Search(op, block, delimiter, columns, nulls).Run();
}

Result<bool> KeptCsvRecords::Next(std::vector<CsvCell>& cells) {
  while (true) {
    const CsvRead read = records_.Read(cells);
    if (read == CsvRead::kEnd) return false;
    const bool keep = next_left_out_ == left_out_.size() || left_out_[next_left_out_] != record_;
    ++record_;
    if (keep && read == CsvRead::kBroken) return records_.fault();
    if (keep) return true;
    ++next_left_out_;
    if (read == CsvRead::kBroken && !records_.Recover()) return records_.fault();
  }
}

}  // namespace tideway::dataset
