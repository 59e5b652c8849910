#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/type.h>

#include <vector>

#include "core/dedup/names.h"
#include "core/dedup/part_internal.h"

namespace tideway::dedup {
namespace {

using internal::Batch;
using internal::BatchPtr;
using internal::Part;
using internal::PartStream;
using internal::RunContext;
using internal::SchemaPtr;

class Tagged : public Part {
 public:
  using Part::Part;
  std::string_view op() const override { return "tagged"; }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const auto input, deduplication().schema(run));
    ARROW_ASSIGN_OR_RAISE(const auto name, deduplication().NameType(run));
    arrow::FieldVector fields = input->fields();
    for (const auto& added :
         {arrow::field("cluster", name), arrow::field("duplicate", arrow::boolean()),
          arrow::field("witness", name), arrow::field("similarity", arrow::float64())}) {
      if (input->GetFieldIndex(added->name()) >= 0) {
        return Error(ErrorKind::kUsage, std::string(deduplication().op()) +
                                            ": there is a column `" + added->name() + "` already")
            .Hint("rename or drop it before");
      }
      fields.push_back(added);
    }
    return arrow::schema(std::move(fields), input->metadata());
  }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    RETURN_NOT_OK(schema(run).status());
    if (run.pretends()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const auto decision, deduplication().Decide(run));
    return decision->rows().rows();
  }
  Result<dataset::RowOrigins> Origins(int64_t row, RunContext&) const override {
    return dataset::RowOrigins{.rows = {{0, row}}, .all = 1};
  }
  Result<std::unique_ptr<dataset::Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(auto columns, schema(run));
    ARROW_ASSIGN_OR_RAISE(auto decision, deduplication().Decide(run));
    ARROW_ASSIGN_OR_RAISE(auto names,
                          Names::Make(decision->documents, deduplication().options().id));
    auto make = [columns, names = std::move(names)](const Decision& decided, const Batch& batch) {
      return Rows(decided, batch, columns, names);
    };
    return std::make_unique<PartStream>(std::move(decision), columns, std::move(make));
  }

 private:
  static Result<BatchPtr> Rows(const Decision& decision, const Batch& batch,
                               const SchemaPtr& schema, const Names& names) {
    std::vector<uint32_t> clusters;
    std::vector<uint32_t> witnesses;
    arrow::BooleanBuilder duplicates;
    arrow::DoubleBuilder similarities;
    arrow::UInt32Builder places;  // among the witnesses
    const auto end = batch.first + static_cast<uint32_t>(batch.rows->num_rows());
    for (uint32_t document = batch.first; document < end; ++document) {
      clusters.push_back(decision.ClusterOf(document));
      const bool goes = decision.Goes(document);
      RETURN_NOT_OK(duplicates.Append(goes));
      if (!goes) {
        RETURN_NOT_OK(similarities.AppendNull());
        RETURN_NOT_OK(places.AppendNull());
        continue;
      }
      RETURN_NOT_OK(similarities.Append(decision.SimilarityOf(document)));
      RETURN_NOT_OK(places.Append(static_cast<uint32_t>(witnesses.size())));
      witnesses.push_back(decision.WitnessOf(document));
    }
    arrow::ArrayVector columns = batch.rows->columns();
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), names.Of(clusters));
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), duplicates.Finish());
    ARROW_ASSIGN_OR_RAISE(const auto names_of_witnesses, names.Of(witnesses));
    ARROW_ASSIGN_OR_RAISE(const auto indices, places.Finish());
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(),
                          arrow::compute::Take(*names_of_witnesses, *indices));
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), similarities.Finish());
    return arrow::RecordBatch::Make(schema, batch.rows->num_rows(), std::move(columns));
  }
};

}  // namespace

dataset::NodePtr MakeTagged(DeduplicationPtr deduplication) {
  return std::make_shared<Tagged>(std::move(deduplication));
}

}  // namespace tideway::dedup
