#include <arrow/api.h>
#include <fmt/format.h>

#include <mutex>

#include "core/base/hash.h"
#include "core/base/secret.h"
#include "core/sql/sql.h"
#include "core/sql/sql_internal.h"

namespace tideway::sql {
namespace {

using dataset::RunContext;

class QueryNode : public dataset::Node {
 public:
  QueryNode(DatabasePtr database, QuerySpec query)
      : database_(std::move(database)), query_(std::move(query)) {}

  std::string_view op() const override { return "query"; }
  std::string Describe() const override { return Redact(ShortenSql(query_.sql)); }

  Result<std::string> Identity(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(std::string snapshot, database_->SnapshotIdentity(run));
    std::string types;
    for (const auto& [column, type] : query_.types) types += column + "=" + type + ",";
    return fmt::format("{}\n{}\n{}\n{}\n{}", database_->uri(), snapshot, query_.sql,
                       ParamsText(query_.params), types);
  }

  bool repeats_order() const override { return false; }
  Result<std::vector<std::string>> InputUris() const override { return std::vector{InputUri()}; }

  Result<dataset::SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const std::string snapshot, database_->SnapshotIdentity(run));
    std::lock_guard lock(mutex_);
    if (!described_.schema || described_.snapshot != snapshot) {
      ARROW_ASSIGN_OR_RAISE(auto schema, database_->Describe(query_, run));
      described_ = {snapshot, std::move(schema)};
    }
    return described_.schema;
  }

  Result<std::unique_ptr<dataset::Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(auto reader, database_->Read(query_, run));
    return Prefetch(std::move(reader), InputUri(), run);
  }

  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    if (!IsSelect(query_.sql)) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const std::string snapshot, database_->SnapshotIdentity(run));
    std::lock_guard lock(mutex_);
    if (counted_.snapshot != snapshot) {
      ARROW_ASSIGN_OR_RAISE(const int64_t rows, CountRows(run));
      counted_ = {snapshot, rows};
    }
    return counted_.rows;
  }

 private:
  Result<int64_t> CountRows(RunContext& run) const {
    // The line break ends a comment that the query may end with.
    QuerySpec count{.sql = fmt::format("SELECT count(*) AS rows FROM ({}\n) AS tideway_rows",
                                       TrimStatement(query_.sql)),
                    .params = query_.params,
                    .types = {{"rows", "int64"}}};
    auto reader = database_->Read(count, run);
    // An error in the query itself says where in the query that was written.
    if (!reader.ok()) RETURN_NOT_OK(database_->Describe(query_, run).status());
    RETURN_NOT_OK(reader.status());
    ARROW_ASSIGN_OR_RAISE(auto batch, (*reader)->Read());
    return static_cast<const arrow::Int64Array&>(*batch->column(0)).Value(0);
  }

  // The database, and what tells this query from others in a receipt.
  std::string InputUri() const {
    const std::string text = query_.sql + "\n" + ParamsText(query_.params);
    return fmt::format("{}#query={}", RedactUri(database_->uri()), Hash128Hex(text).substr(0, 16));
  }

  const DatabasePtr database_;
  const QuerySpec query_;
  mutable std::mutex mutex_;
  // What the database said last of the query, and of which state of its data.
  mutable struct {
    std::string snapshot;
    dataset::SchemaPtr schema;
  } described_;
  mutable struct {
    std::string snapshot;
    int64_t rows = 0;
  } counted_;
};

}  // namespace

dataset::NodePtr Query(DatabasePtr database, QuerySpec query) {
  return std::make_shared<QueryNode>(std::move(database), std::move(query));
}

}  // namespace tideway::sql
