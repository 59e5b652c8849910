// The base of operators that give any number of rows for each row, in order: flat_map.
//
// Rows come out in batches of a bounded size, however many one row gives: where a batch of the
// input gives more than one, what is left of it is shared out among the workers. Work is done ahead
// of need, a batch for each worker at most.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "core/dataset/node.h"

namespace tideway::dataset {

class ExpandOperator : public Node {
 public:
  using Node::Node;
  Result<SchemaPtr> schema(RunContext& run) const final;
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const final;
  Result<RowOrigins> Origins(int64_t row, RunContext& run) const final;

  // One of the rows that come out: the one with number `item` (from 0) of those that `row` gives.
  struct Position {
    int64_t row = 0;
    int64_t item = 0;
  };
  struct Piece {
    BatchPtr batch;
    Position next;  // what comes after it
  };
  // Gives the rows from `from` on, up to those of input row `end`, as many as one batch should
  // hold (RunContext::batch_bytes and batch_rows); at least one, unless none are left: `next` is
  // then {end, 0}. Called by any worker, several at once. An error about one row says so with
  // AtRow() (row_error.h).
  using Apply = std::function<Result<Piece>(const BatchPtr&, Position from, int64_t end, Worker&)>;

 protected:
  // As for RowOperator.
  virtual Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const = 0;
  virtual Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                             RunContext& run) const = 0;
};

}  // namespace tideway::dataset
