// Rows into a table by binary COPY, in a transaction that the session has open.
//
// Where the server must cast or resolve conflicts, the rows go into a temporary table first and
// from there by INSERT ... SELECT.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/sql/postgres/copy_in.h"
#include "core/sql/postgres/target_table.h"

namespace tideway::sql::postgres {

class CopyWriter {
 public:
  // Both must outlive it.
  CopyWriter(Session& session, const CancelToken& cancel);

  // Checks, makes or empties the table, and begins.
  Status Start(const InsertSpec& spec, const dataset::SchemaPtr& schema);
  Status Write(const arrow::RecordBatch& batch);
  // The rows inserted or updated. The transaction stays open.
  Result<int64_t> Finish();
  // Ends what was begun, so that the transaction can be rolled back. False when the session is of
  // no more use.
  bool Abort() { return copy_.Abort(); }

 private:
  Status WriteRow(const arrow::RecordBatch& batch, int64_t row);
  Status MakeStage();
  Result<int64_t> EmptyStage();
  Status Explain(const Status& status) const;
  Status NameCasts(const Status& status) const;

  Session& session_;
  CopyIn copy_;
  InsertSpec spec_;
  dataset::SchemaPtr schema_;
  std::string table_;  // quoted
  std::vector<EncodedColumn> columns_;
  bool staged_ = false;
  std::string buffer_;
  int64_t rows_ = 0;
};

// Checks that rows of `schema` can go into the spec's table; the session has a transaction open.
Status CheckTable(Session& session, const InsertSpec& spec, const dataset::SchemaPtr& schema);

}  // namespace tideway::sql::postgres
