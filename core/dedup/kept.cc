#include <arrow/array/util.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "core/dataset/op/filter_rows.h"
#include "core/dedup/part_internal.h"

namespace tideway::dedup {
namespace {

using internal::Batch;
using internal::BatchPtr;
using internal::Part;
using internal::PartStream;
using internal::RunContext;
using internal::SchemaPtr;

Result<BatchPtr> KeepRows(const Decision& decision, const Batch& batch) {
  dataset::RowMask mask(batch.rows->num_rows());
  for (int64_t row = 0; row < batch.rows->num_rows(); ++row) {
    mask.Set(row, !decision.Goes(batch.first + static_cast<uint32_t>(row)));
  }
  return dataset::FilterRows(batch.rows, mask);
}

class Kept : public Part {
 public:
  using Part::Part;
  std::string_view op() const override { return "kept"; }
  Result<SchemaPtr> schema(RunContext& run) const override { return deduplication().schema(run); }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    if (run.pretends()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const auto decision, deduplication().DecideWithinCap(run));
    return decision->rows().rows() - CountRemoved(*decision);
  }
  Result<dataset::RowOrigins> Origins(int64_t row, RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const auto decision, deduplication().DecideWithinCap(run));
    const int64_t origin = decision->RowOf(false, row);
    if (origin < 0) return NoRow(row);
    return dataset::RowOrigins{.rows = {{0, origin}}, .all = 1};
  }
  Result<std::unique_ptr<dataset::Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(auto decision, deduplication().DecideWithinCap(run));
    const SchemaPtr columns = decision->rows().schema();
    return std::make_unique<PartStream>(std::move(decision), columns, KeepRows);
  }
};

class Index : public Part {
 public:
  using Part::Part;
  std::string_view op() const override { return "index"; }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const auto input, deduplication().schema(run));
    const DedupOptions& options = deduplication().options();
    const std::string operation(deduplication().op());
    if (options.id.empty()) {
      return Error(ErrorKind::kUsage, operation + ": an index needs id")
          .Hint("id = \"path\" names the column that tells documents of several runs apart");
    }
    if (options.id == kIndexKey || options.column == kIndexKey || options.id == options.column) {
      return Error(ErrorKind::kUsage, operation + ": an index needs other columns: `" + options.id +
                                          "`, `" + options.column + "`");
    }
    return arrow::schema({input->GetFieldByName(options.id), input->GetFieldByName(options.column),
                          arrow::field(kIndexKey, arrow::utf8())});
  }
  Result<std::unique_ptr<dataset::Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(auto columns, schema(run));
    ARROW_ASSIGN_OR_RAISE(auto decision, deduplication().DecideWithinCap(run));
    auto make = [columns, key = deduplication().IndexKey()](const Decision& decided,
                                                            const Batch& batch) {
      return Rows(decided, batch, columns, key);
    };
    return std::make_unique<PartStream>(std::move(decision), columns, std::move(make));
  }

 private:
  static Result<BatchPtr> Rows(const Decision& decision, const Batch& batch,
                               const SchemaPtr& schema, const std::string& key) {
    ARROW_ASSIGN_OR_RAISE(const auto kept, KeepRows(decision, batch));
    ARROW_ASSIGN_OR_RAISE(const auto keys,
                          arrow::MakeArrayFromScalar(arrow::StringScalar(key), kept->num_rows()));
    return arrow::RecordBatch::Make(schema, kept->num_rows(),
                                    {kept->GetColumnByName(schema->field(0)->name()),
                                     kept->GetColumnByName(schema->field(1)->name()), keys});
  }
};

}  // namespace

dataset::NodePtr MakeKept(DeduplicationPtr deduplication) {
  return std::make_shared<Kept>(std::move(deduplication));
}

dataset::NodePtr MakeIndex(DeduplicationPtr deduplication) {
  return std::make_shared<Index>(std::move(deduplication));
}

}  // namespace tideway::dedup
