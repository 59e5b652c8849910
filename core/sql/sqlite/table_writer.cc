#include "core/sql/sqlite/table_writer.h"

#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace tideway::sql::sqlite {
namespace {

// Looks at the watch this often: SQLite does so only within a statement.
constexpr int64_t kRowsBetweenChecks = 1024;

constexpr const char* kColumnsSql =
    "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden FROM "
    "pragma_table_xinfo($1, $2)";
// What `hidden` says of a column that is computed.
constexpr int kVirtual = 2, kStored = 3;

std::string TextOf(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr ? "" : std::string(text);
}

bool IsInteger(std::string_view type) {
  constexpr std::string_view kInteger = "INTEGER";
  return std::ranges::equal(type, kInteger,
                            [](unsigned char a, char b) { return std::toupper(a) == b; });
}

TableColumn ReadColumn(sqlite3_stmt* row) {
  const auto number = [row](int i) { return sqlite3_column_int(row, i); };
  const std::string type = TextOf(row, 1);
  // Such a key numbers its rows itself.
  const bool row_id = number(4) == 1 && IsInteger(type);
  return {.name = TextOf(row, 0),
          .type = type,
          .not_null = number(2) != 0 && !row_id,
          .has_default = number(3) != 0 || row_id,
          .generated = number(5) == kVirtual || number(5) == kStored};
}

Result<std::string> QuotedName(const InsertSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, ParseName(spec.table, false));
  return parts.size() == 1 ? QuoteName(parts[0]) : QuoteName(parts[0]) + "." + QuoteName(parts[1]);
}

// Empty where there is no such table.
Result<std::vector<TableColumn>> ReadColumns(Connection& connection, const InsertSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, ParseName(spec.table, false));
  const Param schema = parts.size() == 1 ? Param() : Param(parts[0]);
  ARROW_ASSIGN_OR_RAISE(Statement statement,
                        connection.Prepare(kColumnsSql, {parts.back(), schema}));
  std::vector<TableColumn> columns;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool more, connection.Step(statement.get()));
    if (!more) return columns;
    columns.push_back(ReadColumn(statement.get()));
  }
}

Result<std::vector<TableColumn>> DescribeTable(Connection& connection, const InsertSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(auto columns, ReadColumns(connection, spec));
  if (!columns.empty()) return columns;
  std::vector<std::string> tables;
  ARROW_ASSIGN_OR_RAISE(
      Statement names,
      connection.Prepare("SELECT name FROM sqlite_schema WHERE type = 'table'", {}));
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool more, connection.Step(names.get()));
    if (!more) return MissingTable(spec, tables);
    tables.push_back(TextOf(names.get(), 0));
  }
}

Status CheckAbsent(Connection& connection, const InsertSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(const auto columns, ReadColumns(connection, spec));
  return columns.empty() ? Status::OK() : TableIsThere(spec);
}

Result<std::string> CreateTableSql(const InsertSpec& spec, const arrow::Schema& schema) {
  ARROW_ASSIGN_OR_RAISE(const std::string name, QuotedName(spec));
  std::vector<std::string> columns;
  for (const auto& field : schema.fields()) {
    const std::string declaration = DeclarationFor(*field->type());
    if (declaration.empty()) return CannotInsert(*field, "any type of SQLite");
    columns.push_back(QuoteName(field->name()) + " " + declaration);
  }
  if (!spec.key.empty()) columns.push_back(fmt::format("PRIMARY KEY ({})", QuoteNames(spec.key)));
  return fmt::format("CREATE TABLE {} ({})", name, fmt::join(columns, ", "));
}

struct Plan {
  std::vector<TableColumn> columns;
  std::vector<BinderPtr> binders;
};

Result<Plan> PlanColumns(const InsertSpec& spec, const arrow::Schema& schema,
                         const std::vector<TableColumn>& table) {
  ARROW_ASSIGN_OR_RAISE(const auto matched, MatchColumns(spec, schema, table));
  Plan plan;
  for (size_t i = 0; i < matched.size(); ++i) {
    const arrow::Field& field = *schema.field(static_cast<int>(i));
    const TableColumn& column = plan.columns.emplace_back(table[matched[i]]);
    auto binder = MakeBinder(field, column.type);
    if (!binder) return CannotInsert(field, column.type);
    plan.binders.push_back(std::move(binder));
  }
  return plan;
}

