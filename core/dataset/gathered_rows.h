// Rows that come bit by bit from the script, as the source of plans: those of a connector.
//
//   ARROW_ASSIGN_OR_RAISE(auto gathered, GatheredRows::Create("tickets {}", schema, run));
//   RETURN_NOT_OK(gathered->Add(*page));
//   ARROW_ASSIGN_OR_RAISE(NodePtr plan, gathered->Finish());
//
// They are kept as BatchStore keeps rows: in the scratch folder what memory does not hold. Equal
// rows make equal plans, however many came at a time, unless they are so large that fewer than
// kHashedRows (row_bytes.h) make a batch.
// Threads: one at a time. Ownership: the plan holds the rows.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/batch_store.h"
#include "core/dataset/node.h"

namespace tideway::dataset {

class GatheredRows {
 public:
  // `name`, without secrets, is what plans and the receipt call them. An error of kind data names
  // a column of a type that cannot be kept.
  static Result<std::shared_ptr<GatheredRows>> Create(std::string name, SchemaPtr schema,
                                                      RunContext& run);
  // `rows` have the schema, else an error of kind data. Others: disk_full, io.
  Status Add(const std::shared_ptr<arrow::Table>& rows);
  // Ends adding. The run counts the rows among its inputs, unless it only checks.
  Result<NodePtr> Finish();

 private:
  GatheredRows(std::string name, std::shared_ptr<BatchStore> store, RunContext& run)
      : name_(std::move(name)), store_(std::move(store)), run_(run) {}
  // Moves the first rows of `pending_` to `joined_`: pieces of kHashedRows, else all that there
  // are.
  Status Join();
  // Stores `joined_`.
  Status Keep();

  const std::string name_;
  const std::shared_ptr<BatchStore> store_;
  RunContext& run_;
  std::vector<std::shared_ptr<arrow::Table>> pending_;  // as they came, fewer than kHashedRows
  int64_t pending_rows_ = 0;
  int64_t pending_bytes_ = 0;
  std::vector<BatchPtr> joined_;  // less than a batch, hashed, not stored yet
  int64_t joined_rows_ = 0;
  int64_t joined_bytes_ = 0;
  int64_t batches_ = 0;
  std::string hashes_;
};

}  // namespace tideway::dataset
