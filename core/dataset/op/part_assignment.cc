#include "core/dataset/op/part_assignment.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <numeric>

#include "core/base/hash.h"
#include "core/dataset/execute.h"
#include "core/dataset/op/part_ends.h"
#include "core/dataset/op/strata.h"

namespace tideway::dataset {
namespace {

// A byte per row of every batch.
Result<std::shared_ptr<BatchStore>> WriteParts(const BatchStore& rows, const Strata& strata,
                                               const PartEnds& ends, uint64_t seed,
                                               RunContext& run) {
  const auto schema = arrow::schema({arrow::field("part", arrow::uint8(), false)});
  ARROW_ASSIGN_OR_RAISE(auto parts, BatchStore::Create(schema, run));
  const auto assign = [&](int64_t i, int64_t first_row, const BatchPtr& batch, Worker&) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto codes, strata.Codes(i));
    std::vector<uint8_t> bytes(static_cast<size_t>(batch->num_rows()));
    auto position = static_cast<uint64_t>(first_row);
    for (size_t row = 0; row < bytes.size(); ++row) {
      bytes[row] = ends.PartOf(codes.empty() ? size_t{0} : codes[row], Mix64(position++, seed));
    }
    auto column = std::make_shared<arrow::UInt8Array>(batch->num_rows(),
                                                      arrow::Buffer::FromVector(std::move(bytes)));
    return parts->Put(i, arrow::RecordBatch::Make(schema, batch->num_rows(), {column}));
  };
  const auto stream = rows.OpenStream();
  RETURN_NOT_OK(ForEachBatch(*stream, assign, run));
  parts->Seal();
  return parts;
}

}  // namespace

Result<PartAssignment> AssignParts(std::shared_ptr<BatchStore> rows,
                                   const std::vector<SplitPart>& parts, const std::string& stratify,
                                   uint64_t seed, RunContext& run) {
  PartAssignment assignment;
  assignment.sizes = PartSizes(parts, rows->rows());
  Strata strata = Strata::Whole(*rows);
  if (!stratify.empty()) {
    ARROW_ASSIGN_OR_RAISE(strata, Strata::ByColumn(rows, stratify, run));
  }
  if (rows->rows() > 0) {
    PartEnds ends(strata, *rows, seed, run);
    RETURN_NOT_OK(ends.Find(assignment.sizes));
    ARROW_ASSIGN_OR_RAISE(assignment.parts, WriteParts(*rows, strata, ends, seed, run));
  }
  assignment.rows = std::move(rows);
  return assignment;
}

}  // namespace tideway::dataset
