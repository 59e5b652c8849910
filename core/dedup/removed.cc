#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/type.h>

#include <span>
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

std::vector<uint32_t> GoingIn(const Decision& decision, const Batch& batch) {
  std::vector<uint32_t> going;
  const auto end = batch.first + static_cast<uint32_t>(batch.rows->num_rows());
  for (uint32_t document = batch.first; document < end; ++document) {
    if (decision.Goes(document)) going.push_back(document);
  }
  return going;
}

template <typename Of>
std::vector<uint32_t> Each(std::span<const uint32_t> documents, const Of& of) {
  std::vector<uint32_t> others;
  others.reserve(documents.size());
  for (const uint32_t document : documents) others.push_back(of(document));
  return others;
}

class Removed : public Part {
 public:
  using Part::Part;
  std::string_view op() const override { return "removed"; }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const auto input, deduplication().schema(run));
    ARROW_ASSIGN_OR_RAISE(const auto name, deduplication().NameType(run));
    const DedupOptions& options = deduplication().options();
    arrow::FieldVector fields{arrow::field(options.id.empty() ? "row" : options.id, name)};
    if (!options.source.empty() && options.source != options.id) {
      fields.push_back(input->GetFieldByName(options.source));
    }
    fields.push_back(arrow::field("witness", name));
    fields.push_back(arrow::field("similarity", arrow::float64()));
    for (size_t i = 0; i + 2 < fields.size(); ++i) {
      const std::string& column = fields[i]->name();
      if (column != "witness" && column != "similarity") continue;
      return Error(ErrorKind::kUsage, std::string(deduplication().op()) + ": column `" + column +
                                          "` has a name that the table of removed rows needs")
          .Hint("rename it before");
    }
    return arrow::schema(std::move(fields));
  }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    RETURN_NOT_OK(schema(run).status());
    if (run.pretends()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const auto decision, deduplication().Decide(run));
    return CountRemoved(*decision);
  }
  // The row that went, and its witness, unless that is of an earlier run.
  Result<dataset::RowOrigins> Origins(int64_t row, RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const auto decision, deduplication().Decide(run));
    const int64_t origin = decision->RowOf(true, row);
    if (origin < 0) return NoRow(row);
    dataset::RowOrigins origins{.rows = {{0, origin}}, .all = 1};
    const uint32_t first = decision->first();
    const uint32_t witness = decision->WitnessOf(first + static_cast<uint32_t>(origin));
    if (witness >= first) {
      origins.rows.push_back({0, witness - first});
      origins.all = 2;
    }
    return origins;
  }
  Result<std::unique_ptr<dataset::Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(auto columns, schema(run));
    ARROW_ASSIGN_OR_RAISE(auto decision, deduplication().Decide(run));
    const DedupOptions& options = deduplication().options();
    ARROW_ASSIGN_OR_RAISE(auto names, Names::Make(decision->documents, options.id));
    auto make = [columns, options, names = std::move(names)](const Decision& decided,
                                                             const Batch& batch) {
      return Rows(decided, batch, columns, options, names);
    };
    return std::make_unique<PartStream>(std::move(decision), columns, std::move(make));
  }

 private:
  static Result<BatchPtr> Rows(const Decision& decision, const Batch& batch,
                               const SchemaPtr& schema, const DedupOptions& options,
                               const Names& names) {
    const auto going = GoingIn(decision, batch);
    const auto witnesses =
        Each(going, [&](uint32_t document) { return decision.WitnessOf(document); });
    arrow::ArrayVector columns;
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), names.Of(going));
    if (!options.source.empty() && options.source != options.id) {
      const auto rows = Each(going, [&](uint32_t document) { return document - batch.first; });
      const arrow::UInt32Array indices(static_cast<int64_t>(rows.size()),
                                       arrow::Buffer::Wrap(rows));
      ARROW_ASSIGN_OR_RAISE(
          columns.emplace_back(),
          arrow::compute::Take(*batch.rows->GetColumnByName(options.source), indices));
    }
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), names.Of(witnesses));
    arrow::DoubleBuilder similarities;
    for (const uint32_t document : going) {
      RETURN_NOT_OK(similarities.Append(decision.SimilarityOf(document)));
    }
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), similarities.Finish());
    return arrow::RecordBatch::Make(schema, static_cast<int64_t>(going.size()), std::move(columns));
  }
};

}  // namespace

dataset::NodePtr MakeRemoved(DeduplicationPtr deduplication) {
  return std::make_shared<Removed>(std::move(deduplication));
}

}  // namespace tideway::dedup