// REQUIRES: `schema` has columns.
std::string InsertSql(const std::string& table, const InsertSpec& spec,
                      const arrow::Schema& schema) {
  const std::vector<std::string> marks(static_cast<size_t>(schema.num_fields()), "?");
  return fmt::format("INSERT INTO {} ({}) VALUES ({}){}", table, QuoteNames(schema.field_names()),
                     fmt::join(marks, ", "), ConflictClause(spec, schema));
}

}  // namespace

Inserter::Inserter(std::shared_ptr<Connection> connection, Watch& watch)
    : connection_(std::move(connection)), watch_(watch) {}

Inserter::~Inserter() {
  const auto turn = connection_->TakeForCleanup();
  statement_.reset();
}

Status Inserter::Start(const InsertSpec& spec, const dataset::SchemaPtr& schema) {
  ARROW_ASSIGN_OR_RAISE(const auto turn, connection_->Take(watch_));
  if (spec.create) {
    RETURN_NOT_OK(CheckAbsent(*connection_, spec));
    ARROW_ASSIGN_OR_RAISE(const std::string sql, CreateTableSql(spec, *schema));
    RETURN_NOT_OK(connection_->Run(sql));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string table, QuotedName(spec));
  ARROW_ASSIGN_OR_RAISE(const auto columns, DescribeTable(*connection_, spec));
  ARROW_ASSIGN_OR_RAISE(Plan plan, PlanColumns(spec, *schema, columns));
  columns_ = std::move(plan.columns);
  binders_ = std::move(plan.binders);
  if (spec.replace) RETURN_NOT_OK(connection_->Run("DELETE FROM " + table));
  return connection_->PrepareUnbound(InsertSql(table, spec, *schema)).Value(&statement_);
}

Status Inserter::Write(const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(const auto turn, connection_->Take(watch_));
  for (int i = 0; i < batch.num_columns(); ++i) {
    if (columns_[i].not_null) RETURN_NOT_OK(CheckNotNull(batch, i, written_));
    binders_[i]->Bind(*batch.column(i));
  }
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (row % kRowsBetweenChecks == 0) RETURN_NOT_OK(watch_.Check());
    RETURN_NOT_OK(WriteRow(batch, row));
    ++written_;
  }
  return Status::OK();
}

Status Inserter::WriteRow(const arrow::RecordBatch& batch, int64_t row) {
  for (int i = 0; i < batch.num_columns(); ++i) {
    Slot slot{statement_.get(), i + 1};
    if (batch.column(i)->IsNull(row)) {
      sqlite3_bind_null(slot.statement, slot.number);
      continue;
    }
    const Status bound = binders_[i]->Append(row, slot);
    if (bound.ok()) continue;
    return ValueUnfit(*batch.schema()->field(i), columns_[i].type, written_ + 1, bound);
  }
  const Status done = connection_->Step(statement_.get()).status();
  if (connection_->TakeGaveUp() && done.ok()) {
    RETURN_NOT_OK(watch_.Check());
    return connection_->ReadByOthers();
  }
  if (!done.ok()) {
    return Status(done.code(), fmt::format("{} (row {})", done.message(), written_ + 1),
                  done.detail());
  }
  changed_ += connection_->changes();
  sqlite3_reset(statement_.get());
  return Status::OK();
}

Status CheckTable(Connection& connection, const InsertSpec& spec, const arrow::Schema& schema) {
  if (!spec.create) {
    ARROW_ASSIGN_OR_RAISE(const auto columns, DescribeTable(connection, spec));
    return PlanColumns(spec, schema, columns).status();
  }
  RETURN_NOT_OK(CheckAbsent(connection, spec));
  return CreateTableSql(spec, schema).status();
}

}  // namespace tideway::sql::sqlite
