#include "core/sql/sqlite/reader.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/dataset/type_name.h"
#include "core/sql/sql_internal.h"
#include "core/sql/sqlite/types.h"

namespace tideway::sql::sqlite {
namespace {

using dataset::BatchPtr;
using dataset::RunContext;
using dataset::SchemaPtr;

// After so many rows another query may have its turn.
constexpr int64_t kRowsPerTurn = 1024;

Result<Statement> PrepareQuery(Connection& connection, const QuerySpec& query) {
  ARROW_ASSIGN_OR_RAISE(Statement statement, connection.Prepare(query.sql, query.params));
  if (sqlite3_stmt_readonly(statement.get()) == 0) return NotAQuery(query.sql);
  std::vector<std::string> names;
  for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) {
    names.emplace_back(sqlite3_column_name(statement.get(), i));
  }
  RETURN_NOT_OK(CheckColumns(query, names));
  return statement;
}

// The type that the `types` option gives a column.
Result<std::shared_ptr<arrow::DataType>> NamedType(const std::string& column,
                                                   const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(auto type, dataset::TypeFromName(name));
  if (ColumnBuilder::CanBuild(*type)) return type;
  return Error(ErrorKind::kUsage,
               fmt::format("sql: column `{}` cannot be read as {}", column, type->ToString()))
      .Hint("int64, float64, string, binary, bool, date32 and timestamp can");
}

// The type of column `i`, or null when only a value can tell.
Result<std::shared_ptr<arrow::DataType>> DeclaredType(sqlite3_stmt* statement, int i,
                                                      const QuerySpec& query) {
  const auto named = query.types.find(sqlite3_column_name(statement, i));
  if (named != query.types.end()) return NamedType(named->first, named->second);
  const char* declaration = sqlite3_column_decltype(statement, i);
  return declaration == nullptr ? nullptr : TypeOfDeclaration(declaration);
}

// Runs the statement until every column in `unknown` has shown a value; types go into `types`.
Status InferTypes(Connection& connection, sqlite3_stmt* statement, std::vector<int> unknown,
                  std::vector<std::shared_ptr<arrow::DataType>>& types) {
  while (!unknown.empty()) {
    ARROW_ASSIGN_OR_RAISE(const bool row, connection.Step(statement));
    if (!row) break;
    std::erase_if(unknown, [&](int i) {
      types[i] = TypeOfKind(sqlite3_column_type(statement, i));
      return types[i] != nullptr;
    });
  }
  for (int i : unknown) types[i] = arrow::utf8();
  return Status::OK();
}

class Reader : public BatchReader {
 public:
  Reader(std::shared_ptr<Connection> connection, SchemaPtr schema, RunContext& run)
      : connection_(std::move(connection)),
        schema_(std::move(schema)),
        run_(run),
        watch_(run.cancel()) {}

  ~Reader() override { Release(); }

  Status Start(const QuerySpec& query, const std::vector<bool>& inferred, double timeout_s) {
    watch_.SetTimeout(run_.clock(), timeout_s);
    ARROW_ASSIGN_OR_RAISE(const auto turn, connection_->Take(watch_));
    ARROW_ASSIGN_OR_RAISE(statement_, PrepareQuery(*connection_, query));
    for (int i = 0; i < schema_->num_fields(); ++i) {
      builders_.push_back(ColumnBuilder::Make(*schema_->field(i), inferred[i]));
    }
    return Status::OK();
  }

  const SchemaPtr& schema() const override { return schema_; }
  void Interrupt() override { watch_.Interrupt(); }

  Result<BatchPtr> Read() override {
    int64_t rows = 0;
    int64_t bytes = 0;
    while (!ended_ && rows < run_.batch_rows() && bytes < run_.batch_bytes()) {
      ARROW_ASSIGN_OR_RAISE(const auto turn, connection_->Take(watch_));
      const int64_t limit = std::min(rows + kRowsPerTurn, run_.batch_rows());
      while (!ended_ && rows < limit && bytes < run_.batch_bytes()) {
        ARROW_ASSIGN_OR_RAISE(const bool row, connection_->Step(statement_.get()));
        ended_ = !row;
        if (ended_) break;
        ++rows;
        ARROW_ASSIGN_OR_RAISE(const int64_t size, AppendRow(rows_before_ + rows));
        bytes += size;
      }
    }
    if (ended_) Release();
    rows_before_ += rows;
    return rows == 0 ? Result<BatchPtr>(nullptr) : FinishBatch(rows);
  }

 private:
  // Lets go of the connection, and with it of a snapshot that nobody else holds.
  void Release() {
    if (!connection_) return;
    {
      const auto turn = connection_->TakeForCleanup();
      statement_.reset();
    }
    connection_.reset();
  }

  Result<int64_t> AppendRow(int64_t row) {
    int64_t bytes = 0;
    for (size_t i = 0; i < builders_.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const int64_t size,
                            builders_[i]->Append(statement_.get(), static_cast<int>(i), row));
      bytes += size;
      if (bytes > kMaxRowBytes) return RowTooLong(schema_->field(static_cast<int>(i))->name(), row);
    }
    return bytes;
  }

  Result<BatchPtr> FinishBatch(int64_t rows) {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (auto& builder : builders_) {
      ARROW_ASSIGN_OR_RAISE(auto column, builder->Finish());
      columns.push_back(std::move(column));
    }
    return arrow::RecordBatch::Make(schema_, rows, std::move(columns));
  }

  std::shared_ptr<Connection> connection_;  // null once all is read
  const SchemaPtr schema_;
  RunContext& run_;
  Watch watch_;
  Statement statement_;
  std::vector<std::unique_ptr<ColumnBuilder>> builders_;
  int64_t rows_before_ = 0;
  bool ended_ = false;
};

}  // namespace

Result<QueryColumns> DescribeQuery(Connection& connection, const QuerySpec& query) {
  ARROW_ASSIGN_OR_RAISE(Statement statement, PrepareQuery(connection, query));
  const auto count = static_cast<size_t>(sqlite3_column_count(statement.get()));
  std::vector<std::shared_ptr<arrow::DataType>> types(count);
  std::vector<int> unknown;
  for (int i = 0; i < static_cast<int>(count); ++i) {
    ARROW_ASSIGN_OR_RAISE(types[i], DeclaredType(statement.get(), i, query));
    if (!types[i]) unknown.push_back(i);
  }
  QueryColumns columns{.schema = nullptr, .inferred = std::vector<bool>(count)};
  for (int i : unknown) columns.inferred[i] = true;
  RETURN_NOT_OK(InferTypes(connection, statement.get(), std::move(unknown), types));
  arrow::FieldVector fields;
  for (size_t i = 0; i < count; ++i) {
    fields.push_back(
        arrow::field(sqlite3_column_name(statement.get(), static_cast<int>(i)), types[i]));
  }
  columns.schema = arrow::schema(std::move(fields));
  return columns;
}

Result<std::unique_ptr<BatchReader>> ReadQuery(std::shared_ptr<Connection> connection,
                                               const QuerySpec& query, const QueryColumns& columns,
                                               RunContext& run, double timeout_s) {
  auto reader = std::make_unique<Reader>(std::move(connection), columns.schema, run);
  RETURN_NOT_OK(reader->Start(query, columns.inferred, timeout_s));
  return reader;
}

}  // namespace tideway::sql::sqlite
