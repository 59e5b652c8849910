#include "core/sql/sql_internal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/secret.h"

namespace tideway::sql {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

struct ParamText {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{}f", value); }
  std::string operator()(const std::string& value) const {
    return fmt::format("{}:{}", value.size(), value);
  }
};

// `sql` from its first word on: without the white space, comments and brackets before it.
std::string_view FromFirstWord(std::string_view sql) {
  constexpr std::string_view kBefore = " \t\r\n\f\v(";
  while (true) {
    sql.remove_prefix(std::min(sql.find_first_not_of(kBefore), sql.size()));
    std::string_view end;
    if (sql.starts_with("--")) end = "\n";
    if (sql.starts_with("/*")) end = "*/";
    if (end.empty()) return sql;
    const size_t at = sql.find(end, 2);
    sql.remove_prefix(at == sql.npos ? sql.size() : at + end.size());
  }
}

Status LastFailure(int attempt, const Status& status) {
  const std::string tries = attempt == 1 ? "1 try" : fmt::format("{} tries", attempt);
  return Error(ErrorKind::kDatabase, fmt::format("database connection failed after {}: {}", tries,
                                                 Redact(status.message())))
      .Hint("is the server running, and are host and port right?")
      .Retryable()
      .Cause(status);
}

}  // namespace

Status ConnectWithRetry(const OpenOptions& options, const CancelToken& cancel,
                        const std::function<Status()>& connect) {
  for (int attempt = 1;; ++attempt) {
    RETURN_NOT_OK(cancel.Check());
    const Status status = connect();
    if (status.ok() || !IsRetryable(status)) return status;
    const auto wait = options.retry.WaitAfter(attempt, status);
    if (!wait) return LastFailure(attempt, status);
    LogWarn("sql: connection failed, try {} of {}; next in {:.3g} s: {}", attempt,
            options.retry.tries, std::chrono::duration<double>(*wait).count(),
            Redact(status.message()));
    RETURN_NOT_OK(options.wait(*wait, cancel));
  }
}

std::string_view TrimStatement(std::string_view sql) {
  const size_t end = sql.find_last_not_of(" \t\r\n\f\v;");
  return end == sql.npos ? "" : sql.substr(0, end + 1);
}

bool IsSelect(std::string_view sql) {
  std::string word;
  for (const char c : FromFirstWord(sql)) {
    if (std::isalpha(static_cast<unsigned char>(c)) == 0) break;
    word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return word == "SELECT" || word == "WITH" || word == "VALUES" || word == "TABLE";
}

Status CheckStatementText(std::string_view sql) {
  const size_t at = sql.find('\0');
  if (at == sql.npos) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format("sql: the statement holds a NUL byte: at byte {} of {}", at + 1,
                           sql.size()))
      .Hint("SQL ends at a NUL byte; pass values as parameters: $1, $2, ...");
}

Status RowTooLong(std::string_view column, int64_t row) {
  return Error(ErrorKind::kData, fmt::format("sql: a row of more than {}: row {}, at column `{}`",
                                             FormatBytes(kMaxRowBytes), row, column))
      .Hint("leave the column out, or read it in pieces with substr");
}

std::string ShortenSql(std::string_view sql, size_t limit) {
  std::string line;
  for (char c : TrimStatement(sql)) {
    const bool space = kSpace.find(c) != kSpace.npos;
    if (!space) line += c;
    if (space && !line.empty() && line.back() != ' ') line += ' ';
  }
  if (line.size() <= limit) return line;
  size_t cut = limit - 3;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) --cut;
  return line.substr(0, cut) + "...";
}

Status CheckColumns(const QuerySpec& query, const std::vector<std::string>& columns) {
  if (columns.empty()) return NotAQuery(query.sql);
  std::vector<std::string> sorted = columns;
  std::sort(sorted.begin(), sorted.end());
  const auto twin = std::adjacent_find(sorted.begin(), sorted.end());
  if (twin != sorted.end()) {
    return Error(ErrorKind::kUsage, fmt::format("sql: two columns have the name `{}`", *twin))
        .Hint("give one of them another with AS");
  }
  for (const auto& [column, type] : query.types) {
    if (std::binary_search(sorted.begin(), sorted.end(), column)) continue;
    return Error(ErrorKind::kUsage, fmt::format("sql: `types` names no column of the query: {}{}",
                                                column, DidYouMean(column, columns)))
        .Hint(fmt::format("columns: {}", fmt::join(columns, ", ")));
  }
  return Status::OK();
}

Status NotAQuery(const std::string& sql) {
  return Error(ErrorKind::kUsage, Redact("sql: not a query: " + ShortenSql(sql)))
      .Hint("a query reads and returns columns; other statements go to execute");
}

std::string ParamsText(const std::vector<Param>& params) {
  std::string text;
  for (const Param& param : params) text += std::visit(ParamText{}, param) + ",";
  return text;
}

Status TransactionState::CheckBegin() const {
  if (!open) return Status::OK();
  return Error(ErrorKind::kUsage, "sql: a transaction is open already");
}

Status TransactionState::CheckExecute() const {
  if (!failed) return Status::OK();
  return Error(ErrorKind::kUsage, "sql: a statement of this transaction has failed")
      .Hint("nothing of it will be kept: let the error end the transaction");
}

Status TransactionState::CheckEnd(bool commit) const {
  if (!open) return Error(ErrorKind::kUsage, "sql: no transaction is open");
  return commit ? CheckExecute() : Status::OK();
}

Status ClosedError() {
  return Error(ErrorKind::kUsage, "sql: the database is closed")
      .Hint("close it after the last use of its queries");
}

Status ReadOnlyError(const std::string& sql) {
  return Error(ErrorKind::kUsage,
               Redact("sql: the database is open for reading only: " + ShortenSql(sql)))
      .Hint("connect with { read_only = false } to write");
}

}  // namespace tideway::sql
