// The content hash of a query's rows: one XXH3-128 for each column over validity, lengths and
// values, so that it does not depend on where batches begin and end.
//
// Threads: one thread per object.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

#include "core/base/error.h"
#include "core/dataset/stream.h"

namespace tideway::sql {

class RowHash {
 public:
  explicit RowHash(const dataset::SchemaPtr& schema);
  ~RowHash();

  void Update(const arrow::RecordBatch& batch);
  // "xxh128:..." over column names, types and all rows so far.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tideway::sql
