// The rows in the making of pack.h. Threads: one.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/dataset/op/pack.h"
#include "core/dataset/stream.h"

namespace tideway::dataset {

class PackedRows {
 public:
  using Dropped = std::map<std::string, int64_t>;
  explicit PackedRows(const PackOptions& options) : options_(options) {}

  // Takes the documents of a list<int32>; counts those that are left out.
  Status Add(const arrow::Array& documents, Dropped& dropped);
  // Ends the last row as the options say; counts the tokens that are left out.
  void End(Dropped& dropped);
  // Rows that are complete.
  int64_t rows() const;
  // Those, as a batch of one column; keeps what is left over.
  Result<BatchPtr> Take(const SchemaPtr& schema);

 private:
  const PackOptions options_;
  std::vector<int32_t> ids_;
  bool ended_ = false;  // what is left over is a row
};

}  // namespace tideway::dataset
