// The columns of several files as one schema, and batches of one file in that schema.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/features.h"

namespace tideway::dataset {

// The columns that a file with the schema `stored` gives: of plain types (plain_type_internal.h),
// with the features that its `huggingface` key tells.
Result<SchemaPtr> ColumnsOfFile(const arrow::Schema& stored);

class SchemaUnion {
 public:
  explicit SchemaUnion(std::string op) : op_(std::move(op)) {}
  // Adds the columns of `file`. An error of kind data when a column has another type, or other
  // labels, than in a file before; a column of type null takes any type.
  Status Add(const std::string& file, const arrow::Schema& schema);
  // Columns in the order first seen; all may be null.
  SchemaPtr schema() const;

 private:
  struct Column {
    FieldPtr field;
    std::string file;  // the first that gave the type
  };
  Status Merge(Column& column, const std::string& file, const FieldPtr& field) const;

  const std::string op_;
  std::vector<Column> columns_;
};

// `batch` as `schema` has it: column i is column positions[i] of `batch`, or nulls where that is
// -1. Types may differ only by null and by what PlainType leaves out.
Result<BatchPtr> Conform(const BatchPtr& batch, const SchemaPtr& schema,
                         const std::vector<int>& positions);

}  // namespace tideway::dataset
