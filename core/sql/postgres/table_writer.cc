#include "core/sql/postgres/table_writer.h"

#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/sql/postgres/wire.h"

namespace tideway::sql::postgres {
namespace {

// Signature, flags, length of an extension that there is none of.
constexpr std::string_view kHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr int16_t kTrailer = -1;
constexpr size_t kSendBytes = 256 << 10;
constexpr const char* kStage = "pg_temp.tideway_rows";

std::string QuotedColumns(const std::vector<EncodedColumn>& columns) {
  std::vector<std::string> names;
  for (const EncodedColumn& column : columns) names.push_back(column.name);
  return QuoteNames(names);
}

}  // namespace

CopyWriter::CopyWriter(Session& session, const CancelToken& cancel)
    : session_(session), copy_(session.raw(), cancel) {}

Status CopyWriter::Start(const InsertSpec& spec, const dataset::SchemaPtr& schema) {
  spec_ = spec;
  schema_ = schema;
  if (spec.create) {
    RETURN_NOT_OK(CheckAbsent(session_, spec));
    ARROW_ASSIGN_OR_RAISE(const std::string sql, CreateTableSql(spec, *schema));
    RETURN_NOT_OK(session_.Execute(sql, {}).status());
  }
  ARROW_ASSIGN_OR_RAISE(const TargetTable table, DescribeTable(session_, spec));
  table_ = table.name;
  ARROW_ASSIGN_OR_RAISE(columns_, PlanColumns(spec, *schema, table));
  if (spec.replace) RETURN_NOT_OK(session_.Execute("DELETE FROM " + table_, {}).status());
  staged_ = spec.conflict != InsertSpec::Conflict::kError ||
            std::any_of(columns_.begin(), columns_.end(),
                        [](const EncodedColumn& column) { return !column.cast.empty(); });
  if (staged_) RETURN_NOT_OK(MakeStage());
  RETURN_NOT_OK(copy_.Start(fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary)",
                                        staged_ ? kStage : table_, QuotedColumns(columns_))));
  buffer_ = kHeader;
  return Status::OK();
}

// Made by its columns' types: who may only insert could not make it of a query.
Status CopyWriter::MakeStage() {
  std::vector<std::string> columns;
  for (const EncodedColumn& column : columns_) {
    columns.push_back(QuoteName(column.name) + " " + (column.cast.empty() ? column.type : "text"));
  }
  return session_
      .Execute(fmt::format("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP", kStage,
                           fmt::join(columns, ", ")),
               {})
      .status();
}

Status CopyWriter::Write(const arrow::RecordBatch& batch) {
  for (int i = 0; i < batch.num_columns(); ++i) {
    if (columns_[i].not_null) RETURN_NOT_OK(CheckNotNull(batch, i, rows_));
    columns_[i].encoder->Bind(*batch.column(i));
  }
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    RETURN_NOT_OK(WriteRow(batch, row));
    if (buffer_.size() < kSendBytes) continue;
    RETURN_NOT_OK(copy_.Write(buffer_));
    buffer_.clear();
  }
  rows_ += batch.num_rows();
  return Status::OK();
}

Status CopyWriter::WriteRow(const arrow::RecordBatch& batch, int64_t row) {
  AppendBigEndian(static_cast<int16_t>(columns_.size()), buffer_);
  for (size_t i = 0; i < columns_.size(); ++i) {
    const int index = static_cast<int>(i);
    const Status status = AppendField(*columns_[i].encoder, *batch.column(index), row, buffer_);
    if (status.ok()) continue;
    return ValueUnfit(*batch.schema()->field(index), columns_[i].type, rows_ + row + 1, status);
  }
  return Status::OK();
}

Result<int64_t> CopyWriter::Finish() {
  AppendBigEndian(kTrailer, buffer_);
  RETURN_NOT_OK(copy_.Write(buffer_));
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, copy_.Finish());
  return staged_ ? EmptyStage() : rows;
}

// Moves the rows into the table. Dropped at once: the transaction may insert again.
Result<int64_t> CopyWriter::EmptyStage() {
  std::vector<std::string> values;
  for (const EncodedColumn& column : columns_) {
    const std::string name = QuoteName(column.name);
    values.push_back(column.cast.empty() ? name : fmt::format("{}::{}", name, column.cast));
  }
  const auto rows = session_.Execute(
      fmt::format("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}{}", table_,
                  QuotedColumns(columns_), fmt::join(values, ", "), kStage,
                  ConflictClause(spec_, *schema_)),
      {});
  RETURN_NOT_OK(Explain(rows.status()));
  RETURN_NOT_OK(session_.Execute(fmt::format("DROP TABLE {}", kStage), {}).status());
  return rows;
}

// What the server says of moving the rows, in the words of who inserts them.
Status CopyWriter::Explain(const Status& status) const {
  const auto has_state = [&](const char* state) {
    return status.message().find(state) != std::string::npos;
  };
  if (status.ok()) return status;
  if (has_state("[SQLSTATE 42P10]")) {
    return Error(KindOf(status), status.message())
        .Hint("`key` must be the columns of a primary key or a UNIQUE index");
  }
  if (has_state("[SQLSTATE 21000]")) {
    return Error(ErrorKind::kData, status.message())
        .Hint("two rows have one key: keep one of each first, with distinct");
  }
  return has_state("[SQLSTATE 22") ? NameCasts(status) : status;
}

// The server does not say which column's text it could not read.
Status CopyWriter::NameCasts(const Status& status) const {
  std::vector<std::string> casts;
  for (const EncodedColumn& column : columns_) {
    if (column.cast.empty()) continue;
    casts.push_back(fmt::format("column `{}` as {}", column.name, column.type));
  }
  if (casts.empty()) return status;
  return Status(status.code(),
                fmt::format("{} (the server read {})", status.message(), fmt::join(casts, ", ")),
                status.detail());
}

Status CheckTable(Session& session, const InsertSpec& spec, const dataset::SchemaPtr& schema) {
  if (!spec.create) {
    ARROW_ASSIGN_OR_RAISE(const TargetTable table, DescribeTable(session, spec));
    return PlanColumns(spec, *schema, table).status();
  }
  RETURN_NOT_OK(CheckAbsent(session, spec));
  return CreateTableSql(spec, *schema).status();
}

}  // namespace tideway::sql::postgres
