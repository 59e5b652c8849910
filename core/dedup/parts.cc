#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "core/dataset/columns.h"
#include "core/dataset/op/filter_rows.h"
#include "core/dataset/run_context.h"
#include "core/dedup/deduplication.h"
#include "core/dedup/names.h"

namespace tideway::dedup {
namespace {

using dataset::BatchPtr;
using dataset::RunContext;
using dataset::SchemaPtr;
using DecisionPtr = std::shared_ptr<const Decision>;

// The documents of one batch of the input.
struct Batch {
  BatchPtr rows;
  uint32_t first;
};
using MakeBatch = std::function<Result<BatchPtr>(const Decision&, const Batch&)>;

// What becomes of the input's batches.
class PartStream : public dataset::Stream {
 public:
  PartStream(DecisionPtr decision, SchemaPtr schema, MakeBatch make)
      : decision_(std::move(decision)), schema_(std::move(schema)), make_(std::move(make)) {}
  const SchemaPtr& schema() const override { return schema_; }
  std::optional<double> Share() const override {
    return static_cast<double>(next_) / static_cast<double>(decision_->rows().batches());
  }
  Result<dataset::Morsel> Next() override {
    if (next_ == decision_->rows().batches()) return dataset::Morsel();
    return dataset::Morsel([this, index = next_++](dataset::Worker&) -> Result<BatchPtr> {
      ARROW_ASSIGN_OR_RAISE(BatchPtr rows, decision_->rows().Read(index));
      const auto first_row = static_cast<uint32_t>(decision_->rows().first_row(index));
      return make_(*decision_, {std::move(rows), decision_->first() + first_row});
    });
  }

 private:
  const DecisionPtr decision_;
  const SchemaPtr schema_;
  const MakeBatch make_;
  int64_t next_ = 0;
};

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

// The row (from 0) of the input that is number `row` of those that go, or of those that stay.
int64_t RowOf(const Decision& decision, bool goes, int64_t row) {
  for (uint32_t document = decision.first(); document < decision.documents.count(); ++document) {
    if (decision.Goes(document) == goes && row-- == 0) return document - decision.first();
  }
  return -1;
}

Result<BatchPtr> KeepRows(const Decision& decision, const Batch& batch) {
  dataset::RowMask mask(batch.rows->num_rows());
  for (int64_t row = 0; row < batch.rows->num_rows(); ++row) {
    mask.Set(row, !decision.Goes(batch.first + static_cast<uint32_t>(row)));
  }
  return dataset::FilterRows(batch.rows, mask);
}

// A node over the deciding one.
class Part : public dataset::Node {
 public:
  explicit Part(DeduplicationPtr deduplication)
      : Node({deduplication}), deduplication_(std::move(deduplication)) {}
  std::string Describe() const override { return {}; }
  Result<std::string> Identity(RunContext&) const override { return std::string(); }

 protected:
  const Deduplication& deduplication() const { return *deduplication_; }
  static Error NoRow(int64_t row) {
    return {ErrorKind::kNotFound, "dedup: there is no row " + std::to_string(row)};
  }

 private:
  const DeduplicationPtr deduplication_;
};

class Kept : public Part {
 public:
  using Part::Part;
  std::string_view op() const override { return "kept"; }
  Result<SchemaPtr> schema(RunContext& run) const override { return deduplication().schema(run); }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    if (run.pretends()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const auto decision, deduplication().Decide(run));
    return decision->rows().rows() - CountRemoved(*decision);
  }
  Result<dataset::RowOrigins> Origins(int64_t row, RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(const auto decision, deduplication().Decide(run));
    const int64_t origin = RowOf(*decision, false, row);
    if (origin < 0) return NoRow(row);
    return dataset::RowOrigins{.rows = {{0, origin}}, .all = 1};
  }
  Result<std::unique_ptr<dataset::Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(auto decision, deduplication().Decide(run));
    const SchemaPtr columns = decision->rows().schema();
    return std::make_unique<PartStream>(std::move(decision), columns, KeepRows);
  }
};

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
    const int64_t origin = RowOf(*decision, true, row);
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
    ARROW_ASSIGN_OR_RAISE(auto decision, deduplication().Decide(run));
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

dataset::NodePtr MakeIndex(DeduplicationPtr deduplication) {
  return std::make_shared<Index>(std::move(deduplication));
}

dataset::NodePtr MakeKept(DeduplicationPtr deduplication) {
  return std::make_shared<Kept>(std::move(deduplication));
}

dataset::NodePtr MakeRemoved(DeduplicationPtr deduplication) {
  return std::make_shared<Removed>(std::move(deduplication));
}

dataset::NodePtr MakeTagged(DeduplicationPtr deduplication) {
  return std::make_shared<Tagged>(std::move(deduplication));
}

}  // namespace tideway::dedup
