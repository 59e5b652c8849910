// What the members of sql/ share with each other's face and nothing else may include.
#pragma once

#include <arrow/type_fwd.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/sql/sql.h"

namespace tideway::sql {

// Calls `connect` until it succeeds, as `options.retry` says, waiting with `options.wait`.
Status ConnectWithRetry(const OpenOptions& options, const CancelToken& cancel,
                        const std::function<Status()>& connect);

// "postgresql" of "postgresql+psycopg2://..."; empty when there is no scheme.
std::string_view SchemeOf(std::string_view uri);
Status UnknownScheme(std::string_view uri, std::string_view scheme);

// `sql` without trailing white space and semicolons.
std::string_view TrimStatement(std::string_view sql);
// The statement on one line, at most `limit` characters of it, cut with "...".
std::string ShortenSql(std::string_view sql, size_t limit = 72);

// Whether `sql` is a statement that can stand in brackets as a table, by its first word: SHOW,
// EXPLAIN and PRAGMA return rows too, but cannot.
bool IsSelect(std::string_view sql);
// A statement with a NUL byte, which databases would read up to there, is an error of kind usage.
Status CheckStatementText(std::string_view sql);

// The most bytes that one row may have, as a record of a text file: batches are bounded by it.
inline constexpr int64_t kMaxRowBytes = 64 << 20;
// The error of kind data for row `row`, which gets longer with its `column`.
Status RowTooLong(std::string_view column, int64_t row);

// What every query's columns must be: at least one, all with different names, and all that `types`
// names among them. Errors of kind usage.
Status CheckColumns(const QuerySpec& query, const std::vector<std::string>& columns);
// The error for a statement that writes or returns no columns, where a query is wanted.
Status NotAQuery(const std::string& sql);

// Reads `reader` on a thread of its own, at most two batches ahead, and tells `run` the input's
// content hash at the end. Destroying the stream early interrupts the query.
std::unique_ptr<dataset::Stream> Prefetch(std::unique_ptr<BatchReader> reader, std::string uri,
                                          dataset::RunContext& run);

// One text for each list of parameters, part of a query's identity.
std::string ParamsText(const std::vector<Param>& params);

// Whether a transaction is open, and whether a statement in it has failed: then it can only be
// rolled back. The checks return errors of kind usage.
struct TransactionState {
  bool open = false;
  bool failed = false;

  Status CheckBegin() const;
  Status CheckExecute() const;
  Status CheckEnd(bool commit) const;
};

// A name as SQL reads it, in its parts: `archive.messages`, `"Odd Name"`. With `fold`, what is not
// in quotes becomes lower case. Errors of kind usage.
Result<std::vector<std::string>> ParseName(std::string_view name, bool fold);
// In double quotes.
std::string QuoteName(std::string_view name);
// "a", "b"
std::string QuoteNames(const std::vector<std::string>& names);

// A column of a table that rows go into.
struct TableColumn {
  std::string name = {};
  std::string type = {};  // as the database writes it
  bool not_null = false;
  bool has_default = false;
  bool generated = false;  // computed by the database
};
// Checks that the columns of `schema` are columns of the table, that none is missing which must be
// given, and that the key is among them. Returns the table's column for each of the schema's.
Result<std::vector<size_t>> MatchColumns(const InsertSpec& spec, const arrow::Schema& schema,
                                         const std::vector<TableColumn>& table);
// " ON CONFLICT ..." as `spec` says; empty for Conflict::kError.
std::string ConflictClause(const InsertSpec& spec, const arrow::Schema& schema);
// An error of kind data for a null in column `index`, which the table's column refuses. `before` is
// how many rows were written before the batch.
Status CheckNotNull(const arrow::RecordBatch& batch, int index, int64_t before);

// The errors for a column whose values have no form in a type of the table, and for one value of
// it, `row` counted from 1.
Status CannotInsert(const arrow::Field& field, const std::string& type);
Status ValueUnfit(const arrow::Field& field, const std::string& type, int64_t row,
                  const Status& why);
Status MissingTable(const InsertSpec& spec, const std::vector<std::string>& tables);
Status TableIsThere(const InsertSpec& spec);

// The error every method of a closed database returns.
Status ClosedError();
// The error of Execute() on a database opened read-only.
Status ReadOnlyError(const std::string& sql);

}  // namespace tideway::sql
