#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "core/sql/sql_internal.h"

namespace tideway::sql {
namespace {

bool IsNameByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || c == '$' || byte >= 0x80;
}

Status BadName(std::string_view name) {
  return Error(ErrorKind::kUsage, fmt::format("sql: not the name of a table: `{}`", name))
      .Hint("write it as in SQL: messages, archive.messages, or \"Odd Name\" in double quotes");
}

// Takes a part in double quotes off the front of `rest`; false when it has no end.
bool TakeQuoted(std::string_view* rest, std::string* part) {
  for (size_t i = 1; i < rest->size(); ++i) {
    if ((*rest)[i] != '"') {
      *part += (*rest)[i];
    } else if (i + 1 < rest->size() && (*rest)[i + 1] == '"') {
      *part += (*rest)[i++];
    } else {
      rest->remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

void TakePlain(std::string_view* rest, bool fold, std::string* part) {
  while (!rest->empty() && IsNameByte(rest->front())) {
    const auto byte = static_cast<unsigned char>(rest->front());
    *part += fold && byte < 0x80 ? static_cast<char>(std::tolower(byte)) : rest->front();
    rest->remove_prefix(1);
  }
}

Error Misfit(const InsertSpec& spec, const std::string& what) {
  return Error(ErrorKind::kUsage, fmt::format("sql: {}: {}", spec.table, what));
}

std::vector<std::string> NamesOf(const std::vector<TableColumn>& table) {
  std::vector<std::string> names;
  for (const TableColumn& column : table) names.push_back(column.name);
  return names;
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<size_t> FindColumn(const InsertSpec& spec, const std::string& name,
                          const std::vector<TableColumn>& table) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const TableColumn& column) { return column.name == name; });
  if (found == table.end()) {
    const auto names = NamesOf(table);
    return Misfit(spec,
                  fmt::format("the table has no column `{}`{}", name, DidYouMean(name, names)))
        .Hint(fmt::format("its columns: {}; drop or rename the rows' column",
                          fmt::join(names, ", ")));
  }
  if (found->generated) {
    return Misfit(spec, fmt::format("the database computes column `{}`", name))
        .Hint("drop it from the rows");
  }
  return static_cast<size_t>(found - table.begin());
}

Status CheckNames(const InsertSpec& spec, const std::vector<std::string>& names) {
  if (names.empty()) return Misfit(spec, "the rows have no columns");
  for (size_t i = 0; i < names.size(); ++i) {
    if (std::find(names.begin(), names.begin() + static_cast<ptrdiff_t>(i), names[i]) ==
        names.begin() + static_cast<ptrdiff_t>(i)) {
      continue;
    }
    return Misfit(spec, fmt::format("two columns of the rows have the name `{}`", names[i]));
  }
  for (const std::string& key : spec.key) {
    if (Contains(names, key)) continue;
    return Misfit(spec, fmt::format("`key` names no column of the rows: {}{}", key,
                                    DidYouMean(key, names)))
        .Hint(fmt::format("columns: {}", fmt::join(names, ", ")));
  }
  return Status::OK();
}

}  // namespace

Status InsertSpec::Validate() const {
  RETURN_NOT_OK(ParseName(table, false).status());
  if (create && replace) {
    return Error(ErrorKind::kUsage, "sql: a table that is made has no rows to replace")
        .Hint("leave out `create` or `mode`");
  }
  if (conflict == Conflict::kUpdate && key.empty()) {
    return Error(ErrorKind::kUsage, "sql: conflict = \"update\" needs `key`")
        .Hint("name the columns of the table's primary key: key = { \"id\" }");
  }
  if (conflict == Conflict::kError && !key.empty() && !create) {
    return Error(ErrorKind::kUsage, "sql: `key` says nothing without `conflict` or `create`")
        .Hint("add conflict = \"skip\" or \"update\"");
  }
  return Status::OK();
}

Result<std::vector<std::string>> ParseName(std::string_view name, bool fold) {
  std::vector<std::string> parts;
  std::string_view rest = name;
  while (true) {
    std::string& part = parts.emplace_back();
    const bool quoted = rest.starts_with('"');
    if (quoted && !TakeQuoted(&rest, &part)) return BadName(name);
    if (!quoted) TakePlain(&rest, fold, &part);
    if (part.empty() || part.find('\0') != part.npos) return BadName(name);
    if (rest.empty()) break;
    if (rest.front() != '.' || parts.size() == 2) return BadName(name);
    rest.remove_prefix(1);
  }
  return parts;
}

std::string QuoteName(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + "\"";
}

std::string QuoteNames(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(QuoteName(name));
  return fmt::format("{}", fmt::join(quoted, ", "));
}

Result<std::vector<size_t>> MatchColumns(const InsertSpec& spec, const arrow::Schema& schema,
                                         const std::vector<TableColumn>& table) {
  const std::vector<std::string> names = schema.field_names();
  RETURN_NOT_OK(CheckNames(spec, names));
  std::vector<size_t> matched;
  for (const std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(matched.emplace_back(), FindColumn(spec, name, table));
  }
  for (const TableColumn& column : table) {
    if (!column.not_null || column.has_default || column.generated) continue;
    if (Contains(names, column.name)) continue;
    return Misfit(spec, fmt::format("column `{}` is NOT NULL and the rows have none of this name{}",
                                    column.name, DidYouMean(column.name, names)))
        .Hint("add it to the rows, or give the table's column a DEFAULT");
  }
  return matched;
}

std::string ConflictClause(const InsertSpec& spec, const arrow::Schema& schema) {
  if (spec.conflict == InsertSpec::Conflict::kError) return "";
  const std::string target = spec.key.empty() ? "" : fmt::format(" ({})", QuoteNames(spec.key));
  std::vector<std::string> sets;
  for (const std::string& name : schema.field_names()) {
    if (Contains(spec.key, name)) continue;
    sets.push_back(fmt::format("{0} = excluded.{0}", QuoteName(name)));
  }
  if (spec.conflict == InsertSpec::Conflict::kSkip || sets.empty()) {
    return fmt::format(" ON CONFLICT{} DO NOTHING", target);
  }
  return fmt::format(" ON CONFLICT{} DO UPDATE SET {}", target, fmt::join(sets, ", "));
}

Status CheckNotNull(const arrow::RecordBatch& batch, int index, int64_t before) {
  const arrow::Array& column = *batch.column(index);
  if (column.null_count() == 0) return Status::OK();
  int64_t row = 0;
  while (!column.IsNull(row)) ++row;
  return Error(ErrorKind::kData,
               fmt::format("sql: column `{}` is NOT NULL in the table, but row {} holds null",
                           batch.schema()->field(index)->name(), before + row + 1))
      .Hint("drop such rows with drop_nulls, or fill them");
}

Status CannotInsert(const arrow::Field& field, const std::string& type) {
  return Error(ErrorKind::kUsage, fmt::format("sql: column `{}` is {} and cannot go into {}",
                                              field.name(), field.type()->ToString(), type))
      .Hint("cast it first, for instance to string");
}

Status ValueUnfit(const arrow::Field& field, const std::string& type, int64_t row,
                  const Status& why) {
  return Error(ErrorKind::kData,
               fmt::format("sql: column `{}` is {} and goes into {}, but row {} {}", field.name(),
                           field.type()->ToString(), type, row, why.message()))
      .Hint("give the table's column a type that holds it, or change the value first");
}

Status MissingTable(const InsertSpec& spec, const std::vector<std::string>& tables) {
  return Error(ErrorKind::kNotFound,
               fmt::format("sql: no such table: {}{}", spec.table, DidYouMean(spec.table, tables)))
      .Hint("create = true makes it, with the columns of the rows");
}

Status TableIsThere(const InsertSpec& spec) {
  return Error(ErrorKind::kConflict, fmt::format("sql: the table exists already: {}", spec.table))
      .Hint("leave out `create` to add to it");
}

}  // namespace tideway::sql
