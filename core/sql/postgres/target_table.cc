#include "core/sql/postgres/target_table.h"

#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

namespace tideway::sql::postgres {
namespace {

// A domain (d) counts as what it is made of; an array has an element (e) with a type of its own.
constexpr const char* kColumnsSql = R"(
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.atthasdef OR a.attidentity <> '', a.attgenerated <> '', b.oid,
       CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, coalesce(e.oid, 0),
       coalesce(e.typtype, b.typtype) = 'e' OR coalesce(e.typcategory, b.typcategory) = 'S',
       format_type(a.atttypid, NULL)
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_type e ON e.oid = b.typelem AND b.typcategory = 'A' AND b.typlen = -1
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum)";

// The type "char", of one byte: a cast to it cuts.
constexpr Oid kCharOid = 18;

constexpr const char* kTablesSql =
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid)"
    " AND relnamespace <> 'pg_catalog'::regnamespace";

Result<std::string> QuotedName(const InsertSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, ParseName(spec.table, true));
  std::string name;
  for (const std::string& part : parts) name += (name.empty() ? "" : ".") + QuoteName(part);
  return name;
}

Result<bool> Exists(Session& session, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const auto rows, session.Rows("SELECT to_regclass($1)", {name}));
  return rows[0][0].has_value();
}

TargetColumn ReadColumn(const TextRow& row) {
  const auto text = [&](size_t i) { return row[i].value_or(""); };
  const auto number = [&](size_t i) { return std::atoll(text(i).c_str()); };
  return {.column = {.name = text(0),
                     .type = text(1),
                     .not_null = text(2) == "t",
                     .has_default = text(3) == "t",
                     .generated = text(4) == "t"},
          .type = {.oid = static_cast<Oid>(number(5)),
                   .modifier = static_cast<int>(number(6)),
                   .element = static_cast<Oid>(number(7)),
                   .text_like = text(8) == "t"},
          .plain_type = text(9)};
}

Result<EncodedColumn> PlanColumn(const arrow::Field& field, const TargetColumn& target) {
  EncodedColumn planned{.name = field.name(),
                        .type = target.column.type,
                        .not_null = target.column.not_null,
                        .cast = "",
                        .encoder = MakeEncoder(field, target.type)};
  if (planned.encoder) return planned;
  planned.cast = target.plain_type;
  if (target.type.oid != kCharOid) planned.encoder = MakeTextEncoder(field);
  if (!planned.encoder) return CannotInsert(field, target.column.type);
  return planned;
}

}  // namespace

Result<TargetTable> DescribeTable(Session& session, const InsertSpec& spec) {
  TargetTable table;
  ARROW_ASSIGN_OR_RAISE(table.name, QuotedName(spec));
  ARROW_ASSIGN_OR_RAISE(const auto rows, session.Rows(kColumnsSql, {table.name}));
  for (const TextRow& row : rows) table.columns.push_back(ReadColumn(row));
  if (!table.columns.empty()) return table;
  ARROW_ASSIGN_OR_RAISE(const auto known, session.Rows(kTablesSql, {}));
  std::vector<std::string> tables;
  for (const TextRow& row : known) tables.push_back(row[0].value_or(""));
  return MissingTable(spec, tables);
}

Status CheckAbsent(Session& session, const InsertSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(const std::string name, QuotedName(spec));
  ARROW_ASSIGN_OR_RAISE(const bool exists, Exists(session, name));
  return exists ? TableIsThere(spec) : Status::OK();
}

Result<std::string> CreateTableSql(const InsertSpec& spec, const arrow::Schema& schema) {
  ARROW_ASSIGN_OR_RAISE(const std::string name, QuotedName(spec));
  std::vector<std::string> columns;
  for (const auto& field : schema.fields()) {
    const std::string type = TypeFor(*field->type());
    if (type.empty()) return CannotInsert(*field, "any type of PostgreSQL");
    columns.push_back(QuoteName(field->name()) + " " + type);
  }
  if (!spec.key.empty()) columns.push_back(fmt::format("PRIMARY KEY ({})", QuoteNames(spec.key)));
  return fmt::format("CREATE TABLE {} ({})", name, fmt::join(columns, ", "));
}

Result<std::vector<EncodedColumn>> PlanColumns(const InsertSpec& spec, const arrow::Schema& schema,
                                               const TargetTable& table) {
  std::vector<TableColumn> columns;
  for (const TargetColumn& target : table.columns) columns.push_back(target.column);
  ARROW_ASSIGN_OR_RAISE(const auto matched, MatchColumns(spec, schema, columns));
  std::vector<EncodedColumn> planned;
  for (size_t i = 0; i < matched.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(EncodedColumn column, PlanColumn(*schema.field(static_cast<int>(i)),
                                                           table.columns[matched[i]]));
    planned.push_back(std::move(column));
  }
  return planned;
}

}  // namespace tideway::sql::postgres
