// How Node::Origins finds the rows that a row was made of. All of it computes rows anew; nothing is
// kept while a plan runs.
#pragma once

#include <functional>
#include <string>

#include "core/dataset/node.h"

namespace tideway::dataset {

// The columns that Numbered() adds begin so.
inline constexpr const char* kRowNumber = "tideway.row";

// `input` with a column of int64 at its end: the number of each row, from 0, behind the upper 16
// bits, which are `input_number`.
NodePtr Numbered(NodePtr input, std::string column, size_t input_number = 0);
// What such a column says.
RowOrigin OriginOf(int64_t number);

// Row `row` (from 0) of a plan, as a batch of one row. An error of kind not_found when there are
// fewer.
Result<BatchPtr> ReadRow(const NodePtr& plan, int64_t row, RunContext& run);
// The row whose number is in row `row` of an operator over numbered inputs.
Result<RowOrigins> OriginByNumber(const Node& like_this, int64_t row, RunContext& run);
// What the column of Numbered() says in such a batch; nothing for a null.
std::optional<RowOrigin> NumberIn(const arrow::RecordBatch& row, const std::string& column);

// For an operator whose output rows come of one input row each, in order, whatever the batches:
// the input row that gives output row `row`. `count` tells how many rows a batch gives.
using CountRows = std::function<Result<int64_t>(const BatchPtr&, Worker&)>;
Result<RowOrigins> OriginInOrder(const NodePtr& input, int64_t row, const CountRows& count,
                                 RunContext& run);

}  // namespace tideway::dataset
