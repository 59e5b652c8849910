#include "core/sql/postgres/reader.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "core/base/log.h"
#include "core/dataset/type_name.h"
#include "core/sql/postgres/connect.h"
#include "core/sql/postgres/statement.h"
#include "core/sql/postgres/types.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql::postgres {
namespace {

using dataset::BatchPtr;
using dataset::RunContext;
using dataset::SchemaPtr;

class Reader : public BatchReader {
 public:
  Reader(Lease lease, const QuerySpec& query, RunContext& run)
      : any_bytes_(TakesAnyBytes(lease->raw())),
        statement_(std::move(lease), query, run),
        run_(run) {}

  // Plans the query and makes the decoders.
  Status Describe() {
    ARROW_ASSIGN_OR_RAISE(const ResultPtr description, statement_.Describe());
    RETURN_NOT_OK(CheckParams(PQnparams(description.get())));
    return MakeDecoders(description.get());
  }

  Status Start() { return statement_.Start(decoders_.size()); }

  const SchemaPtr& schema() const override { return schema_; }

  void Interrupt() override { statement_.Interrupt(); }

  Result<BatchPtr> Read() override {
    int64_t rows = 0;
    int64_t bytes = 0;
    while (!ended_ && rows < run_.batch_rows() && bytes < run_.batch_bytes()) {
      ARROW_ASSIGN_OR_RAISE(const bool more, statement_.Next());
      if (!more) {
        End();
        break;
      }
      ARROW_ASSIGN_OR_RAISE(const int64_t size, AppendRow(rows_before_ + ++rows));
      bytes += size;
    }
    rows_before_ += rows;
    return rows == 0 ? Result<BatchPtr>(nullptr) : FinishBatch(rows);
  }

 private:
  Status CheckParams(int wanted) const {
    const auto given = static_cast<int>(statement_.query().params.size());
    if (wanted == given) return Status::OK();
    return Error(ErrorKind::kUsage,
                 fmt::format("sql: the statement takes {} parameters: {} given", wanted, given));
  }

  Status MakeDecoders(const PGresult* description) {
    std::vector<std::string> names;
    for (int i = 0; i < PQnfields(description); ++i) names.emplace_back(PQfname(description, i));
    RETURN_NOT_OK(CheckColumns(statement_.query(), names));
    arrow::FieldVector fields;
    for (int i = 0; i < PQnfields(description); ++i) {
      ColumnType column{.name = names[i],
                        .oid = PQftype(description, i),
                        .modifier = PQfmod(description, i),
                        .type_name = "",
                        .text_like = false};
      if (!IsKnownType(column.oid)) RETURN_NOT_OK(LookUp(column));
      std::shared_ptr<arrow::DataType> wanted;
      const auto& types = statement_.query().types;
      if (const auto named = types.find(names[i]); named != types.end()) {
        ARROW_ASSIGN_OR_RAISE(wanted, dataset::TypeFromName(named->second));
      }
      ARROW_ASSIGN_OR_RAISE(auto decoder, MakeDecoder(column, wanted.get()));
      fields.push_back(arrow::field(names[i], decoder->builder()->type()));
      decoders_.push_back(std::move(decoder));
    }
    schema_ = arrow::schema(std::move(fields));
    return Status::OK();
  }

  // Fills in what the server knows of a type that we do not.
  Status LookUp(ColumnType& column) {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        statement_.lease()->Rows("SELECT format_type(oid, NULL), typtype = 'e' OR typcategory "
                                 "= 'S' FROM pg_type WHERE oid = $1",
                                 {static_cast<int64_t>(column.oid)}));
    if (rows.empty()) return Status::OK();
    column.type_name = rows[0][0].value_or("");
    column.text_like = rows[0][1] == "t";
    return Status::OK();
  }

  // Appends the statement's row, `number` of the query, and returns its size.
  Result<int64_t> AppendRow(int64_t number) {
    int64_t bytes = 0;
    for (size_t i = 0; i < decoders_.size(); ++i) {
      Decoder& decoder = *decoders_[i];
      const Field field = statement_.fields()[i];
      bytes += static_cast<int64_t>(field.size()) + 4;
      if (bytes > kMaxRowBytes)
        return RowTooLong(schema_->field(static_cast<int>(i))->name(), number);
      const Status status =
          field.data() == nullptr ? decoder.builder()->AppendNull() : decoder.Append(field);
      if (!status.ok()) return Locate(status, static_cast<int>(i), number);
    }
    return bytes;
  }

  Status Locate(const Status& status, int column, int64_t row) const {
    return Error(
               KindOf(status),
               fmt::format("sql: column `{}` is {}, but row {} {}", schema_->field(column)->name(),
                           schema_->field(column)->type()->ToString(), row, status.message()))
        .Hint("cast the column in the query, for instance to text");
  }

  Result<BatchPtr> FinishBatch(int64_t rows) {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (auto& decoder : decoders_) {
      ARROW_ASSIGN_OR_RAISE(auto column, decoder->builder()->Finish());
      if (any_bytes_) RETURN_NOT_OK(CheckTexts(*column, static_cast<int>(columns.size()), rows));
      columns.push_back(std::move(column));
    }
    return arrow::RecordBatch::Make(schema_, rows, std::move(columns));
  }

  // An error that names the first row of the batch's last `rows` whose text is no UTF-8.
  Status CheckTexts(const arrow::Array& column, int index, int64_t rows) const {
    if (column.ValidateFull().ok()) return Status::OK();
    int64_t row = 0;
    while (row + 1 < rows && column.Slice(row, 1)->ValidateFull().ok()) ++row;
    const std::string& name = schema_->field(index)->name();
    return Error(ErrorKind::kData,
                 fmt::format("sql: column `{}` holds text that is not UTF-8 (row {})", name,
                             rows_before_ - rows + row + 1))
        .Hint(fmt::format(
            "the database's encoding is SQL_ASCII, which takes any bytes; convert them in the "
            "query, from LATIN1 for instance: convert_from(convert(convert_to({}, 'SQL_ASCII'), "
            "'LATIN1', 'UTF8'), 'UTF8') AS {}",
            name, name));
  }

  void End() {
    ended_ = true;
    for (size_t i = 0; i < decoders_.size(); ++i) {
      if (decoders_[i]->made_null() == 0) continue;
      LogWarn("sql: column `{}`: {} infinite values became null",
              schema_->field(static_cast<int>(i))->name(), decoders_[i]->made_null());
    }
  }

  const bool any_bytes_;  // the server does not know the encoding of its texts
  Statement statement_;
  RunContext& run_;
  SchemaPtr schema_;
  std::vector<std::unique_ptr<Decoder>> decoders_;
  int64_t rows_before_ = 0;
  bool ended_ = false;
};

}  // namespace

Result<SchemaPtr> DescribeQuery(Lease lease, const QuerySpec& query, RunContext& run) {
  Reader reader(std::move(lease), query, run);
  RETURN_NOT_OK(reader.Describe());
  return reader.schema();
}

Result<std::unique_ptr<BatchReader>> ReadQuery(Lease lease, const QuerySpec& query,
                                               RunContext& run) {
  auto reader = std::make_unique<Reader>(std::move(lease), query, run);
  RETURN_NOT_OK(reader->Describe());
  RETURN_NOT_OK(reader->Start());
  return reader;
}

}  // namespace tideway::sql::postgres
