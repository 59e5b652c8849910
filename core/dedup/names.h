// What documents are called in tables: the value of a column of the script's choice, else the
// number of the row from 0.
//
// Threads: const methods from any thread. Ownership: holds the column's batches.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/dedup/documents.h"

namespace tideway::dedup {

class Names {
 public:
  // `column` may be empty. Each part of the documents has a column of that name and of one type.
  static Result<Names> Make(const Documents& documents, const std::string& column);
  // The type of the names of rows with that schema.
  static Result<std::shared_ptr<arrow::DataType>> TypeIn(const arrow::Schema& schema,
                                                         const std::string& column,
                                                         std::string_view operation);
  Result<std::shared_ptr<arrow::Array>> Of(std::span<const uint32_t> documents) const;

 private:
  const Documents* documents_ = nullptr;  // outlives it
  dataset::SchemaPtr schema_;             // of the column alone; null: numbers
  std::vector<size_t> first_batches_;     // of each part
  std::vector<dataset::BatchPtr> batches_;
};

}  // namespace tideway::dedup
